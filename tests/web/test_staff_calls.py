"""The webhooks of a transferred call accept only Twilio, and only for the staff's phone."""

from dataclasses import replace

import pytest
from redis import Redis
from werkzeug.test import TestResponse

from devtools.twilio_sim import twiml
from devtools.twilio_sim.verbs import Gather, Hangup, Verb
from hotline.config.settings import Settings
from hotline.web.app import create_app
from tests.web.twilio_forms import PARENT, Caller, spoken

WHISPER, ACCEPTED = "/voice/whisper?lang=es", "/voice/whisper/accepted"


def form(caller: Caller, **fields: str) -> dict[str, str]:
    """Return the form of each request of the call that rings the staff."""
    ours, theirs = caller.settings.sender, caller.settings.staff_number
    return {
        **caller.voice_form(),
        "CallSid": "CA" + "2" * 32,
        "ParentCallSid": caller.call,
        "Direction": "outbound-dial",
        "From": ours,
        "Caller": ours,
        "To": theirs,
        "Called": theirs,
        **fields,
    }


def verbs(answer: TestResponse) -> tuple[Verb, ...]:
    assert 200 == answer.status_code
    return twiml.read(answer.data, answer.headers["Content-Type"], "voice")


def test_staff_who_pick_up_are_asked_in_english(caller: Caller) -> None:
    answer = caller.post(WHISPER, form(caller))
    assert [Gather, Gather, Hangup] == [type(verb) for verb in verbs(answer)]
    assert "A call from a parent, on Parent Hotline. The parent speaks Spanish. Press 1" in spoken(answer)


def test_key_1_joins_the_two_and_anything_else_hangs_up(caller: Caller) -> None:
    assert () == verbs(caller.post(ACCEPTED, form(caller, Digits="1")))
    for digits in ("2", "", "#"):
        assert (Hangup(),) == verbs(caller.post(ACCEPTED, form(caller, Digits=digits)))
    assert (Hangup(),) == verbs(caller.post(ACCEPTED, form(caller)))


@pytest.mark.parametrize("path", [WHISPER, ACCEPTED])
@pytest.mark.parametrize(
    "fields",
    [
        {"To": PARENT},
        {"To": "+15105550100"},
        {"From": PARENT},
        {"To": ""},
        {"From": ""},
        {"AccountSid": "AC" + "9" * 32},
    ],
    ids=str,
)
def test_a_call_between_other_numbers_is_refused(path: str, fields: dict[str, str], caller: Caller) -> None:
    assert 403 == caller.post(path, form(caller, Digits="1", **fields)).status_code


def test_a_callback_of_no_request_of_ours_is_refused(caller: Caller) -> None:
    for id in ("", "Zqxj", f"{'0' * 32}-{'0' * 12}"):
        answer = caller.post(f"/voice/callback/parent?request={id}&call=x", form(caller, To=PARENT))
        assert 403 == answer.status_code


@pytest.mark.parametrize("to", ["", PARENT])
def test_without_a_staff_number_every_request_is_refused(to: str, settings: Settings) -> None:
    unstaffed = replace(settings, staff_number="", office_hours=())
    caller = Caller(create_app(unstaffed).test_client(), unstaffed)
    assert 403 == caller.post(ACCEPTED, form(caller, To=to, Digits="1")).status_code


def test_the_two_are_joined_even_while_redis_is_down(settings: Settings) -> None:
    dead = replace(settings, redis_url="redis://127.0.0.1:9/0")
    caller = Caller(create_app(dead).test_client(), dead)
    assert 3 == len(verbs(caller.post(WHISPER, form(caller))))
    assert () == verbs(caller.post(ACCEPTED, form(caller, Digits="1")))


@pytest.mark.parametrize(
    ("open_now", "said"), [(True, "We are calling a person"), (False, "A person can call you back")]
)
def test_a_caller_is_transferred_only_in_office_hours(
    open_now: bool, said: str, settings: Settings, redis: Redis
) -> None:
    assert 0 == redis.dbsize()
    hours = settings.office_hours if open_now else ()
    staffed = replace(settings, office_hours=hours)
    caller = Caller(create_app(staffed).test_client(), staffed)
    caller.dial()
    heard = spoken(caller.turn(1, Digits="0"))
    assert said in heard
    assert open_now == ("We are calling a person" in heard)
    assert open_now or "5 1 0, 5 5 5, 0 1 9 9" in heard
