"""Check that a port is free before starting a server on it."""

from __future__ import annotations

import errno
import socket
from typing import Final

ELSE: Final = "stop the program that uses it, or choose another port, such as {setting}={other}"

FIXES: Final = {
    errno.EACCES: "this user may not use ports below 1024; choose another, such as {setting}={other}",
    errno.EADDRNOTAVAIL: "{host} is not an address of this machine; correct HOST",
}


class CannotStart(Exception):
    """A server cannot start on this machine. The message says why, and how to fix it."""


def need_free_port(setting: str, host: str, port: int) -> None:
    """Raise CannotStart, naming the port and its setting, if the port cannot be bound."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        try:
            probe.bind((host, port))
        except OSError as error:
            other = port + 10 if 1024 <= port < 65000 else 8010
            fix = FIXES.get(error.errno or 0, ELSE).format(setting=setting, host=host, other=other)
            raise CannotStart(
                f"{setting} is {port}, but {host}:{port} is not available ({error.strerror}): {fix}"
            ) from None
