"""A carrier on the loopback address, with an application for it to call."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from devtools.twilio_sim import Account, Carrier, Phone, Serving, serve
from tests.devtools.twilio_sim.application import PARENT, SID, TOKEN, Application, account_of, running


@pytest.fixture
def application() -> Iterator[Application]:
    with running(Application()) as application:
        yield application
    assert application.forged == [], "every webhook is signed over the URL as it was sent"


@pytest.fixture
def account(application: Application) -> Account:
    return account_of(application.url)


@pytest.fixture
def serving(account: Account) -> Iterator[Serving]:
    with serve(Carrier(account)) as serving:
        yield serving


@pytest.fixture
def carrier(serving: Serving) -> Carrier:
    return serving.carrier


@pytest.fixture
def phone(serving: Serving) -> Phone:
    return Phone(serving.url, PARENT)


def client_of(url: str, username: str = SID, password: str = TOKEN, timeout: float = 10.0) -> Client:
    client = Client(username, password, SID, http_client=TwilioHttpClient(timeout=timeout))
    client.api.base_url = url
    client.lookups.base_url = url
    client.messaging.base_url = url
    client.accounts.base_url = url
    return client


@pytest.fixture
def connect() -> Callable[..., Client]:
    """Return Twilio's own client for a carrier at this address."""
    return client_of


@pytest.fixture
def client(serving: Serving) -> Client:
    return client_of(serving.url)


@pytest.fixture
def change(account: Account) -> Iterator[Callable[..., Serving]]:
    """Return a function that serves a carrier whose account differs in these fields."""
    served: list[Serving] = []

    def make(**fields: object) -> Serving:
        served.append(serve(Carrier(replace(account, **fields))))  # type: ignore[arg-type]  # fields of Account
        return served[-1]

    yield make
    for each in served:
        each.stop()
