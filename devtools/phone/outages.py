"""Simulate failures of the service of `make run`: kill its worker, or pause its Redis.

Rule 1: only a process in the supervisor's file gets a signal, and only if it started before the file was
        written: process ids are reused, and the file is rewritten whenever a program has exited.
Rule 2: a paused process is resumed after its time, or earlier when this process exits.

The supervisor (devtools/local/processes.py) restarts a killed process.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

SETTING: Final = "PROCESSES_FILE"
"""The environment variable with the file's path; `make run` sets it."""

LONGEST_PAUSE_SECONDS: Final = 60.0
"""Longer than any retry delay, so a longer pause would show nothing new."""

SLACK_SECONDS: Final = 2.0
"""File times and `ps` are off by about a second. No process id is reused this soon."""


class NotRunning(Exception):
    """The process to signal is not running. The message says which one, and how to fix it."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process: its id and its start time in seconds since 1970."""

    pid: int
    began: float

    def signal(self, number: signal.Signals) -> bool:
        """Send a signal if the process is still running. Return whether it was."""
        began = began_at(self.pid)
        if began is None or abs(began - self.began) > SLACK_SECONDS:
            return False
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True


def processes(file: Path | None = None) -> dict[str, int]:
    """Return the ids of running programs by name. `file` defaults to that of PROCESSES_FILE."""
    return {name: process.pid for name, process in _running(file or _file()).items()}


def kill_worker(file: Path | None = None) -> None:
    """Send SIGKILL to the worker, which the supervisor restarts. Raises NotRunning."""
    _found(file or _file(), "worker").signal(signal.SIGKILL)


def pause_redis(seconds: float, file: Path | None = None) -> None:
    """Pause Redis for `seconds` and return at once. Raises NotRunning and ValueError."""
    if not 0 < seconds <= LONGEST_PAUSE_SECONDS:
        raise ValueError(f"a pause can last at most {LONGEST_PAUSE_SECONDS:g} seconds, not {seconds:g}")
    redis = _found(file or _file(), "redis")
    with _lock:
        until, _ = _paused.get(redis.pid, (0.0, redis))
        if not redis.signal(signal.SIGSTOP):
            raise NotRunning("Redis has just exited")
        _paused[redis.pid] = max(until, time.monotonic() + seconds), redis
    wait = threading.Timer(seconds, _go_on, (redis.pid,))
    wait.daemon = True
    wait.start()


_lock = threading.Lock()
_paused: dict[int, tuple[float, Process]] = {}
"""Paused processes by id, with their resume time (monotonic seconds), which a later pause may extend."""


def _go_on(pid: int) -> None:
    with _lock:
        until, process = _paused.get(pid, (float("inf"), None))
        if process and until <= time.monotonic():
            del _paused[pid]
            process.signal(signal.SIGCONT)


@atexit.register
def _all_go_on() -> None:
    with _lock:
        while _paused:
            _, (_, process) = _paused.popitem()
            process.signal(signal.SIGCONT)


def _file() -> Path | None:
    named = os.environ.get(SETTING)
    return Path(named) if named else None


def _found(file: Path | None, name: str) -> Process:
    """Return the process with this name. Raises NotRunning."""
    if process := _running(file).get(name):
        return process
    raise NotRunning(
        f"no {name} of this service is running: `make run` starts one, unless the environment names another"
    )


def _running(file: Path | None) -> dict[str, Process]:
    """Return the processes in the file that are still running and started before it was written."""
    if file is None:
        return {}
    try:
        with file.open("rb") as opened:
            ids, written = json.load(opened), os.fstat(opened.fileno()).st_mtime
    except FileNotFoundError:
        return {}
    found = {name: Process(pid, began) for name, pid in ids.items() if (began := began_at(pid)) is not None}
    return {name: each for name, each in found.items() if each.began <= written + SLACK_SECONDS}


def began_at(pid: int) -> float | None:
    """Return a process's start time in seconds since 1970; None if it is not running."""
    return _began_by_proc(pid) if sys.platform == "linux" else began_by_ps(pid)


def _began_by_proc(pid: int) -> float | None:
    """Return the start time from /proc. Source: proc_pid_stat(5); the name is in parentheses."""
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
    except (FileNotFoundError, ProcessLookupError):
        return None
    if fields[0] in "ZX":
        return None
    since_boot = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + since_boot


def began_by_ps(pid: int) -> float | None:
    """Return the start time without /proc. Source: ps(1) of macOS and Linux, `lstart` (local time)."""
    command = ("ps", "-o", "stat=,lstart=", "-p", str(pid))
    shown = subprocess.run(
        command, env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True, check=False
    )
    state, _, began = shown.stdout.strip().partition(" ")
    if not began or state.startswith("Z"):
        return None
    return datetime.strptime(" ".join(began.split()), "%a %b %d %H:%M:%S %Y").astimezone().timestamp()
