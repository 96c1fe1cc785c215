"""See that a port is free before a server is started on it."""

from __future__ import annotations

import socket


class CannotStart(Exception):
    """Something on this machine is in the way. The message says what, and what would help."""


def need_free_port(setting: str, host: str, port: int) -> None:
    """Raises CannotStart, with the port and its setting, when something listens there already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just left is free
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"{setting} is {port}, and {host}:{port} cannot be had ({error.strerror}): stop the "
                f"program that has it, or choose another, such as {setting}={port + 10 if port < 65000 else 8010}"
            ) from None
