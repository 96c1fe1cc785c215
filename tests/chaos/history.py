"""The history of one person: their moves, and the data in Redis that must match the end.

Rule 1: a webhook happened between its first request and its first response. One that got the fallback text because
        Redis was down may still have happened.
Rule 2: a text that the carrier accepted moves its person to its question at some later time.
Rule 3: a STOP that was not taken, or that Redis lost, may have been found at the carrier later.
Rule 4: a webhook answered within WINDOW before Redis was killed may be lost with it; where a replica took over, only if
        the service logged that it did not wait for one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from hotline.channels.twiml import EMPTY
from hotline.conversation.book.book import Book
from hotline.conversation.model import session_json
from hotline.conversation.model.events import LineType, Texting
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.language import language_of
from hotline.store.turns import ANSWERS_STORED
from tests.chaos.evidence import Evidence, Kept, Sent
from tests.chaos.expected import Person, Plan, came_due, line_found, stopped_late, webhook
from tests.chaos.orders import NEVER, Fits, Move, Order, Taken, explain
from tests.chaos.parents import ERASING, STOPS
from tests.chaos.posting import Answer, Asked
from tests.chaos.town import Outage

WINDOW = timedelta(seconds=2)
"""What Redis may lose with `appendfsync everysec` even if only its process is killed.

During an fsync it postpones writes for up to this long, but responds. Source: redis, aof.c, flushAppendOnlyFile.
"""
SOON = timedelta(seconds=1)
"""Maximum time between a commit and its response, or a Redis reply and what depends on it."""
LUA = timedelta(milliseconds=1)
"""Tolerance, as Lua stores times with fewer digits."""
JOB = timedelta(seconds=30)
"""Maximum time from a job reading the clock at its start to its text being accepted."""


@dataclass(frozen=True, slots=True)
class History:
    """One person: their webhooks, the texts sent to them, and their data in Redis."""

    who: str
    asked: list[Asked]
    sent: list[Sent]
    kept: Kept

    @property
    def forgets(self) -> bool:
        """Whether stored responses may have been dropped, because there were many or all was erased."""
        return len(self.asked) + len(self.sent) > ANSWERS_STORED or any(
            asked.words in ERASING for asked in self.asked
        )


def explained(book: Book, history: History, evidence: Evidence) -> Order:
    """Return an order that explains every response and the data in Redis. Raises Unexplained."""
    calls = [_line_found(asked) for asked in history.asked if asked.path == "/voice"]
    turns = [move for asked in history.asked if (move := _webhook(book, asked, history, evidence))]
    texts = [_came_due(book, sent, history.kept) for sent in history.sent if _moves(sent, history.sent)]
    stops = [_missed(book, asked) for asked in history.asked if _may_be_missed(asked, evidence)]
    return explain(Person(history.who), [*turns, *texts, *calls, *stops], fits(history.kept))


def taken(asked: Asked, safe: frozenset[str]) -> list[Answer]:
    """Return the responses other than the fallback text, earliest first."""
    return sorted((one for one in asked.answers if one.document not in safe), key=lambda one: one.ended)


def killed_around(moment: datetime, outages: list[Outage], before: timedelta, after: timedelta) -> bool:
    """Check whether Redis was killed at most `before` earlier or `after` later than `moment`."""
    return any(moment - before <= outage.began <= moment + after for outage in outages)


def _webhook(book: Book, asked: Asked, history: History, evidence: Evidence) -> Move | None:
    """Return the move of a webhook, or None if it was certainly not taken."""

    def take(person: Person, at: datetime) -> tuple[Person, str]:
        given = answers[0].document if answers else None
        after, document = webhook(book, person, asked.path, asked.form, at, given)
        # A copy that got the fallback text may have left a note that the answer was not seen.
        doubtful = len(answers) < len(asked.answers)
        return (replace(after, unseen=document) if doubtful else after), document

    def take_unseen(person: Person, at: datetime) -> tuple[Person, str]:
        after, document = webhook(
            book, person, asked.path, asked.form, at, history.kept.answers.get(asked.id)
        )
        return replace(after, unseen=document), document

    answers = taken(asked, evidence.safe)
    if not answers or _unheard(asked, [*evidence.outages, *evidence.stalls]):
        ended = max((one.ended for one in asked.answers), default=NEVER - WINDOW) + WINDOW
        answer = history.kept.answers.get(asked.id)
        if answer is not None and not (answer == EMPTY and asked.words in STOPS):
            document = None if asked.path == "/voice/ended" else answer
            return Move(asked.id, asked.began, ended, take_unseen, document)
        return (
            Move(asked.id, asked.began, ended, take_unseen, sure=False, rare=True)
            if history.forgets
            else None
        )
    first = answers[0]
    outages = [one for one in evidence.outages if one.loses_turns]
    lost = killed_around(first.ended, outages, before=SOON, after=WINDOW)
    return Move(asked.id, asked.began, first.ended, take, first.document, may_be_lost=lost)


def _may_be_missed(asked: Asked, evidence: Evidence) -> bool:
    """Check whether a STOP may have been found at the carrier: it was not taken, or Redis lost it."""
    heard = taken(asked, evidence.safe)
    lost = any(killed_around(one.ended, evidence.outages, before=SOON, after=WINDOW) for one in heard)
    return asked.words in STOPS and (lost or not heard)


def _missed(book: Book, asked: Asked) -> Move:
    id = f"missed {asked.id}"
    language = language_of(asked.words, book.languages, book.reader.lexicon, book.own_words)

    def take(person: Person, at: datetime) -> tuple[Person, None]:
        return stopped_late(person, id, at, language), None

    return Move(id, asked.began, NEVER, take, sure=False)


def _unheard(asked: Asked, outages: list[Outage]) -> bool:
    """Check for the end of a call during an outage: its response is empty either way."""
    ended = min((one.ended for one in asked.answers), default=NEVER)
    away = any(one.began <= ended and asked.began <= one.ended + SOON for one in outages)
    return asked.path == "/voice/ended" and away


def _moves(sent: Sent, all_sent: list[Sent]) -> bool:
    """Check whether this text moves its person: not a duplicate, which is a separate fault."""
    before = [one for one in all_sent if one.plan == sent.plan and one.at < sent.at]
    return all(one.undelivered for one in before)


def _came_due(book: Book, sent: Sent, kept: Kept) -> Move:
    """Return the move of a sent text. A worker that takes over from a dead one has its own claim time."""

    def take(person: Person, at: datetime) -> tuple[Person, None] | None:
        after = came_due(book, person, sent.plan, at)
        return None if after is None else (after, None)

    record = kept.records.get(sent.plan, {"state": "erased"})
    claimed = datetime.fromtimestamp(record.get("claimed_at", 0), sent.at.tzinfo)
    # Its person opted out or was erased before it was recorded; or nobody ever knew that it was sent.
    sure = record["state"] not in ("dropped", "erased") and record.get("reason") != "unknown"
    return Move(f"due {sent.sid}", sent.at, NEVER, take, sure=sure, at=(sent.at, max(sent.at, claimed)))


def _line_found(asked: Asked) -> Move:
    def take(person: Person, _: datetime) -> tuple[Person, None] | None:
        after = line_found(person)
        return None if after is None else (after, None)

    return Move(f"line {asked.id}", asked.began, NEVER, take, sure=False)


def fits(kept: Kept) -> Fits:
    """Return a check of the person at the end of an order against the data in Redis."""
    session = session_json.decode(kept.session) if kept.session else None
    return partial(_misfit, kept, session)


def _misfit(kept: Kept, session: Session | None, person: Person, order: tuple[Taken, ...]) -> str:
    if (wrong := _session_misfit(session, person.session, order)) or (wrong := _person_misfit(kept, person)):
        return wrong
    plans = {plan.id: plan for plan in person.plans}
    records = {id for id, record in kept.records.items() if record.get("kind") in ("reminder", "this")}
    if plans.keys() != records:
        return f"records are missing: {sorted(plans.keys() - records)}, or too many: {sorted(records - plans.keys())}"
    asked = {one.move.id: one.move for one in order}
    wrongs = (_record_misfit(kept.records[id], plan, asked[plan.asked]) for id, plan in plans.items())
    return next(filter(None, wrongs), "")


def _session_misfit(kept: Session | None, person: Session | None, order: tuple[Taken, ...]) -> str:
    if kept is None or person is None:
        return "" if kept is person else f"the session is {kept}, and should be {person}"
    reminded = [name for name, _ in kept.reminded] == [name for name, _ in person.reminded]
    timeless = replace(
        kept,
        tail=person.tail,  # has a key of its own, which expires after minutes
        seen=person.seen,
        outcome_at=person.outcome_at,
        safe_asked=person.safe_asked,
        reminded=person.reminded if reminded else kept.reminded,
    )
    if timeless != person:
        return f"the session is\n    {kept}\n  and should be\n    {person}"
    for name, found, should in (
        ("seen", kept.seen, person.seen),
        ("outcome_at", kept.outcome_at, person.outcome_at),
        ("safe_asked", kept.safe_asked, person.safe_asked),
        *(
            ("reminded", found, should)
            for (_, found), (_, should) in zip(kept.reminded, person.reminded, strict=True)
        ),
    ):
        if not _within(found, should, order):
            return f"{name} is {found}, and should be {should}"
    return ""


def _within(found: datetime | None, should: datetime | None, order: tuple[Taken, ...]) -> bool:
    """Check whether a stored time lies within the move it comes from."""
    if found is None or should is None:
        return found is should
    return any(
        one.at - JOB <= found <= one.at + LUA if one.move.at else one.move.began <= found <= one.move.ended
        for one in order
        if one.at == should
    )


def _person_misfit(kept: Kept, person: Person) -> str:
    session = person.session or Session(texting=Texting.STOPPED if person.stopped else Texting.UNASKED)
    should = {
        "texting": (kept.person.get("texting", Texting.UNASKED), session.texting),
        "language": (kept.person.get("language", Session().language), session.language),
        "line": (kept.person.get("line", LineType.UNKNOWN), person.line),
        "sealed": ("sealed" in kept.person, session.texting is Texting.YES),
    }
    return "; ".join(
        f"{name} is {found}, and should be {right}"
        for name, (found, right) in should.items()
        if found != right
    )


def _record_misfit(record: Mapping[str, Any], plan: Plan, asked: Move) -> str:
    began, first_due = record["asked"], record["first_due"]
    if abs(first_due - began - plan.after.total_seconds()) >= 1:  # both are stored in whole seconds
        return f"{plan.id} ({plan.reminder}) is due {first_due - began} s after, and should be {plan.after}"
    if not asked.began.timestamp() - 1 <= began <= asked.ended.timestamp():
        return f"{plan.id} ({plan.reminder}) was asked for at another time"
    return ""
