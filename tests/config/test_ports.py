"""A port that cannot be used is named with its reason and the fix."""

import errno
import os
import socket

import pytest

from hotline.config.ports import CannotStart, need_free_port


class Refused(socket.socket):
    """A socket of a user who may not use ports below 1024, which tests that run as root can."""

    def bind(self, address: object) -> None:  # noqa: ARG002 -- the socket's own signature
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))


def why(host: str, port: int) -> str:
    with pytest.raises(CannotStart) as refused:
        need_free_port("PORT", host, port)
    return str(refused.value)


def test_a_port_that_was_just_left_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), listening.accept()[0] as accepted:
            accepted.shutdown(socket.SHUT_RDWR)
        with pytest.raises(CannotStart):
            need_free_port("PORT", "127.0.0.1", port)
    need_free_port("PORT", "127.0.0.1", port)


def test_an_address_of_another_machine_is_reported() -> None:
    assert "192.0.2.1 is not an address of this machine; correct HOST" in why("192.0.2.1", 8000)


def test_a_privileged_port_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", Refused)
    assert "this user may not use ports below 1024; choose another, such as PORT=8010" in why("127.0.0.1", 80)
