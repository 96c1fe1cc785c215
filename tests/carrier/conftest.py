"""Fixtures: a simulated carrier on the loopback address, and our client for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from devtools.twilio_sim import Account, Carrier, Serving, serve
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
