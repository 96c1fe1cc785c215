"""Asks which paper was signed, if it may be the plan rather than the consent form for testing.

Rule: the school's time to test counts from the consent form alone, and only once.
"""

from __future__ import annotations

from functools import lru_cache

from hotline.conversation.book.book import Book
from hotline.conversation.engine.conditions import last_reminded
from hotline.conversation.engine.reminders import started_by
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.nlu.reader import Reading
from hotline.conversation.nlu.roles import Known


def read_signed(builder: TurnBuilder, reading: Reading) -> Reading:
    """Return the reading of "signed", with the intent that asks which paper if it may be the plan."""
    if reading.intent != Known.SIGNED:
        return reading
    day = builder.book.topics.get(Known.SIGNED, "")
    if builder.session.state == day:
        return reading
    may_be_plan = _names_a_plan(builder, reading) or _is_signed_by_now(builder, day)
    return replace(reading, intent=Known.SIGNED_PLAN) if may_be_plan else reading


def _names_a_plan(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a text names a plan, and nothing of a consent form or testing."""
    stated, words = builder.book.reader.lexicon.stated, reading.cleaned.said.split()
    return not stated["plan_names"].isdisjoint(words) and stated["consent"].isdisjoint(words)


def _is_signed_by_now(builder: TurnBuilder, day: str) -> bool:
    """Return whether the consent form was signed earlier: its day is known, or a later reminder has asked."""
    last = last_reminded(builder.book, builder.session)
    return bool(builder.session.slot(day)) or (last is not None and last[0] in _later(builder.book, day))


@lru_cache(maxsize=8)
def _later(book: Book, day: str) -> frozenset[str]:
    """Return the reminders that follow testing: what ends those counted from this day starts them, and so on."""
    ending = [each for each in book.reminders.values() if each.counts_from == day]
    found: set[str] = set()
    while ending:
        ends = {state for each in ending for state in each.cancelled_by}
        new = {name for state in ends for name in started_by(book, state)} - found
        found |= new
        ending = [book.reminders[name] for name in new]
    return frozenset(found)
