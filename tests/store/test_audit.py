"""The audit proves consents and opt-outs for years, and identifies no one."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

from hotline.conversation.model.events import (
    Cancel,
    Channel,
    Consent,
    Count,
    Effect,
    Erase,
    Event,
    EventKind,
    FollowUp,
    Refuse,
    Restart,
    StopAll,
    Texting,
)
from hotline.conversation.model.session import Session
from hotline.store import carrier_notices
from hotline.store.audit import AUDIT_RETENTION, Audit, Row
from hotline.store.keys import Keys, Secrets
from hotline.store.turns import Turns
from tests.store.conftest import NOW, PARENT

DAY = timedelta(days=1)
OTHER = "+12025550124"
Take = Callable[..., str | None]


@pytest.fixture
def audit(redis: Redis) -> Audit:
    return Audit(redis)


@pytest.mark.parametrize(
    ("effect", "what", "wording"),
    [
        (Consent("next_steps.offer.text"), "yes", "next_steps.offer.text"),
        (Consent("call.drop.text", one_text=True), "one text", "call.drop.text"),
        (Refuse(), "no", ""),
        (StopAll(), "stop", ""),
        (Restart(), "start", ""),
        (Erase(), "delete", ""),
    ],
    ids=["yes", "one text", "no", "stop", "start", "delete"],
)
def test_a_decision_is_a_row(
    take: Take, audit: Audit, secrets: Secrets, who: str, effect: Effect, what: str, wording: str
) -> None:
    """When, how, in which language, and after which wording of which book."""
    session = Session(texting=Texting.YES, language="es", book="book 7")
    take(effect, id="CA1:3", channel=Channel.VOICE, session=session)
    expected = Row(
        "2026-11-23T15:00:00+00:00", secrets.in_audit(who), what, "voice", "es", wording, "book 7", "CA1:3"
    )
    assert [expected] == list(audit.rows(NOW))


@pytest.mark.parametrize("effect", [Count("x"), FollowUp("a", DAY), Cancel(("a",))], ids=str)
def test_other_effects_are_no_rows(take: Take, audit: Audit, effect: Effect) -> None:
    take(effect)
    assert [] == list(audit.rows(NOW - DAY))


def test_a_repeated_event_is_one_row(take: Take, audit: Audit) -> None:
    for _ in range(2):
        take(StopAll(), StopAll(), id="SM1")
    assert 1 == len(list(audit.rows(NOW)))


def test_a_row_has_neither_number_nor_words(take: Take, audit: Audit, kept: Callable[[], Any]) -> None:
    take(Consent("w"), StopAll(), id="SM1", answer="the words of an answer")
    (found, _) = (asdict(row) for row in audit.rows(NOW))
    assert PARENT.removeprefix("+1") not in repr(found)
    assert "words of an answer" not in repr(found)
    assert PARENT.removeprefix("+1") not in repr(kept())


def test_rows_are_found_by_day_and_person(take: Take, audit: Audit, secrets: Secrets, who: str) -> None:
    """One person's rows in one round trip; all from every bucket."""
    for n in range(20):
        take(StopAll(), id=f"SM{n}", number=f"+1202555{n:04d}")
    take(Consent("w"), id="SM a", at=NOW + DAY)
    take(StopAll(), id="SM b", at=NOW + 2 * DAY)
    take(StopAll(), id="SM c", at=NOW + 2 * DAY, number=OTHER)
    assert ["yes", "stop"] == [row.what for row in audit.rows_of(who, secrets, NOW)]
    assert 3 == len(list(audit.rows(NOW + DAY)))
    assert 23 == len(list(audit.rows(NOW)))
    assert ["SM c"] == [row.event for row in audit.rows_of(secrets.who(OTHER), secrets, NOW)]


def test_delete_keeps_the_rows(take: Take, audit: Audit, secrets: Secrets, who: str) -> None:
    """They identify no one without the secret, and prove that the hotline kept its promises."""
    take(Consent("w"), id="SM1")
    take(Erase(), id="SM2", at=NOW + DAY, session=Session())
    assert ["yes", "delete"] == [row.what for row in audit.rows_of(who, secrets, NOW)]


def test_rows_are_deleted_after_five_years(take: Take, audit: Audit) -> None:
    take(Consent("w"), id="SM1")
    take(StopAll(), id="SM2", at=NOW + DAY)
    assert NOW == audit.oldest()
    assert 0 == audit.trim(NOW + AUDIT_RETENTION)
    assert 1 == audit.trim(NOW + AUDIT_RETENTION + DAY / 2)
    assert ["stop"] == [row.what for row in audit.rows(NOW)]
    assert 1 == audit.trim(NOW + AUDIT_RETENTION + 2 * DAY)
    assert audit.oldest() is None


def test_many_rows_are_read_in_parts(take: Take, audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotline.store.audit.READ_AT_ONCE", 3)
    for n in range(7):
        take(StopAll(), id=f"SM{n}")
    assert [f"SM{n}" for n in range(7)] == sorted(row.event for row in audit.rows(NOW))


def test_a_row_shares_no_id_with_other_data(
    take: Take, turns: Turns, kept: Callable[[], Any], secrets: Secrets, who: str
) -> None:
    take(Consent("w"), FollowUp("a", DAY), session=Session(texting=Texting.YES))
    carrier_notices.opt_out(
        turns, who, Event(f"opted-out:{who}-0123456789ab", NOW + DAY, Channel.SMS, EventKind.DUE)
    )
    everything = kept()
    rows = everything.pop(Keys(who).audit)
    assert 2 == len(rows)
    assert who not in repr(rows)
    assert secrets.in_audit(who) not in repr(everything)
    assert who in repr(everything)
    assert secrets.in_audit(who) not in {
        who,
        Secrets("another secret of the tests, long enough").in_audit(who),
    }


def test_all_rows_are_sorted_by_time(take: Take, audit: Audit) -> None:
    for n in (3, 0, 4, 1, 2):
        take(StopAll(), id=f"SM{n}", at=NOW + n * DAY, number=f"+1202555010{n}")
    found = [row.at for row in audit.rows(NOW)]
    assert 5 == len(found)
    assert sorted(found) == found
