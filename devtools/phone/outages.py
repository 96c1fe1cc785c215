"""Bad luck for the service of `make run`: its worker is killed, or its Redis does not answer for a while.

Rule 1: only a process that the supervisor's file names is sent a signal, and only while it is still the one
        that the file means: it must have begun before the file was written. An id may be given again, the
        supervisor writes the file anew whenever a program of its has ended.
Rule 2: whoever was stopped goes on: after its time, or when this process ends before that.

The supervisor (devtools/local/processes.py) starts again what was killed.
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
"""Where the environment says which file it is; `make run` sets it."""

LONGEST_PAUSE_SECONDS: Final = 60.0
"""Longer than any retry waits: what has not noticed by then never will."""

SLACK_SECONDS: Final = 2.0
"""A file's time is a few milliseconds old when it is written, and `ps` is right to a second or so. No id is
given again within this time: the system goes through all others first."""


class NotRunning(Exception):
    """There is no such process to send a signal to. The message says which, and what would be right."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process: its id, and when it began, as seconds since 1970."""

    pid: int
    began: float

    def signal(self, number: signal.Signals) -> bool:
        """Send it a signal, if it is still there; whether it was."""
        began = began_at(self.pid)
        if began is None or abs(began - self.began) > SLACK_SECONDS:
            return False
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True


def processes(file: Path | None = None) -> dict[str, int]:
    """The ids of the programs that run, by name; of those that have just ended none. Nothing without a file.

    `file` is the one that PROCESSES_FILE names if it is not given.
    """
    return {name: process.pid for name, process in _running(file or _file()).items()}


def kill_worker(file: Path | None = None) -> None:
    """`kill -9` of the worker, which the supervisor starts again. Raises NotRunning."""
    _found(file or _file(), "worker").signal(signal.SIGKILL)


def pause_redis(seconds: float, file: Path | None = None) -> None:
    """Redis stands still for so many seconds from now. Returns at once. Raises NotRunning and ValueError."""
    if not 0 < seconds <= LONGEST_PAUSE_SECONDS:
        raise ValueError(f"a pause lasts up to {LONGEST_PAUSE_SECONDS:g} seconds; not {seconds:g}")
    redis = _found(file or _file(), "redis")
    with _lock:
        until, _ = _paused.get(redis.pid, (0.0, redis))
        if not redis.signal(signal.SIGSTOP):
            raise NotRunning("Redis has just ended")
        _paused[redis.pid] = max(until, time.monotonic() + seconds), redis
    wait = threading.Timer(seconds, _go_on, (redis.pid,))
    wait.daemon = True
    wait.start()


_lock = threading.Lock()
_paused: dict[int, tuple[float, Process]] = {}
"""Who stands still, by id, and until when by the monotonic clock: a later pause may make it longer."""


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
    """The process of this name. Raises NotRunning."""
    if process := _running(file).get(name):
        return process
    raise NotRunning(
        f"no {name} of ours runs here: `make run` starts one, unless the environment names another"
    )


def _running(file: Path | None) -> dict[str, Process]:
    """Who the file names, and still is who it means."""
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
    """When a process began, as seconds since 1970; None when there is none, or it has ended."""
    return _began_by_proc(pid) if sys.platform == "linux" else began_by_ps(pid)


def _began_by_proc(pid: int) -> float | None:
    """Source: proc_pid_stat(5). The name, which may hold anything, stands in brackets before the rest."""
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
    """The same where there is no /proc. Source: ps(1) of macOS and Linux, `lstart`: local time."""
    command = ("ps", "-o", "stat=,lstart=", "-p", str(pid))
    told = subprocess.run(
        command, env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True, check=False
    )
    state, _, began = told.stdout.strip().partition(" ")
    if not began or state.startswith("Z"):
        return None
    return datetime.strptime(" ".join(began.split()), "%a %b %d %H:%M:%S %Y").astimezone().timestamp()
