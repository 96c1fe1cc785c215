"""The expected result of one person's webhooks, computed by the engine alone, without Redis or clock.

Rule 1: the engine and the renderers are the service's own, and pure. Their effects are reimplemented here, so that a
        bug in the store is not repeated.
Rule 2: a move returns the person afterward and the expected response to the webhook.
Rule 3: a day is one of the center, as in the service: its evening is the next day in UTC.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from hotline.channels import sms, voice
from hotline.conversation.book.book import Book
from hotline.conversation.engine.step import step
from hotline.conversation.model.events import (
    Cancel,
    Channel,
    Effect,
    Erase,
    Event,
    EventKind,
    FollowUp,
    LineType,
    LookUp,
    Refuse,
    StopAll,
    Texting,
    TextThis,
)
from hotline.conversation.model.session import Session, Turn
from hotline.web.turn import repeat_of_unseen_answer
from tests.chaos.hours import EASTERN

NO_WORDS = ""
"""The response to the end of a call."""


class Planned(StrEnum):
    """The kind of a planned text."""

    REMINDER = "reminder"
    THIS = "this"


@dataclass(frozen=True, slots=True)
class Plan:
    """A text that a turn scheduled: its id, its kind, and how long after the event it is due.

    `asked` and `ended` are the ids of the webhooks that scheduled and canceled it; `ended` is "" if none did.
    """

    id: str
    what: Planned
    reminder: str
    after: timedelta
    asked: str
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A person's expected state. `looks` is the number of pending line look-ups."""

    who: str
    session: Session | None = None
    line: LineType = LineType.UNKNOWN
    plans: tuple[Plan, ...] = ()
    looks: int = 0
    past: tuple[Plan, ...] = ()
    """Texts that were scheduled before the last erasure."""
    erased_by: str = ""
    """The id of that erasure's webhook."""
    stopped: bool = False
    """Whether the person had opted out, which survives an erasure."""
    unseen: str = ""
    """The response to their last webhook if they got the fallback text instead."""


def webhook(
    book: Book, person: Person, path: str, form: Mapping[str, str], at: datetime, given: str | None = None
) -> tuple[Person, str]:
    """Return the person after this webhook, and its response.

    The response `given` may be the one they have not seen yet; `seen` checks whether it must be.
    """
    session, at = _placed(book, person), at.astimezone(EASTERN)
    if path == "/sms":
        event = _at_a_desk(sms.read(form, at))
        if person.unseen and given:
            again = repeat_of_unseen_answer(book, session, event, person.unseen, sms.render)
            if again is not None and sms.addressed(again.answer, event.id) == given:
                return _after(person, event, again.turn), given
        after, document = _texted(book, person, session, event)
        if given is not None and document != given and session.tail:  # it expires by the clock of Redis
            return _texted(book, person, replace(session, tail=""), event)
        return after, document
    if path == "/voice/ended":
        event = _at_a_desk(voice.read_ended(form, at))
        ended = _after(person, event, step(book, session, event))
        return replace(ended, unseen=person.unseen), NO_WORDS  # who hung up heard nothing more
    n = int(path.partition("n=")[2] or 0)
    event = _at_a_desk(voice.read_turn(form, n, at) if n else voice.read_opened(form, at))
    turn = step(book, session, event)
    staff = voice.Staff((), form["To"])
    return _after(person, event, turn), voice.render(book, turn.session, turn.replies, n, staff)


def _at_a_desk(event: Event) -> Event:
    """Return an event at a center whose staff see requests."""
    return replace(event, requests_seen=True)


def _texted(book: Book, person: Person, session: Session, event: Event) -> tuple[Person, str]:
    turn = step(book, session, event)
    document = sms.render(book, turn.session, turn.replies)
    return _after(person, event, turn), sms.addressed(document, event.id)


def worded(document: str) -> str:
    """A document whatever text it answers: its statuses name that."""
    return sms.addressed(document, "")


def came_due(book: Book, person: Person, plan: str, at: datetime) -> Person | None:
    """Return the person after this text was sent, or None if it cannot have been sent yet.

    A question in the text becomes their current state, unless they have stopped our texts since: a worker that takes
    over from a dead one only records that it was sent.
    """
    reminder = next((one.reminder for one in person.plans if one.id == plan), None)
    if reminder is None:
        return person if person.erased_by else None
    session = _placed(book, person)
    if session.texting is Texting.STOPPED:
        return person
    event = Event(f"due:{plan}", at.astimezone(EASTERN), Channel.SMS, EventKind.DUE, reminder)
    turn = step(book, session, event)
    return person if turn.session == session else _after(person, event, turn)


def stopped_late(person: Person, event: str, at: datetime, language: str) -> Person:
    """Return the person after a missed STOP, written in this language, was found at the carrier."""
    session = _kept_of(person)
    if not session.state and session.language == Session().language:
        session = replace(session, language=language or session.language)
    turn = Turn(replace(session, texting=Texting.STOPPED), effects=(StopAll(),))
    return _after(person, Event(event, at.astimezone(EASTERN), Channel.SMS, EventKind.SAID), turn)


def line_found(person: Person) -> Person | None:
    """Return the person after a line look-up, or None if none is pending. Every line is a mobile."""
    return replace(person, line=LineType.TEXTS, looks=person.looks - 1) if person.looks else None


def plan_id(who: str, event: str, name: str, what: Planned) -> str:
    """Return the id of the text that this event scheduled."""
    mark = hashlib.sha256(f"{event} {name}".encode()).hexdigest()[:12]
    return f"{who}-{mark}" if what is Planned.REMINDER else f"{who}-{mark}-{what}"


def _placed(book: Book, person: Person) -> Session:
    return replace(_kept_of(person), book=book.version, line=person.line)


def _kept_of(person: Person) -> Session:
    new = Session(texting=Texting.STOPPED if person.stopped else Texting.UNASKED)
    return person.session or new


def _after(person: Person, event: Event, turn: Turn) -> Person:
    """Return the person after the turn's effects."""
    if any(isinstance(effect, Erase) for effect in turn.effects):
        past = (*person.past, *(_ended(plan, event) for plan in person.plans))
        stopped = turn.session.texting is Texting.STOPPED
        return Person(person.who, past=past, erased_by=event.id, stopped=stopped)
    plans = {plan.id: plan for plan in person.plans}
    new: dict[str, Plan] = {}
    for effect in turn.effects:
        for one in (plans, new):
            for plan in [plan for plan in one.values() if _ends(effect, plan)]:
                one[plan.id] = _ended(plan, event)
        new |= {plan.id: plan for plan in _starts(person.who, event, effect)}
    plans |= {id: plan for id, plan in new.items() if not plan.ended}  # ended in the same turn: never written
    looks = person.looks + sum(isinstance(effect, LookUp) for effect in turn.effects)
    return replace(person, session=turn.session, plans=tuple(plans.values()), looks=looks, unseen="")


def _ended(plan: Plan, event: Event) -> Plan:
    return plan if plan.ended else replace(plan, ended=event.id)


def _ends(effect: Effect, plan: Plan) -> bool:
    match effect:
        case Cancel(reminders=names):
            return plan.reminder in names
        case FollowUp(reminder=name, keep=keep):
            return plan.reminder == name and not keep
        case Refuse():
            return plan.what is Planned.REMINDER
        case StopAll():
            return True
        case _:
            return False


def _starts(who: str, event: Event, effect: Effect) -> list[Plan]:
    match effect:
        case FollowUp(reminder=name, after=after):
            id = plan_id(who, event.id, name, Planned.REMINDER)
            return [Plan(id, Planned.REMINDER, name, after, event.id)]
        case TextThis():
            id = plan_id(who, event.id, Planned.THIS, Planned.THIS)
            return [Plan(id, Planned.THIS, "", timedelta(), event.id)]
        case _:
            return []
