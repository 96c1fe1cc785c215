"""Processes of this machine, as /proc shows them. Linux only.

A process that has ended has no children, no command, and has taken no time.
"""

import os
from pathlib import Path


def children(pid: int) -> list[int]:
    """Return the live child processes of a process."""
    listed = " ".join(map(_read, Path(f"/proc/{pid}/task").glob("*/children")))
    return [int(child) for child in listed.split() if alive(int(child))]


def family(pid: int) -> list[int]:
    """Return a process and its live descendants."""
    return [pid, *(each for child in children(pid) for each in family(child))]


def alive(pid: int) -> bool:
    """Check whether a process is running; a zombie is not."""
    return _stat(pid)[:1] not in ([], ["Z"])


def command(pid: int) -> str:
    return _read(Path(f"/proc/{pid}/cmdline")).replace("\0", " ").strip()


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has taken."""
    return sum(map(int, _stat(pid)[11:13])) / os.sysconf("SC_CLK_TCK")


def memory_kb(pid: int) -> int:
    """Return the memory of a process (PSS): it is charged its share of what several processes share."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat that follow the name, which may contain spaces; none if it has ended."""
    return _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
