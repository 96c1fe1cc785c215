"""SignalWire's wire format: UUIDs, its own signature header and key, and its REST API; by settings alone."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import requests
from redis import Redis
from twilio.request_validator import RequestValidator

from devtools.local import made_up
from devtools.twilio_sim import Carrier
from devtools.twilio_sim.lines import LineKind
from hotline.carrier.recordings import Recordings
from hotline.config.settings import Settings
from hotline.config.wires import Wire
from hotline.doctor.carrier import lines
from hotline.doctor.lines import Grade
from hotline.store.keys import Keys, Secrets
from tests.end_to_end.other_wires import town_on
from tests.end_to_end.town import SOON_SECONDS, Town, screened, sent, take
from tests.waiting import wait_until

PROJECT = "5a1b2c3d-0000-4000-8000-123456789abc"
TOKEN = "PT" + "7" * 40
KEY = "PSK_the-signing-key-of-the-tests"
NUMBER = "+15105550100"
ENVIRON = {"TWILIO_ACCOUNT_SID": PROJECT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_WEBHOOK_KEY": KEY}


@pytest.fixture(scope="module")
def place(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, Carrier]]:
    """Yield a service with a SignalWire project."""
    account = {"account_sid": PROJECT, "auth_token": TOKEN, "signing_key": KEY, "number": NUMBER}
    folder: Path = tmp_path_factory.mktemp("signalwire")
    with (
        Redis.from_url(redis_url, decode_responses=True) as redis,
        town_on(account, ENVIRON, redis, redis_url, folder) as town,
    ):
        yield town


def of_project(town: Town, carrier: Carrier, **changed: Any) -> Settings:
    with TemporaryDirectory() as folder:
        ours = made_up.complete(
            {
                **ENVIRON,
                "REDIS_URL": "redis://127.0.0.1:1",
                "PUBLIC_BASE_URL": carrier.account.sms_url.removesuffix("/sms"),
                "TWILIO_API_BASE_URL": f"{town.carrier}/api/laml/2010-04-01",
            },
            Path(folder),
        )
        return replace(Settings.read(ours), **changed)


def test_a_text_a_reminder_and_its_status(place: tuple[Town, Carrier]) -> None:
    town, carrier = place
    phone = screened(town, "yes")
    assert "IEP evaluation" in "".join(bubble.body for bubble in phone.bubbles())
    wait_until(lambda: bool(sent(phone)), SOON_SECONDS)
    wait_until(lambda: "delivered" in town.records(phone).values(), SOON_SECONDS)
    assert [] == [alert for alert in carrier.webhooks.alerts if alert.code != 11205]


def test_a_call_with_a_message_for_the_staff(place: tuple[Town, Carrier]) -> None:
    town, carrier = place
    phone = town.phone()
    call = phone.call()
    assert "For a person, press 0" in call.words()
    call.press("0")
    call.dialed("no-answer")
    take(call, "message")
    call.record("Please call me about my son")
    keys = Keys(Secrets(town.secret).who(phone.number))
    wait_until(lambda: bool(town.redis.hvals(keys.requests)), SOON_SECONDS)
    (request,) = (json.loads(line) for line in town.redis.hvals(keys.requests))
    assert request["recording"] in {each.sid for each in carrier.recordings.all()}
    assert "-" in request["recording"]
    sound, kind = Recordings(of_project(town, carrier)).fetch(request["recording"])
    assert ("audio/mpeg", True) == (kind, bool(sound))


def test_the_line_of_a_caller_is_found_out(place: tuple[Town, Carrier]) -> None:
    town, carrier = place
    phone = town.phone()
    carrier.set_kind(phone.number, LineKind.LANDLINE)
    phone.call()
    wait_until(lambda: town.knows_line(phone), SOON_SECONDS)


def test_delete_removes_what_the_carrier_has(place: tuple[Town, Carrier]) -> None:
    town, _ = place
    phone = town.phone()
    for words in ("hi", "DELETE", "1"):
        phone.text(words)
    wait_until(lambda: town.copies_at_the_carrier(phone) == 0, 60)


FORM = {
    "MessageSid": "0f0e0d0c-0000-4000-8000-123456789abc",
    "AccountSid": PROJECT,
    "From": "+12025550188",
    "To": NUMBER,
    "Body": "hi",
}
GOOD = Wire.SIGNALWIRE.signature_header


@pytest.mark.parametrize(
    ("header", "key", "status"),
    [
        pytest.param(GOOD, KEY, 200, id="SignalWire's own"),
        pytest.param(GOOD, TOKEN, 403, id="the token in place of the key"),
        pytest.param(GOOD, "another-key-of-somebody", 403, id="another key"),
        pytest.param("X-Twilio-Signature", KEY, 403, id="Twilio's header"),
    ],
)
def test_only_its_signature_counts(header: str, key: str, status: int, place: tuple[Town, Carrier]) -> None:
    url = place[1].account.sms_url
    signature = RequestValidator(key).compute_signature(url, FORM)
    assert status == requests.post(url, data=FORM, headers={header: signature}, timeout=10).status_code
    assert 403 == requests.post(url, data=FORM, timeout=10).status_code


def test_doctor_reads_the_account(place: tuple[Town, Carrier]) -> None:
    found = list(lines(of_project(*place)))
    assert {"account", "number", "registration"} <= {line.name for line in found}
    assert all("does not say when to retry" in line.message for line in found if line.grade is Grade.WRONG)
    (refused,) = lines(of_project(*place, twilio_auth_token="PTanother"))
    assert "the carrier refuses us" in refused.message
    mixed = lines(of_project(*place, hotline_numbers=(NUMBER, "whatsapp:+15105550101")))
    assert any("neither WhatsApp nor RCS" in line.message for line in mixed)
