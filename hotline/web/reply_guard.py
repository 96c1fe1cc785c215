"""Decide whether to send the answer to an event, or what to send instead.

Rule 1: a suppressed turn leaves the session unchanged, because the person did not see the answer.
Rule 2: a suppressed turn is committed like any other, so that the same webhook gets the same answer.
Rule 3: danger, STOP, START, HELP and DELETE are urgent, and exempt from per-person budgets.
Rule 4: an opt-out counts even if its confirmation is suppressed: an auto-reply may end with "stop texting me".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from hotline.channels import sms
from hotline.channels.twiml import EMPTY
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.model.events import (
    Channel,
    Count,
    Erase,
    Event,
    Kind,
    Reply,
    Restart,
    StopAll,
    Tell,
    Texting,
)
from hotline.conversation.model.session import Session, Turn
from hotline.log import log
from hotline.store.rate_limits import AUTOMATIC, Asked, Verdict
from hotline.store.usage import Spend, Usage
from hotline.web.auto_replies import echoes, is_automatic
from hotline.web.call_costs import (
    SHORTEST_CALL,
    Attestation,
    attestation,
    is_proved,
    refused,
    spent,
    starts_texts,
    without_texts,
)
from hotline.web.service import Service

ANSWERED: Final = ("answer.", "told.")
"""Prefixes of the counts that mark a question as answered."""

WORD: Final = "word."
"""Prefix of the count of a command."""

NOT_UNDERSTOOD: Final = Count("miss")


@dataclass(frozen=True, slots=True)
class Leaves:
    """The turn to commit, the answer to send, and the spend to record."""

    turn: Turn
    answer: str
    spend: Spend | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller's id, how the carriers attest to their number, and its usage so far."""

    who: str
    shown: Attestation
    usage: Usage


Render = Callable[[Book, Session, tuple[Reply, ...]], str]

Gate = Callable[[Event, Book, Session, Leaves, Usage], Leaves]
"""Takes the proposed Leaves for a person at this session, and returns the final ones. Raises StoreBusy."""


def open_gate(_event: Event, _book: Book, _session: Session, leaves: Leaves, _usage: Usage) -> Leaves:
    """Return `leaves` unchanged: a gate without budgets."""
    return leaves


def gate_of(service: Service, who: str = "", render: Render = sms.render, stir: str = "") -> Gate:
    """Return a gate that applies the budgets of a service.

    `who` is the caller's id, `render` renders the replies in a call, and `stir` is the call's StirVerstat.
    """

    def gate(event: Event, book: Book, session: Session, leaves: Leaves, usage: Usage) -> Leaves:
        if event.channel is Channel.VOICE:
            leaves = _of_a_call(
                service, Caller(who, attestation(stir), usage), event, book, session, leaves, render
            )
            service.budgets.add(leaves.spend.segments if leaves.spend else 0)
            return leaves
        asked = _asked(service, event, book, session, leaves)
        verdict, spend = service.budgets.judge(usage, asked)
        match verdict:
            case Verdict.GO:
                service.budgets.add(spend.segments)
                return Leaves(leaves.turn, leaves.answer, spend)
            case Verdict.LAST_WORD:
                words = sms.render(book, session, (Tell(text_id(book.statement(Role.SLOW_DOWN))),))
            case Verdict.SAFE_WORDS:
                words = service.safe_words.sms
            case Verdict.SILENCE:
                words = EMPTY
        log.warning("held_back", channel=event.channel, kind=event.kind, reason=verdict)
        held = Count(f"held_back.{verdict}")
        if _opts_out(session, leaves.turn):
            return Leaves(replace(leaves.turn, effects=(*leaves.turn.effects, held)), words, spend)
        return Leaves(Turn(session, effects=(held,)), words, spend)

    return gate


def _of_a_call(
    service: Service,
    caller: Caller,
    event: Event,
    book: Book,
    session: Session,
    leaves: Leaves,
    render: Render,
) -> Leaves:
    """Refuse a new call that exceeds the budgets, and drop the texts that a call may not start (`call_costs`)."""
    turn, new = leaves.turn, _is_new(session)
    if event.kind is Kind.OPENED:
        asked = Asked(event.at, segments=SHORTEST_CALL, new=new)
        if not service.budgets.takes_call(caller.usage, asked):
            log.warning("held_back", channel=event.channel, kind=event.kind, reason="budget")
            turn, spend = refused(session, event)
            return Leaves(turn, service.safe_words.voice, spend)
    if starts_texts(turn) and not _may_start_texts(service, caller, event, session):
        log.warning("held_back", channel=event.channel, kind=event.kind, reason="new_number")
        turn = without_texts(book, session, event, turn)
        leaves = Leaves(turn, render(book, turn.session, turn.replies))
    return replace(leaves, spend=spent(event, turn, new=new and not caller.usage.new))


def _may_start_texts(service: Service, caller: Caller, event: Event, session: Session) -> bool:
    if caller.shown is Attestation.FAILED or service.budgets.used_up(event.at.date()):
        return False
    return is_proved(session, caller.shown) or service.new_numbers.allows(caller.who, event.at)


def _is_new(session: Session) -> bool:
    """Check whether nothing was known of the person before this event."""
    return not session.state and session.texting is Texting.UNASKED and session.seen is None


def _opts_out(before: Session, turn: Turn) -> bool:
    """Check whether this turn opts the person out of texts, by STOP or by a text that may mean it."""
    return turn.session.texting is Texting.STOPPED and before.texting is not Texting.STOPPED


def _asked(service: Service, event: Event, book: Book, session: Session, leaves: Leaves) -> Asked:
    messages, segments = sms.cost(leaves.answer)
    turn, nowhere = leaves.turn, bool(segments) and not _leads_on(book, session, leaves.turn)
    return Asked(
        at=event.at,
        segments=segments,
        messages=messages,
        said=_mark(service, book, session, event) if nowhere else "",
        lost=NOT_UNDERSTOOD in turn.effects,
        new=_is_new(session),
        urgent=_is_urgent(book, turn),
    )


def _is_urgent(book: Book, turn: Turn) -> bool:
    """Check whether a turn is about danger, an opt-out, HELP or DELETE (Rule 3)."""
    for effect in turn.effects:
        match effect:
            case Count(name=name) if name.startswith(WORD) and name.removeprefix(WORD) in book.roles.urgent:
                return True
            case StopAll() | Restart() | Erase():
                return True
            case _:
                pass
    return False


def _mark(service: Service, book: Book, session: Session, event: Event) -> str:
    """Return a digest that identifies repeats of a text from one number; AUTOMATIC for an auto-reply."""
    if is_automatic(book.reader.lexicon, event.text) or echoes(book, session, event.text):
        return AUTOMATIC
    return service.secrets.mark(f"said {' '.join(event.text.casefold().split())}")


def _leads_on(book: Book, before: Session, turn: Turn) -> bool:
    """Check whether the person answered a question, or took an answer back.

    Such a text is often the same as an earlier one, such as "1" or "BACK". A retry after being stuck does not
    count, because an auto-reply might answer OK to it forever.
    """
    if before.state in book.after_fork(Role.STUCK) and turn.session.state == before.stuck_at:
        return False
    counts = (effect.name for effect in turn.effects if isinstance(effect, Count))
    return any(name.startswith(ANSWERED) for name in counts) or len(turn.session.trail) < len(before.trail)
