"""Only the page itself, on this machine, may control the phones and the clock."""

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from devtools.phone.guard import refusal


def request(method: str, host: str, origin: str | None) -> Request:
    headers = [("Host", host), *([("Origin", origin)] if origin else [])]
    return Request(EnvironBuilder("/phone/clock", method=method, headers=headers).get_environ())


@pytest.mark.parametrize("host", ["127.0.0.1:8001", "localhost:8001", "localhost:9000", "[::1]:8001"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_the_page_itself_is_allowed(host: str, method: str) -> None:
    assert "" == refusal(request(method, host, f"http://{host}"))


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_clients_without_an_origin_are_allowed(method: str) -> None:
    assert "" == refusal(request(method, "127.0.0.1:8001", None))


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8001", "10.0.0.7:8001", "", "@"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_host_name_is_refused(host: str, method: str) -> None:
    """DNS rebinding."""
    assert "only on this machine" in refusal(request(method, host, None))
    assert "only on this machine" in refusal(request(method, host, f"http://{host}"))


@pytest.mark.parametrize(
    "origin",
    (
        "http://evil.example | http://127.0.0.1:3000 | https://127.0.0.1:8001 | http://localhost:8001 | null"
    ).split(" | "),
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_another_page_may_change_nothing(origin: str, method: str) -> None:
    assert "only the phone's own page" in refusal(request(method, "127.0.0.1:8001", origin))


def test_another_page_may_link_here() -> None:
    assert "" == refusal(request("GET", "127.0.0.1:8001", "http://evil.example"))
