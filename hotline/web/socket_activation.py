"""The listening socket that systemd passes to a service (socket activation, `deploy/systemd/hotline-web.socket`).

systemd keeps it open while the web restarts, so a request that arrives meanwhile waits instead of being refused.
See sd_listen_fds(3).
"""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Final

FIRST: Final = 3
"""The number of the first file descriptor that is passed."""

NAMES: Final = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")


def address_of(passed: int) -> str:
    """Return the host and port of a socket that was passed, or the path of a Unix socket."""
    with socket.socket(fileno=os.dup(passed)) as listening:
        found = listening.getsockname()
    return f"{found[0]}:{found[1]}" if isinstance(found, tuple) else str(found)


def activation_socket(environ: MutableMapping[str, str]) -> int | None:
    """Return the file descriptor of the socket that was passed to this process, None if there is none.

    The variables are removed from `environ`, so that no child process takes the socket for its own.
    """
    pid, count, _ = (environ.pop(name, "") for name in NAMES)
    if pid != str(os.getpid()) or count != "1":
        return None
    with suppress(OSError), socket.socket(fileno=os.dup(FIRST)) as listening:
        if listening.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            listening.setblocking(False)
            return FIRST
    return None
