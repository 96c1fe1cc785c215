"""Fixtures: the app on a real Redis, and a parent's phone."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from hotline.config.settings import Settings
from hotline.web import health
from hotline.web.app import create_app
from hotline.web.desk import passphrases, words_pages
from hotline.web.service import Service
from tests.web.desk.visiting import QUICK
from tests.web.twilio_forms import Caller


@pytest.fixture(scope="session", autouse=True)
def nobody_walks_ahead() -> Iterator[None]:
    """Keep the desk's pages from starting a walk, which takes minutes of CPU time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words_pages, "walk_ahead", lambda *_: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def service_hasher() -> Iterator[PasswordHasher]:
    """Have passphrases hashed quickly, since hundreds of tests sign in; return the hasher of the service."""
    with pytest.MonkeyPatch.context() as patch:
        of_the_service = passphrases._HASHER
        patch.setattr(passphrases, "_HASHER", QUICK)
        patch.setattr(passphrases, "_NOBODY", QUICK.hash("nobody's passphrase"))
        yield of_the_service


@pytest.fixture(scope="session")
def app(settings: Settings) -> Flask:
    """Make the app with these settings. It has no state between requests."""
    return create_app(settings)


@pytest.fixture
def service(app: Flask) -> Service:
    found = app.extensions["hotline"]
    assert isinstance(found, Service)
    return found


@pytest.fixture
def uncached_status(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the checks for each request of /status."""
    monkeypatch.setattr(health, "STATUS_TTL", timedelta(seconds=-1))


@pytest.fixture
def client(app: Flask, redis: Redis) -> FlaskClient:  # noqa: ARG001 -- empties Redis first
    return app.test_client()


@pytest.fixture
def caller(client: FlaskClient, settings: Settings) -> Caller:
    """Make a parent's phone, as Twilio presents it to us."""
    return Caller(client, settings)
