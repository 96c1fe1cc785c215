"""Fixtures: a simulated carrier on the loopback address, and our client for it."""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.serving import make_server

from devtools.twilio_sim import Account, Carrier, Serving, serve
from devtools.twilio_sim.server import Quiet
from hotline.carrier.messages import Messages
from hotline.config.settings import Settings
from tests.carrier.spoiling import Spoil, spoiling


@pytest.fixture
def serving(settings: Settings) -> Iterator[Serving]:
    """Serve a carrier that has the account in the settings, with an API key and a messaging service."""
    account = Account(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token,
        number=settings.sender,
        api_key="SK" + "b" * 32,
        api_secret="the secret of the tests",
        messaging_service_sid="MG" + "c" * 32,
    )
    with serve(Carrier(account)) as serving:
        yield serving


@pytest.fixture
def reached(settings: Settings, serving: Serving) -> Settings:
    """Return settings that point to that carrier."""
    return replace(settings, twilio_api_base_url=serving.url)


@pytest.fixture
def messages(reached: Settings) -> Messages:
    return Messages(reached)


@pytest.fixture
def spoil(serving: Serving) -> Iterator[Spoil]:
    with spoiling(serving) as spoil:
        yield spoil


@pytest.fixture
def answering() -> Iterator[Callable[[str, str], str]]:
    """Yield a function that sets the response to every request, and returns the server's address.

    Stands for Twilio behind a broken proxy, or for something else in its place.
    """
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        answer: list[str] = []

        def application(_environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
            start(answer[0], [("Content-Type", "application/json"), ("Connection", "close")])
            return [answer[1].encode()]

        port = listening.getsockname()[1]
        server = make_server(
            "127.0.0.1", port, application, request_handler=Quiet, fd=listening.fileno(), threaded=True
        )
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()

        def serve(status: str, body: str) -> str:
            answer[:] = [status, body]
            return f"http://127.0.0.1:{port}"

        yield serve
        server.shutdown()
        thread.join(5)
        server.server_close()
