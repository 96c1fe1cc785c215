"""Runs a worker's jobs one after another in a long-lived child process.

RQ forks a process for each job, which also opens new connections to Redis and to the carrier: 30 texts a second
at most, and 7 with a carrier that takes 100 ms. This process and its connections persist across jobs.

Rule 1: one job at a time. The worker waits for it, sends heartbeats meanwhile and kills it when it takes too long.
Rule 2: the process exits after a job that failed or timed out, and after MOST_JOBS, and the next job gets a new
        one, so that no leftover state persists.
Rule 3: the process ignores stop signals; only the worker handles them. When the worker ends, for any reason, its
        end of the pipe closes, and the process exits after the current job.
"""

from __future__ import annotations

import os
import random
import select
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NoReturn

from hotline.telemetry import reports, traces

MOST_JOBS: Final = 1000
"""Jobs of one process, which bounds memory leaks."""

GOES_ON, ENDS = b".", b"!"
"""What the process writes after a job: whether it takes another."""

Run = Callable[[str, str], bool]
"""Runs the job with this id and execution id; returns whether it succeeded. Called in the process."""


class Died(Exception):
    """The process ended before its job did. `status` is what `os.waitpid` returned."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


@dataclass(slots=True)
class Horse:
    """The process, and the pipes to it and from it."""

    pid: int
    _jobs: int
    _done: int

    @classmethod
    def start(cls, run: Run) -> Horse:
        """Fork the process."""
        jobs, to_horse = os.pipe()
        from_horse, done = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(to_horse)
            os.close(from_horse)
            _work(jobs, done, run)
        with suppress(OSError):
            os.setpgid(pid, pid)  # here too, so that `kill` finds the group at once
        os.close(jobs)
        os.close(done)
        return cls(pid, to_horse, from_horse)

    def begin(self, job: str, execution: str) -> bool:
        """Start a job; return False if the process has died since the last one."""
        try:
            os.write(self._jobs, f"{job} {execution}\n".encode())
        except BrokenPipeError:
            return False
        return True

    def wait(self, seconds: float) -> bytes | None:
        """Wait for the job to end; return GOES_ON or ENDS, or None if it is still running. Raises Died."""
        readable, _, _ = select.select([self._done], [], [], seconds)
        if not readable:
            return None
        byte = os.read(self._done, 1)
        if not byte:
            raise Died(self.close())
        return byte

    def kill(self) -> None:
        """Kill the process and its children at once, even during a job."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> int:
        """Close the pipes, wait for the process to finish its job, if any, and return its exit status."""
        for pipe in (self._jobs, self._done):
            with suppress(OSError):
                os.close(pipe)
        try:
            return os.waitpid(self.pid, 0)[1]
        except ChildProcessError:
            return 0


def _work(jobs: int, done: int, run: Run) -> NoReturn:
    """Run the jobs that the worker sends until the pipe closes. Never returns."""
    status = 1
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        random.seed()
        with os.fdopen(jobs, encoding="ascii") as lines:
            for number, line in enumerate(lines, 1):
                job, execution = line.split()
                goes_on = run(job, execution) and number < MOST_JOBS
                os.write(done, GOES_ON if goes_on else ENDS)
                if not goes_on:
                    break
        status = 0
    except BrokenPipeError:
        status = 0  # the worker died during the job
    finally:
        _end(status)


def _end(status: int) -> NoReturn:
    """Flush traces and reports, and exit."""
    try:
        traces.flush()
        reports.flush()
    finally:
        os._exit(status)
