"""Consent in a call must be confirmed by text, because caller ID can be forged."""

from datetime import timedelta

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Consent, FollowUp, LineType, Refuse, StopAll, Texting
from hotline.conversation.model.session import Session
from tests.conversation.talk import IEP, Talk

ASKS = "shall_we_text"
SERIES = ("next_step_now", "where_to_send", "sent_yet")


@pytest.fixture
def agreed(book: Book) -> Talk:
    """Return a caller who said yes to reminders, still in the call."""
    talk = Talk(book, Session(line=LineType.TEXTS)).call("1").screened(*"32111111")
    assert "may_we_text" == talk.asked
    return talk.press("1")


def hang_up(talk: Talk) -> Talk:
    talk.effects.clear()
    return talk.hang_up()


def test_a_yes_in_a_call_starts_only_one_text(agreed: Talk) -> None:
    assert ["yes_by_text"] == agreed.told
    assert Texting.PENDING is agreed.session.texting
    assert [Consent("screening.may_we_text.text", one_text=True)] == agreed.effects_of(Consent)
    assert [FollowUp(ASKS, timedelta(minutes=20), one_text=True)] == agreed.effects_of(FollowUp)


def test_the_text_leaves_once_after_the_call(agreed: Talk) -> None:
    hang_up(agreed)
    assert FollowUp(ASKS, timedelta(), one_text=True) in agreed.effects
    assert [ASKS] == agreed.started
    again = agreed.later(hours=1).call("1").screened(*"32111111")
    assert "yes_waits" in again.told
    assert [] == [name for name in again.started[1:] if name == ASKS]
    assert [] == hang_up(again).started


@pytest.mark.parametrize("words", ["1", "YES", "sí", "yes please"])
def test_a_yes_by_text_starts_the_series(agreed: Talk, words: str) -> None:
    hang_up(agreed).effects.clear()
    talk = agreed.remind(ASKS)
    assert ASKS == talk.asked
    talk.text(words)
    assert Texting.YES is talk.session.texting
    assert Consent(f"reminders.{ASKS}.text") in talk.effects
    assert {*SERIES} <= {*talk.started}


@pytest.mark.parametrize(("words", "effect"), [("2", Refuse()), ("no", Refuse()), ("STOP", StopAll())])
def test_a_no_by_text_starts_nothing(agreed: Talk, words: str, effect: Refuse | StopAll) -> None:
    hang_up(agreed).effects.clear()
    talk = agreed.remind(ASKS).text(words)
    assert effect in talk.effects
    assert [] == talk.started
    assert talk.session.texting in (Texting.NO, Texting.STOPPED)


def test_a_yes_taken_back_in_the_call_texts_nothing(agreed: Talk) -> None:
    agreed.press("#", "2")
    assert Texting.NO is agreed.session.texting
    assert [] == hang_up(agreed).started


def test_a_text_conversation_is_not_asked_twice(book: Book) -> None:
    talk = Talk(book).text(*IEP, "1")
    assert Texting.YES is talk.session.texting
    assert {*SERIES} <= {*talk.started}
    assert ASKS not in talk.started


def test_reminders_by_text_can_replace_it(agreed: Talk) -> None:
    talk = hang_up(agreed).text("REMINDERS")
    assert "may_we_text" == talk.asked
    assert Texting.YES is talk.text("1").session.texting
