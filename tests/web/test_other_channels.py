"""WhatsApp webhooks: a signed form has one sender, however it is split into fields."""

import re
from dataclasses import replace
from html import unescape

import pytest
from redis import Redis

from hotline.config.settings import Settings
from hotline.web.app import create_app
from tests.web.twilio_forms import Caller, messages

OURS = "whatsapp:+15105550101"
PARENT, OTHER = "whatsapp:+12025550123", "whatsapp:+12025550199"


@pytest.fixture
def caller(settings: Settings, redis: Redis) -> Caller:
    """Return a parent's phone on WhatsApp."""
    redis.ping()
    both = replace(settings, hotline_numbers=(settings.sender, OURS))
    return Caller(create_app(both).test_client(), both, PARENT)


def test_a_whatsapp_text_is_answered(caller: Caller) -> None:
    fields = {"To": OURS, "ProfileName": "Ana María", "WaId": "12025550123", "ChannelMetadata": "{}"}
    assert "504" in messages(caller.text("hi", **fields))[0]


def test_a_lost_reply_is_repeated_before_a_text_counts(caller: Caller) -> None:
    """As by text: otherwise a "1" would answer a question that the parent has not seen."""
    caller.text("hi", To=OURS)
    reply = caller.text("1", To=OURS)
    (address,) = set(re.findall(r'statusCallback="([^"#]+)', reply.text))
    assert 204 == caller.status(unescape(address), "undelivered", "30003", From=OURS).status_code
    assert messages(reply) == messages(caller.text("1", To=OURS))


def test_a_form_resplit_to_another_sender_is_refused(caller: Caller) -> None:
    """An attacker texts "STOPFrom..." and splits the signed request into a STOP from another parent."""
    own = {"To": OURS, "Body": f"STOPFrom{OTHER}", "From": PARENT}
    assert 200 == caller.text(own["Body"], To=OURS).status_code
    cut = {**caller.sms_form("STOP"), "To": OURS, "From": OTHER, "FromCity": f"From{PARENT}"}
    assert 403 == caller.post("/sms", cut).status_code


@pytest.mark.parametrize("number", ["whatsapp:anonymous", "whatsapp:", "messenger:123456", "rcs:agent"])
def test_an_address_without_a_number_gets_no_answer(number: str, caller: Caller) -> None:
    answer = caller.text("hi", To=OURS, From=number)
    assert answer.status_code in (200, 400)
    assert answer.status_code == 400 or [] == messages(answer)
