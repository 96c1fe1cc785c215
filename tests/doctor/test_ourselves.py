"""A signed request to our own public URL: if it does not arrive as sent, the difference is reported."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from werkzeug.serving import WSGIRequestHandler, make_server

from hotline.config.settings import Settings
from hotline.doctor.lines import WELL, Grade
from hotline.doctor.ourselves import UNREAD, certificate, lines
from hotline.store.keys import open_secrets
from hotline.web.app import create_app
from hotline.web.mirror import PASS, new_pass
from tests.end_to_end import certificates
from tests.running import free_ports

Wsgi = Callable[[dict[str, Any], Any], Any]


class Quiet(WSGIRequestHandler):
    """A request handler that does not log requests."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


@contextmanager
def served(app: Wsgi, port: int) -> Iterator[None]:
    """Serve an application at this port, which PUBLIC_BASE_URL points to."""
    server = make_server("127.0.0.1", port, app, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def answers(status: str, *headers: tuple[str, str], body: bytes = b"") -> Callable[[Settings], Wsgi]:
    """Make something that is not the hotline."""

    def app(_environ: dict[str, Any], start: Any) -> list[bytes]:
        start(status, [("Content-Length", str(len(body))), *headers])
        return [body]

    return lambda _settings: app


def line_with(**changed: Any) -> Callable[[Settings], Wsgi]:
    """Make a hotline with settings that differ from the doctor's."""
    return lambda settings: create_app(replace(settings, **changed))


def proxy(change: Callable[[dict[str, Any]], object]) -> Callable[[Settings], Wsgi]:
    """Make a hotline behind a proxy that changes requests."""

    def behind(settings: Settings) -> Wsgi:
        line = create_app(settings)

        def app(environ: dict[str, Any], start: Any) -> Any:
            change(environ)
            return line(environ, start)

        return app

    return behind


def prefixed(environ: dict[str, Any]) -> None:
    environ["RAW_URI"] = environ["REQUEST_URI"] = "/hotline" + environ.get("RAW_URI", environ["PATH_INFO"])


def emptied(environ: dict[str, Any]) -> None:
    environ["CONTENT_LENGTH"] = "0"


PLANTED: dict[str, tuple[Callable[[Settings], Wsgi], str]] = {
    "all is well": (line_with(), WELL),
    "another token": (line_with(twilio_auth_token="0f" * 16), "a different TWILIO_AUTH_TOKEN; restart"),
    "another account": (line_with(twilio_account_sid="AC" + "9" * 32), "a different TWILIO_ACCOUNT_SID"),
    "another address": (
        line_with(public_base_url="https://old.parents.edu"),
        "a different PUBLIC_BASE_URL, https://old.parents.edu",
    ),
    "another secret": (line_with(hotline_secret="0f" * 32), "has a different HOTLINE_SECRET"),
    "no signature": (
        proxy(lambda e: e.pop("HTTP_X_TWILIO_SIGNATURE")),
        "drops the header X-Twilio-Signature",
    ),
    "another signature": (
        proxy(lambda e: e.update(HTTP_X_TWILIO_SIGNATURE="A" * 27 + "=")),
        "changes the header X-Twilio-Signature",
    ),
    "another path": (proxy(prefixed), "to /hotline/doctor?a=1&b=x%2By; make it pass path and query"),
    "another body": (proxy(emptied), "changes the body"),
    "sent on": (
        answers("301 Moved", ("Location", "https://www.parents.edu/doctor?a=1")),
        "redirects to https://www.parents.edu/doctor, where Twilio's signature does not match",
    ),
    "nothing there": (answers("404 Not Found"), "leads to something other than this hotline"),
    "a login": (answers("401 Unauthorized"), "Twilio cannot log in: allow access to everyone"),
    "no web behind it": (answers("502 Bad Gateway"), "the proxy does not reach the web"),
    "a page": (answers("200 OK", body=b"<p>Welcome"), "something other than the hotline answers"),
    "an API": (answers("200 OK", body=b'{"status": "ok"}'), "something other than the hotline answers"),
    "another API": (answers("200 OK", body=b"[]"), "something other than the hotline answers"),
}


@pytest.mark.parametrize(("stands_there", "told"), PLANTED.values(), ids=PLANTED.keys())
def test_the_part_that_differs_is_reported(
    stands_there: Callable[[Settings], Wsgi], told: str, settings: Settings, redis: Redis
) -> None:
    port = free_ports(1)[0]
    own = replace(settings, public_base_url=f"http://127.0.0.1:{port}")
    with served(stands_there(own), port):
        (found, certificate) = lines(own)
    assert told in found.message
    assert WELL == certificate.message
    assert [] == list(redis.scan_iter("webhooks:*"))


def test_an_unreachable_address_is_reported(settings: Settings) -> None:
    own = replace(settings, public_base_url=f"http://127.0.0.1:{free_ports(1)[0]}")
    assert "nothing answers at" in lines(own)[0].message
    assert "is unknown" in lines(replace(settings, public_base_url="https://line.invalid"))[0].message


@contextmanager
def answering_tls(folder: Path, days: int) -> Iterator[str]:
    """Serve TLS with a certificate that expires in this many days, from an authority in `folder`."""
    made = certificates.make(folder, days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.chain, made.key)
    server = make_server(
        "127.0.0.1", 0, lambda _, start: (start("404 Not Found", []), [])[1], ssl_context=context
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


@pytest.mark.parametrize(
    ("days", "told"),
    [(60, WELL), (15, WELL), (5, "the certificate expires in 5 days; check its automatic renewal")],
)
def test_a_certificate_that_expires_soon_is_reported(
    days: int, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with answering_tls(tmp_path, days) as url:
        assert told == certificate(url)


@pytest.mark.parametrize("days", [60, 0], ids=["of an unknown authority", "that has ended"])
def test_an_invalid_certificate_is_reported(days: int, settings: Settings, tmp_path: Path) -> None:
    """By the request. The certificate check itself counts as not done, not as ok."""
    with answering_tls(tmp_path, days) as url:
        (request, found) = lines(replace(settings, public_base_url=url))
    assert f"the certificate of {url} is invalid" in request.message
    assert (UNREAD, Grade.ADVICE) == (found.message, found.grade)


def test_only_doctor_can_use_its_url(settings: Settings) -> None:
    client, secrets = create_app(settings).test_client(), open_secrets(settings)
    at = 1_700_000_000
    old = f"{at}.{secrets.mark(f'doctor {at}')}"
    for given in ("", "1.2", "x", "9" * 200, old):
        assert 404 == client.post("/doctor", headers={PASS: given}).status_code
    assert 200 == client.post("/doctor", headers={PASS: new_pass(secrets)}).status_code
