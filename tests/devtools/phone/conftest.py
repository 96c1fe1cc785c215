"""The phone page with a scripted application, on a real Redis."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from devtools.phone.page import routes
from devtools.phone.sandbox import Sandbox, begin
from devtools.twilio_sim import Carrier
from devtools.twilio_sim.server import application as carrier_application
from hotline.config.settings import Settings
from tests.devtools.twilio_sim.application import Application, account_of, running


@pytest.fixture
def application() -> Iterator[Application]:
    """A scripted application that records its requests."""
    with running(Application()) as application:
        yield application
    assert [] == application.forged


@pytest.fixture
def sandbox(application: Application, settings: Settings, redis: Redis, tmp_path: Path) -> Iterator[Sandbox]:
    """Return a phone connected to this application, with a clock of its own."""
    assert redis.ping()
    carrier = Carrier(account_of(application.url))
    yield begin(replace(settings, clock_file=tmp_path / "clock"), carrier)
    carrier.close()


@pytest.fixture
def app(sandbox: Sandbox) -> Flask:
    """Return the carrier with its phone page."""
    return carrier_application(sandbox.carrier, routes(sandbox))


@pytest.fixture
def page(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_HOST"] = "127.0.0.1:8001"
    return client
