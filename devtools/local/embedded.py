"""A Redis for a machine that has none running.

Rule 1: it listens on a Unix socket in a folder that only its owner can enter, on no port.
Rule 2: it keeps its data in the folder it is given, in an append-only file: after `kill -9` of the
server all that it had answered for is still there.
Rule 3: one folder has one server. The server itself holds the folder's lock, so a folder is free
only when its last server has ended.
Rule 4: a folder stays with the server that wrote it: another program, or an older one, cannot read its data. Which one it
is stands beside the data (`WRITTEN_BY`), once it has answered.
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
from devtools.local.redis_program import DATA, WRITTEN_BY, NoServer, how_to_go_on, program_for, version_of

LOG_NAME = "redis.log"
"""Where the server writes, beside its data: it warns of how the machine is set up at every start."""

SOCKET = "redis.sock"
"""Where a running server listens, in the folder with its data."""

LONGEST_SOCKET_PATH = 100
"""A Unix socket's path has room for 104 bytes on macOS and 108 on Linux, the closing zero included."""

START_BOUND_SECONDS = 15
"""A server with a year of one center's data is up within 2; a slow disk may need more."""

STOP_BOUND_SECONDS = 10
"""A server that is asked to stop writes its file to the disk first."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that can be started: how, where it will answer, and the lock to hand to it."""

    command: tuple[str, ...]
    url: str
    lock: int
    """A file descriptor. The server must inherit it (Rule 3)."""
    folder: Path

    def answered(self) -> None:
        """Note which program it is. You must call this once the server answers."""
        program = Path(self.command[0])
        (self.folder / WRITTEN_BY).write_text(f"{program}\n{version_of(program)}\n", encoding="utf-8")

    @property
    def not_started(self) -> str:
        """What to tell when it did not start."""
        told = f"Redis did not start; {self.folder / LOG_NAME} says why."
        if not (self.folder / DATA).exists():
            return told
        return (
            f"{told} If it cannot read its data: it was written by another server than {version_of(Path(self.command[0]))}. "
            f"{how_to_go_on(self.folder)}"
        )


@contextmanager
def claimed(folder: Path, path: str | None = None) -> Iterator[Server]:
    """The server of this data folder, not started yet. The folder is made if it is not there.

    `path` is where programs are looked for, by default the environment's PATH. Raises NoServer when
    there is no program, or when another server still has the folder.
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
    """A running server that keeps its data in `folder`; its address, such as unix:///x/redis.sock.

    Stopped at the end of the `with`. Raises NoServer.
    """
    with claimed(folder) as server:
        process = subprocess.Popen(
            server.command,
            stdout=subprocess.DEVNULL,  # it writes to its log
            stderr=subprocess.DEVNULL,
            pass_fds=(server.lock,),
            preexec_fn=die_with_parent(),
        )
        try:
            try:
                wait_for_answer(server.url, process)
            except NoServer as why:
                raise NoServer(f"{why}. {server.not_started}") from None
            server.answered()
            yield server.url
        finally:
            process.terminate()
            try:
                process.wait(STOP_BOUND_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for_answer(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return once the server answers PING. Raises NoServer when it ends first or takes too long."""
    end = time.monotonic() + START_BOUND_SECONDS
    with redis.Redis.from_url(url) as client:
        while time.monotonic() < end:
            if process.poll() is not None:
                raise NoServer(
                    f"the Redis at {url} ended with exit code {process.returncode}; {LOG_NAME} beside its data says why"
                )
            if answers(client):
                return
            time.sleep(0.02)
    raise NoServer(f"the Redis at {url} did not answer within {START_BOUND_SECONDS} seconds")


def answers(client: redis.Redis) -> bool:
    """Whether the server is up and has read its data."""
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
    """Take the folder for one server. A server that was told to end may need a moment."""
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
