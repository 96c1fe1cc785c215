"""Keep several programs running together, and stop them together.

Rule 1: a program that exits is restarted, each time after a longer delay.
Rule 2: SIGINT, SIGTERM and SIGHUP stop all programs in stages: the last stage first, and all programs of a
        stage together. A program that does not exit in time is killed; a second signal kills at once.
Rule 3: each program has its own process group. When it exits, the rest of the group is killed: a web server
        that dies must not leave children on its port.
Rule 4: on Linux, the kernel stops a program if the supervisor is killed. Other systems cannot do this.
"""

from __future__ import annotations

import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import BinaryIO, Final, Self

STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

STOP_BOUND_SECONDS: Final = 8.0
"""How long a stage may take to stop. A worker first finishes the text that it is sending."""

FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 15.0
"""The restart delay doubles from FIRST_PAUSE_SECONDS up to this."""

STEADY_SECONDS: Final = 30.0
"""After running this long, a program's restart delay is reset."""

TICK_SECONDS: Final = 0.05
LONGEST_LINE: Final = 65_536
"""A longer line is written in parts, so that output without newlines cannot exhaust memory."""

PR_SET_PDEATHSIG: Final = 1
"""From linux/prctl.h: the signal a process gets when the thread that started it ends."""


class EndedAtStart(Exception):
    """A program exited during startup. The message has its name and exit code."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program to keep running. `environ` is its complete environment."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    stage: int
    """Higher stages depend on lower ones, so they are stopped first."""
    inherits: tuple[int, ...] = ()
    """File descriptors to pass to the program."""


@dataclass(slots=True)
class _Running:
    program: Program
    process: subprocess.Popen[bytes]
    started: float
    pause: float
    again_at: float | None = None
    """When to restart it (monotonic seconds). None while it runs."""
    unfinished: bytes = field(default=b"")
    """Output after the last newline."""


class Supervisor:
    """A context manager that handles stop signals and finally stops all. For the main thread only."""

    def __init__(self, out: BinaryIO) -> None:
        """Write each program's lines to `out`, prefixed with its name."""
        self._out = out
        self._running: dict[str, _Running] = {}
        self._pipes = selectors.DefaultSelector()
        self._signals_seen = 0
        self._restore: dict[signal.Signals, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> Self:
        for number in STOP_SIGNALS:
            self._restore[number] = signal.signal(number, self._count_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            for number, before in self._restore.items():
                signal.signal(number, before)
            self._pipes.close()

    @property
    def asked_to_stop(self) -> bool:
        """Whether a stop signal arrived."""
        return self._signals_seen > 0

    def start(self, program: Program) -> subprocess.Popen[bytes]:
        """Start a program, which `watch` then keeps running."""
        process = self._spawn(program)
        self._running[program.name] = _Running(program, process, time.monotonic(), FIRST_PAUSE_SECONDS)
        return process

    def watch(self, done: Callable[[], bool], *, restart: bool = True) -> None:
        """Forward output and restart programs until `done` returns True or a stop signal arrives.

        `done` is called at every tick and must be quick. If `restart` is False, a program that exits raises
        EndedAtStart.
        """
        while not self.asked_to_stop and not done():
            self._pass_on_lines()
            for one in self._running.values():
                if one.again_at is None and one.process.poll() is not None:
                    self._reap(one)
                    if not restart:
                        raise EndedAtStart(
                            f"{one.program.name} exited during startup ({_ending(one.process)}); its output is above"
                        )
                    self._plan_restart(one)
                elif one.again_at is not None and time.monotonic() >= one.again_at:
                    one.process, one.started = self._spawn(one.program), time.monotonic()
                    one.again_at = None

    def stop(self) -> None:
        """Stop every program, highest stage first, and return when all have exited."""
        for stage in sorted({one.program.stage for one in self._running.values()}, reverse=True):
            stopping = [one for one in self._running.values() if one.program.stage == stage]
            for one in stopping:
                if one.process.poll() is None:
                    one.process.terminate()
            end = time.monotonic() + STOP_BOUND_SECONDS
            while time.monotonic() < end and self._signals_seen < 2:
                if all(one.process.poll() is not None for one in stopping):
                    break
                self._pass_on_lines()
            for one in stopping:
                if one.process.poll() is None:
                    self._write_line(one.program.name, b"did not stop in time and was killed")
                self._reap(one)
        self._running.clear()

    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            program.command,
            env=dict(program.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=program.inherits,
            process_group=0,
            preexec_fn=die_with_parent(),
        )
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        self._pipes.register(process.stdout, selectors.EVENT_READ, program.name)
        return process

    def _plan_restart(self, one: _Running) -> None:
        now = time.monotonic()
        if now - one.started >= STEADY_SECONDS:
            one.pause = FIRST_PAUSE_SECONDS
        how = f"exited ({_ending(one.process)}); restarting in {one.pause:g} s"
        self._write_line(one.program.name, how.encode())
        one.again_at = now + one.pause
        one.pause = min(one.pause * 2, LONGEST_PAUSE_SECONDS)

    def _reap(self, one: _Running) -> None:
        """Kill the rest of a program's process group, and write its last lines."""
        with suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a group of dead processes
            os.killpg(one.process.pid, signal.SIGKILL)
        one.process.wait()
        pipe = one.process.stdout
        if pipe is not None and not pipe.closed:
            self._read(one, pipe.fileno())
            if one.unfinished:
                self._write_line(one.program.name, one.unfinished)
                one.unfinished = b""
            self._pipes.unregister(pipe)
            pipe.close()

    def _pass_on_lines(self) -> None:
        ready = self._pipes.select(TICK_SECONDS)
        still_open = False
        for key, _ in ready:
            still_open |= self._read(self._running[key.data], key.fd)
        if ready and not still_open:
            time.sleep(TICK_SECONDS)  # a closed pipe is always ready: avoid a busy loop

    def _read(self, one: _Running, pipe: int) -> bool:
        """Write the program's pending output. Return False if it has closed its output."""
        while True:
            try:
                read = os.read(pipe, LONGEST_LINE)
            except BlockingIOError:
                return True
            if not read:
                return False
            *lines, one.unfinished = (one.unfinished + read).split(b"\n")
            for line in lines:
                self._write_line(one.program.name, line)
            if len(one.unfinished) >= LONGEST_LINE:
                self._write_line(one.program.name, one.unfinished)
                one.unfinished = b""

    def _write_line(self, name: str, line: bytes) -> None:
        with suppress(BrokenPipeError):  # the reader is gone; keep the programs running
            self._out.write(b"%-9s | %s\n" % (name.encode(), line))
            self._out.flush()

    def _count_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._signals_seen += 1


def die_with_parent() -> Callable[[], None] | None:
    """Return a `preexec_fn` for Popen that makes the child get SIGTERM when this thread ends.

    Returns None except on Linux. Source: prctl(2), PR_SET_PDEATHSIG.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask_the_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # the parent ended before prctl
            os._exit(1)

    return ask_the_kernel


def _ending(process: subprocess.Popen[bytes]) -> str:
    """Return how a process ended: `exit code 1` or `killed by SIGKILL`."""
    code = process.returncode
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
