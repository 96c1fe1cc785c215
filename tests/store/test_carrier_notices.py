"""Carrier reports about a person's texts are recorded, whatever question is open."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.engine.step import step
from hotline.conversation.model.events import Channel, Event, EventKind, Texting
from hotline.conversation.model.session import Session, Turn
from hotline.store import carrier_notices
from hotline.store.keys import Secrets
from hotline.store.turns import Turns
from hotline.store.usage import Spend

NOW = datetime.now(UTC).replace(microsecond=0)
NUMBER = "+12025550123"


@pytest.mark.parametrize(
    ("report", "stays"),
    [(carrier_notices.opt_out, Texting.STOPPED), (carrier_notices.end_consent, Texting.NO)],
    ids=["an opt-out", "a number that takes no texts"],
)
@pytest.mark.parametrize(
    ("state", "texting"),
    [("stop_or_not", Texting.STOPPED), ("stop_or_not", Texting.YES), ("safety_check", Texting.STOPPED)],
    ids=["asked by text", "asked in a call", "asked after danger"],
)
def test_a_no_to_shall_we_stop_does_not_undo_a_report(
    book: Book,
    turns: Turns,
    secrets: Secrets,
    report: Callable[[Turns, str, Event], object],
    stays: Texting,
    state: str,
    texting: Texting,
) -> None:
    who = secrets.who(NUMBER)
    asked = Session(book=book.version, texting=texting, before_stop=Texting.YES, state=state)
    if state != "stop_or_not":
        asked = asked.with_aside("stop_or_not")
    first = Event("SM1", NOW - timedelta(days=1), Channel.SMS, EventKind.SAID, "enough")
    turns.commit(who, first, turns.load(who, first.id, first.at), Turn(asked), "", NUMBER, Spend())
    report(turns, who, carrier_notices.event_of("1", NOW - timedelta(hours=1)))
    session = turns.load(who, "SM2", NOW).session
    for answer in ("2", "2"):
        session = step(book, session, Event("SM2", NOW, Channel.SMS, EventKind.SAID, answer)).session
    assert stays is session.texting
