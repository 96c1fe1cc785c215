"""An opt-out is confirmed once, as the direct reply, and never by a text that we initiate.

47 CFR 64.1200(a)(12): one confirmation, within five minutes, is presumed to be within the consent.
"""

from datetime import UTC, datetime

import pytest
from redis import Redis

from hotline.store.audit import Audit
from hotline.store.followups import FollowUps
from hotline.store.keys import Keys
from tests.web.twilio_forms import OFFERED, Caller, messages, spoken

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("second", ["STOP", "stop", "Stop texting me", "unsubscribe", "ALTO", "hi", "1"])
def test_an_opt_out_is_confirmed_once(caller: Caller, second: str) -> None:
    caller.text("hi")
    (confirmation,) = messages(caller.text("STOP"))
    assert "no more texts" in confirmation
    for _ in range(2):
        assert [] == messages(caller.text(second))


def test_each_opt_out_is_confirmed_after_a_start(caller: Caller) -> None:
    for _ in range(2):
        assert 1 == len(messages(caller.text("STOP")))
        assert messages(caller.text("START"))


def test_no_confirmation_is_a_text_that_we_initiate(caller: Caller, redis: Redis) -> None:
    for body in [*OFFERED, "1", "STOP"]:
        caller.text(body)
    records = FollowUps(redis).records(caller.who)
    assert {"dropped"} == {record["state"] for record in records.values()}
    assert not redis.hget(Keys(caller.who).person, "sealed")


@pytest.mark.parametrize("kind", ["STOP", "START", "HELP"])
def test_a_text_that_twilio_answered_gets_no_second_reply(caller: Caller, kind: str) -> None:
    """OptOutType: Advanced Opt-Out has replied in its own words, even to a keyword that we do not know."""
    caller.text("hi")
    assert [] == messages(caller.text("arret", OptOutType=kind))


def test_an_opt_out_in_a_call_is_confirmed_in_the_call(caller: Caller) -> None:
    call = caller.dial()
    assert spoken(call)
    assert "Yes" in spoken(caller.turn(1, Digits="9")), "it is asked first: 9 is near to 8 and to 0"
    assert "no more texts" in spoken(caller.turn(2, Digits="1"))
    assert [] == messages(caller.text("STOP"))


def test_every_opt_out_is_in_the_audit(caller: Caller, redis: Redis) -> None:
    caller.text("STOP")
    caller.text("START")
    caller.text("arret", OptOutType="STOP")
    rows = sorted(Audit(redis).rows(LONG_AGO), key=lambda row: row.at)
    assert ["start", "stop", "stop"] == sorted(row.what for row in rows)
    assert {"sms"} == {row.channel for row in rows}
