"""Gate that decides whether the answer to an event is sent, or what is sent instead.

Rule 1: a person who gets no answer has not moved: a suppressed turn leaves the session as it was.
Rule 2: a suppressed turn is committed like any other, so the same webhook gets the same answer.
Rule 3: danger, STOP, START, HELP and DELETE are urgent: no budget of a single person suppresses them.
Rule 4: an opt-out counts even if its confirmation is suppressed: an auto-reply may end in "stop texting me".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from hotline.channels import sms
from hotline.channels.twiml import EMPTY
from hotline.conversation.book.states import Book, Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.model.events import Channel, Count, Erase, Event, Reply, Restart, Tell, Texting
from hotline.conversation.model.session import Session, Turn
from hotline.log import log
from hotline.store.rate_limits import AUTOMATIC, Asked, Verdict
from hotline.store.usage import Spend, Tally
from hotline.web.auto_replies import echoes, is_automatic
from hotline.web.call_costs import Attestation, attestation, is_proved, spent, starts_texts, without_texts
from hotline.web.service import Service

URGENT: Final = frozenset(
    Count(name) for name in ("word.crisis", "word.abuse", "word.help", "word.delete_data", "stop")
)
"""Counts that mark a turn as urgent."""

ANSWERED: Final = ("answer.", "told.")
"""Prefixes of the counts that mark a question as answered."""

NOT_UNDERSTOOD: Final = Count("miss")


@dataclass(frozen=True, slots=True)
class Leaves:
    """The turn to commit, the answer to send, and the spend to record."""

    turn: Turn
    answer: str
    spend: Spend | None = None


Render = Callable[[Book, Session, tuple[Reply, ...]], str]

Gate = Callable[[Event, Book, Session, Leaves, Tally], Leaves]
"""Takes the proposed Leaves for a person at this session, and returns the final ones. Raises StoreBusy."""


def open_gate(_event: Event, _book: Book, _session: Session, leaves: Leaves, _tally: Tally) -> Leaves:
    """Return `leaves` unchanged: a gate without budgets."""
    return leaves


def gate_of(service: Service, who: str = "", render: Render = sms.render, stir: str = "") -> Gate:
    """Return a gate that applies the budgets of a service.

    `who` is the caller's id, `render` renders the replies in a call, and `stir` is the call's StirVerstat.
    """

    def gate(event: Event, book: Book, session: Session, leaves: Leaves, tally: Tally) -> Leaves:
        if event.channel is Channel.VOICE:
            return _of_a_call(service, who, attestation(stir), event, book, session, leaves, render)
        asked = _asked(service, event, book, session, leaves)
        verdict, spend = service.budgets.judge(tally, asked)
        match verdict:
            case Verdict.GO:
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
    who: str,
    shown: Attestation,
    event: Event,
    book: Book,
    session: Session,
    leaves: Leaves,
    render: Render,
) -> Leaves:
    """Answer a call whatever it costs, but drop the texts that it may not start (`call_costs`)."""
    turn = leaves.turn
    if starts_texts(turn) and not _may_start_texts(service, who, shown, event, session):
        log.warning("held_back", channel=event.channel, kind=event.kind, reason="new_number")
        turn = without_texts(book, session, event, turn)
        return Leaves(turn, render(book, turn.session, turn.replies), spent(turn))
    return replace(leaves, spend=spent(turn))


def _may_start_texts(service: Service, who: str, shown: Attestation, event: Event, session: Session) -> bool:
    if shown is Attestation.FAILED or service.budgets.used_up(event.at.date()):
        return False
    return is_proved(session, shown) or service.new_numbers.allows(who, event.at)


def _opts_out(before: Session, turn: Turn) -> bool:
    """Check whether this turn opts the person out of texts, by STOP or by text that may mean it."""
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
        new=not session.state and session.texting is Texting.UNASKED and session.seen is None,
        urgent=any(effect in URGENT or isinstance(effect, Restart | Erase) for effect in turn.effects),
    )


def _mark(service: Service, book: Book, session: Session, event: Event) -> str:
    """Return a digest that identifies repeats of a text from one number; AUTOMATIC for an auto-reply."""
    if is_automatic(event.text) or echoes(book, session, event.text):
        return AUTOMATIC
    return service.secrets.mark(f"said {' '.join(event.text.casefold().split())}")


def _leads_on(book: Book, before: Session, turn: Turn) -> bool:
    """Check whether the person answered a question, or took an answer back.

    Such a text may well be repeated, as "1" or "BACK" is. A retry where they were stuck does not count,
    because an auto-reply may say OK to it forever.
    """
    if before.state in book.after_fork(Role.STUCK) and turn.session.state == before.stuck_at:
        return False
    counts = (effect.name for effect in turn.effects if isinstance(effect, Count))
    return any(name.startswith(ANSWERED) for name in counts) or len(turn.session.trail) < len(before.trail)
