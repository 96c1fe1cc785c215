"""Decide whether to send the answer to an event, or what to send instead.

Rule 1: a suppressed turn leaves the session unchanged, because the person did not see the answer.
Rule 2: a suppressed turn is committed like any other, so that the same webhook gets the same answer.
Rule 3: danger, STOP, START, HELP and DELETE are urgent, and exempt from per-person budgets.
Rule 4: an opt-out counts even if its confirmation is suppressed: an auto-reply may end with "stop texting me".
Rule 5: no person wrote an auto-reply, or an echo of our own message. The first text that looks like one is still
        answered (`store.rate_limits`), so that a parent who quotes one of our messages gets an answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

from hotline.channels import sms
from hotline.channels.twiml import EMPTY
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.speech import choices_asked
from hotline.conversation.model.events import (
    Ask,
    Channel,
    Count,
    Erase,
    Event,
    EventKind,
    Reply,
    Restart,
    StopAll,
    Tell,
    Texting,
)
from hotline.conversation.model.session import Session, Turn
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalize
from hotline.log import log
from hotline.store.rate_limits import AUTOMATIC, Asked, Verdict
from hotline.store.usage import Spend, Usage
from hotline.web.call_costs import (
    SHORTEST_CALL,
    Attestation,
    attestation,
    is_verified_caller,
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

PART: Final = re.compile(r"\A\d+/\d+ ")
"""Prefix of a multipart message, such as "1/2 "."""

LONG: Final = 40
"""Minimum characters of an echo: a person may type something shorter that one of our messages contains."""


class Outgoing(NamedTuple):
    """The turn to commit, the answer to send, and the spend to record."""

    turn: Turn
    answer: str
    spend: Spend | None = None


Render = Callable[[Book, Session, tuple[Reply, ...]], str]


def guarded(
    service: Service,
    who: str,
    event: Event,
    book: Book,
    session: Session,
    outgoing: Outgoing,
    usage: Usage,
    render: Render,
    stir: str = "",
) -> Outgoing:
    """Apply the budgets to the proposed answer to an event, and return the final one. Raises StoreBusy.

    `usage` is that of the person `who`, `render` renders the replies in a call, and `stir` is the call's StirVerstat.
    """
    if event.channel is Channel.VOICE:
        outgoing = _in_a_call(service, who, event, book, session, outgoing, usage, render, stir)
        service.budgets.add(outgoing.spend.segments if outgoing.spend else 0)
        return outgoing
    verdict, spend = service.budgets.judge(usage, _asked(service, event, book, session, outgoing))
    match verdict:
        case Verdict.GO:
            service.budgets.add(spend.segments)
            return Outgoing(outgoing.turn, outgoing.answer, spend)
        case Verdict.LAST_WORD:
            words = sms.render(book, session, (Tell(text_id(book.statement(Role.SLOW_DOWN))),))
        case Verdict.SAFE_WORDS:
            words = service.safe_words.sms
        case Verdict.SILENCE:
            words = EMPTY
    log.warning("held_back", channel=event.channel, kind=event.kind, reason=verdict)
    held = Count(f"held_back.{verdict}")
    if _opts_out(session, outgoing.turn):
        return Outgoing(replace(outgoing.turn, effects=(*outgoing.turn.effects, held)), words, spend)
    return Outgoing(Turn(session, effects=(held,)), words, spend)


def _in_a_call(
    service: Service,
    who: str,
    event: Event,
    book: Book,
    session: Session,
    outgoing: Outgoing,
    usage: Usage,
    render: Render,
    stir: str,
) -> Outgoing:
    """Refuse a new call that exceeds the budgets, and drop the texts that a call may not start (`call_costs`)."""
    turn, new = outgoing.turn, _is_new(session)
    if event.kind is EventKind.OPENED:
        asked = Asked(event.at, segments=SHORTEST_CALL, new=new)
        if not service.budgets.takes_call(usage, asked):
            log.warning("held_back", channel=event.channel, kind=event.kind, reason="budget")
            turn, spend = refused(session, event)
            return Outgoing(turn, service.safe_words.voice, spend)
    if starts_texts(turn) and not _may_start_texts(service, who, event, session, attestation(stir)):
        log.warning("held_back", channel=event.channel, kind=event.kind, reason="new_number")
        turn = without_texts(book, session, event, turn)
        outgoing = Outgoing(turn, render(book, turn.session, turn.replies))
    return outgoing._replace(spend=spent(event, turn, new=new and not usage.new))


def _may_start_texts(service: Service, who: str, event: Event, session: Session, shown: Attestation) -> bool:
    if shown is Attestation.FAILED or service.budgets.used_up(event.at.date()):
        return False
    return is_verified_caller(session, shown) or service.new_numbers.allows(who, event.at)


def _is_new(session: Session) -> bool:
    """Check whether nothing was known of the person before this event."""
    return not session.state and session.texting is Texting.UNASKED and session.seen is None


def _opts_out(before: Session, turn: Turn) -> bool:
    """Check whether this turn opts the person out of texts, by STOP or by a text that may mean it."""
    return turn.session.texting is Texting.STOPPED and before.texting is not Texting.STOPPED


def _asked(service: Service, event: Event, book: Book, session: Session, outgoing: Outgoing) -> Asked:
    messages, segments = sms.cost(outgoing.answer)
    turn = outgoing.turn
    nowhere = bool(segments) and not _leads_on(book, session, turn)
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
    if _is_automatic(book.reader.lexicon, event.text) or is_echo(book, session, event.text):
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
    return any(name.startswith(ANSWERED) for name in counts) or len(turn.session.steps) < len(before.steps)


def _is_automatic(lexicon: Lexicon, text: str) -> bool:
    """Check whether a text contains a phrase of an auto-reply (`flows/lexicon`, [auto_replies])."""
    plain = normalize(text)
    return any(words in plain for words in lexicon.auto_phrases)


def is_echo(book: Book, session: Session, text: str) -> bool:
    """Check whether a text is our last message in this session, or a part of it."""
    if len(text) < LONG:
        return False
    asked: tuple[Reply, ...] = ()
    question = book.states.get(session.state)
    if isinstance(question, Question):
        asked = (Ask(session.state, only=choices_asked(Channel.SMS, question, session)),)
    said = sms.body(book, session.language, (*session.last, *asked))
    return normalize(PART.sub("", text)) in normalize(said)
