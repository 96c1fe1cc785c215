"""Granian, as `hotline web` starts it.

Rule 1: a connection that says nothing is shut in HEADER_MS, and thousands of them fit: a stranger who holds a thousand open
        silences nobody. HTTP/2 in the clear is off: Twilio does not speak it, and its headers may come without end.
Rule 2: a web process that ends is started again, after a while that grows. It never ends those that are well: granian
        itself stops all of them when one ends twice within six seconds.
"""

from __future__ import annotations

import resource
import time
from typing import Any, Final

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from hotline.config.settings import Settings

BACKLOG: Final = 4096
"""Connections that the system holds until a process takes them. It may be set to hold fewer (net.core.somaxconn)."""

CONNECTIONS: Final = 4096
"""That one process holds open at a time. An idle one costs some kilobytes."""

OPEN_FILES: Final = 2 * CONNECTIONS
"""A process may open: usually 1,024, and each connection is one."""

HEADER_MS: Final = 3_000
"""For the head of a request, which Twilio sends in one piece."""

QUIET_SECONDS: Final = 60.0
"""A process that lived for so long did not end as it started."""

FIRST_WAIT, LONGEST_WAIT = 0.25, 8.0
"""Seconds before a process that ended is started again: at once, but not so often that a broken one takes the machine."""

LOG_THROUGH_OURS: Final = {
    "formatters": {},
    "handlers": {"ours": {"()": "hotline.log.FromLibraries", "level": "WARNING"}},
    "loggers": {
        "_granian": {"handlers": ["ours"], "propagate": False},
        "granian.access": {"handlers": ["ours"], "propagate": False},
    },
}
"""Granian sets up logging itself, again in each of its processes: it must end in hotline.log."""


class Server(MPServer):
    """Granian's server, by Rule 2."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._wait = FIRST_WAIT
        self._ended_at = 0.0

    def _respawn_workers(self, *args: Any, **options: Any) -> None:
        """Starts those that ended. Granian takes what stands in `respawned_wrks` for a reason to stop everything."""
        now = time.monotonic()
        self._wait = FIRST_WAIT if now - self._ended_at > QUIET_SECONDS else min(self._wait * 2, LONGEST_WAIT)
        self._ended_at = now
        time.sleep(self._wait)
        super()._respawn_workers(*args, **options)
        self.respawned_wrks.clear()


def open_server(settings: Settings) -> Server:
    """The server of `hotline web`, to `serve` until SIGTERM."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    return Server(
        "hotline.rsgi:app",
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
        log_access=False,  # its lines would hold what a caller puts in an address
        log_dictconfig=LOG_THROUGH_OURS,
    )
