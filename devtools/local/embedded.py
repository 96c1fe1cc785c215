"""A Redis server for a machine that has none running.

Rule 1: it listens only on a Unix socket in a folder that only its owner can enter, on no TCP port.
Rule 2: it stores its data in the given folder in an append-only file, so that after `kill -9` of the server
        all acknowledged writes are still there.
Rule 3: one server per folder. The server process itself has the folder's lock, so a folder is free only
        when its last server has ended.
Rule 4: a folder is used only with the server program that wrote it, because another program or an older version
        cannot read its data. Once the server has answered, its path and version are saved there (`WRITTEN_BY`).
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
from pathlib import Path
from urllib.parse import quote

import redis

from devtools.local.processes import die_with_parent
from devtools.local.redis_program import DATA, WRITTEN_BY, NoServer, program_for, remedy, version_of

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

    def save_writer(self) -> None:
        """Save the server's program and version. Must be called once the server answers."""
        program = Path(self.command[0])
        (self.folder / WRITTEN_BY).write_text(f"{program}\n{version_of(program)}\n", encoding="utf-8")

    @property
    def not_started(self) -> str:
        """The message to show if the server did not start."""
        message = f"Redis did not start; {self.folder / LOG_NAME} says why."
        if not (self.folder / DATA).exists():
            return message
        return (
            f"{message} If it cannot read its data: a server other than {version_of(Path(self.command[0]))} wrote it. "
            f"{remedy(self.folder)}"
        )


@contextmanager
def claimed(folder: Path, path: str | None = None) -> Iterator[Server]:
    """Yield the server for this data folder, not started yet, creating the folder if needed.

    `path` is the search path for programs, by default PATH of the environment. Raises NoServer if there is no
    program, or if another server uses the folder.
    """
    folder = folder.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    program = program_for(folder, path)
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
            server.save_writer()
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
