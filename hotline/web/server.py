"""Granian server that `hotline web` starts.

Rule 1: an idle connection is closed after HEADER_MS, and thousands are allowed: a stranger with a thousand open
        connections blocks no one. HTTP/2 over cleartext is off: Twilio does not use it, and its headers may be endless.
Rule 2: a web process that exits is restarted with exponential backoff, and the healthy ones keep running.
        Granian by itself stops all of them if one exits twice within six seconds.
Rule 3: a socket that systemd passes (`deploy/systemd/hotline-web.socket`) is used instead of HOST and PORT, by all
        processes. It outlives them: a request that arrives while the web restarts waits instead of being refused.
"""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import time
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, Final

from granian import loops
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.net import SocketHolder  # type: ignore[attr-defined]  # it is not marked as exported
from granian.server.mp import MPServer

from hotline.config.settings import Settings
from hotline.web.lanes import Loop

BACKLOG: Final = 4096
"""Connections that the OS queues for a process; net.core.somaxconn may lower it."""

CONNECTIONS: Final = 4096
"""Maximum open connections of one process. An idle one costs a few kilobytes."""

OPEN_FILES: Final = 2 * CONNECTIONS
"""Limit of open files of a process. The default is 1,024, and each connection counts."""

HEADER_MS: Final = 3_000
"""Timeout for the headers of a request, which Twilio sends in one piece."""

QUIET_SECONDS: Final = 60.0
"""The backoff resets if no process exits for this long."""

FIRST_WAIT, LONGEST_WAIT = 0.25, 8.0
"""Backoff in seconds before a restart: short, but a broken process must not use up the CPU."""

LOG_THROUGH_OURS: Final = {
    "formatters": {},
    "handlers": {"ours": {"()": "hotline.log.FromLibraries", "level": "WARNING"}},
    "loggers": {
        "_granian": {"handlers": ["ours"], "propagate": False},
        "granian.access": {"handlers": ["ours"], "propagate": False},
    },
}
"""Granian configures logging again in each of its processes; this routes it to hotline.log."""

FIRST_PASSED: Final = 3
"""The number of the first file descriptor that systemd passes. See sd_listen_fds(3)."""

PASSED_NAMES: Final = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")


class Server(MPServer):
    """Granian server that follows Rule 2."""

    def __init__(self, *args: Any, passed: int | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._passed = passed
        self._wait = FIRST_WAIT
        self._ended_at = 0.0

    def _init_shared_socket(self) -> None:
        """Listen on the socket that was passed, or else on a separate socket per process."""
        if self._passed is None:
            super()._init_shared_socket()  # type: ignore[no-untyped-call]
            return
        self._sso = socket.socket(fileno=self._passed)
        self._sso.set_inheritable(True)
        holder: Any = SocketHolder
        self._sfd, self._shd, self._ssp = self._passed, holder(self._passed, False, BACKLOG), None  # type: ignore[assignment]

    def _respawn_workers(self, *args: Any, **options: Any) -> None:
        """Restart the workers that exited.

        Granian treats entries in `respawned_wrks` as a reason to stop everything, so it is cleared.
        """
        now = time.monotonic()
        self._wait = FIRST_WAIT if now - self._ended_at > QUIET_SECONDS else min(self._wait * 2, LONGEST_WAIT)
        self._ended_at = now
        time.sleep(self._wait)
        super()._respawn_workers(*args, **options)
        self.respawned_wrks.clear()


def open_server(settings: Settings, passed: int | None) -> Server:
    """Return the server of `hotline web`; call `serve` to run it until SIGTERM.

    `passed` is the file descriptor of a socket to listen on (Rule 3).
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    loops.register("auto")(_loop)
    return Server(
        "hotline.rsgi:app",
        passed=passed,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        workers=settings.web_processes,
        backlog=BACKLOG,
        backpressure=CONNECTIONS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MS),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=5,
        log_access=False,  # an access log would contain whatever a client puts in a URL
        log_dictconfig=LOG_THROUGH_OURS,
    )


def _loop() -> Loop:
    """Return the event loop of a web process."""
    loop = Loop()
    asyncio.set_event_loop(loop)
    return loop


def address_of(passed: int) -> str:
    """Return the host and port of a socket that was passed, or the path of a Unix socket."""
    with socket.socket(fileno=os.dup(passed)) as listening:
        found = listening.getsockname()
    return f"{found[0]}:{found[1]}" if isinstance(found, tuple) else str(found)


def activation_socket(environ: MutableMapping[str, str]) -> int | None:
    """Return the file descriptor of the socket that was passed to this process, None if there is none.

    The variables are removed from `environ`, so that no child process takes the socket for its own.
    """
    pid, count, _ = (environ.pop(name, "") for name in PASSED_NAMES)
    if pid != str(os.getpid()) or count != "1":
        return None
    with suppress(OSError), socket.socket(fileno=os.dup(FIRST_PASSED)) as listening:
        if listening.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            listening.setblocking(False)
            return FIRST_PASSED
    return None
