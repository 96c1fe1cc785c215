"""What the line stands on is told, to hosts and to the staff."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient
from redis import Redis

from hotline.conversation.model import Channel, Consent, Event, FollowUp, Kind, Texting
from hotline.conversation.session import Session, Turn
from hotline.settings import Settings
from hotline.store.followups import LATE_AFTER, FollowUps
from hotline.store.heartbeat import beat
from hotline.store.keys import Secrets
from hotline.store.sending import Sending
from hotline.store.turns import Turns
from hotline.web.desk_view import CHECKED, problems_in
from hotline.web.health import CHECKS
from tests.web.twilio_forms import PARENT

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def carrier_check(client: FlaskClient) -> str:
    """What /readyz says of the carrier."""
    return str((client.get("/readyz").json or {})["carrier"])


def test_every_check_is_told_at_the_desk_in_words() -> None:
    """A name alone says nothing to the staff."""
    assert CHECKS.keys() == CHECKED.keys()


def test_a_refused_account_is_told_with_its_code_and_since_when(client: FlaskClient, redis: Redis) -> None:
    """In the center's time, with what to mend; and it is over with the first text that gets through."""
    assert "ok" == carrier_check(client)
    Sending(redis).refuse(20003, NOON)
    told = carrier_check(client)
    assert told.startswith(
        "the carrier refuses our account: 20003 since 2026-11-23 12:00: credentials are refused"
    )
    assert ("The carrier takes our texts", told) in problems_in({"carrier": told})
    Sending(redis).went()
    assert "ok" == carrier_check(client)


def test_a_refused_account_takes_no_parent_away(client: FlaskClient, redis: Redis) -> None:
    """Their own texts and calls are answered all the same: a host must not send them elsewhere."""
    for process in ("clock", "worker"):
        beat(redis, process, datetime.now(UTC))
    assert 200 == client.get("/readyz").status_code, "else nothing could be taken away"
    Sending(redis).refuse(30034, NOON)
    assert 200 == client.get("/readyz").status_code


def test_late_follow_ups_are_told(client: FlaskClient, redis: Redis, settings: Settings) -> None:
    """Also those that were handed out and came back undone; the desk says it in the same words."""
    secrets = Secrets(settings.hotline_secret)
    at, who = datetime.now(UTC) - LATE_AFTER - timedelta(minutes=1), secrets.who(PARENT)
    turns, event = Turns(redis, secrets), Event("SM1", at, Channel.SMS, Kind.SAID)
    turn = Turn(Session(texting=Texting.YES), (), (Consent("w"), FollowUp("sent_yet", timedelta())))
    assert turns.commit(who, event, turns.load(who, event.id, at), turn, "", PARENT) is not None
    FollowUps(redis).take_due(datetime.now(UTC))
    told = (client.get("/readyz").json or {})["followups"]
    assert told.startswith("1 follow-ups are over 10 minutes late")
    assert ("Reminders leave on time", told) in problems_in({"followups": told})
