"""Check that a port is free before starting a server on it."""

from __future__ import annotations

import socket


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
            raise CannotStart(
                f"{setting} is {port}, but {host}:{port} is not available ({error.strerror}): stop the "
                f"program that uses it, or choose another port, such as {setting}={port + 10 if port < 65000 else 8010}"
            ) from None
