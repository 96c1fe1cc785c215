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
from dataclasses import dataclass, replace
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
from hotline.conversation.nlu.normalize import normalize
from hotline.log import log
from hotline.store.rate_limits import AUTOMATIC, Asked, Verdict
from hotline.store.usage import Spend, Usage
from hotline.web.call_costs import (
    SHORTEST_CALL,
    Attestation,
    attestation,
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


@dataclass(slots=True)
class ReplyGuard:
    """Applies the budgets to the proposed answer to an event; `usage` is that of the person `who`."""

    service: Service
    who: str
    event: Event
    book: Book
    session: Session
    usage: Usage

    def text(self, proposed: Outgoing) -> Outgoing:
        """Return the answer to send to a text."""
        verdict, spend = self.service.budgets.judge(self.usage, self._asked(proposed))
        match verdict:
            case Verdict.GO:
                self.service.budgets.add(spend.segments)
                return Outgoing(proposed.turn, proposed.answer, spend)
            case Verdict.LAST_WORD:
                pause = Tell(text_id(self.book.statement(Role.SLOW_DOWN)))
                words = sms.render(self.book, self.session, (pause,))
            case Verdict.SAFE_WORDS:
                words = self.service.safe_words.sms
            case Verdict.SILENCE:
                words = EMPTY
        self._log(verdict)
        held, turn = Count(f"held_back.{verdict}"), proposed.turn
        if turn.session.texting is Texting.STOPPED and self.session.texting is not Texting.STOPPED:  # Rule 4
            return Outgoing(replace(turn, effects=(*turn.effects, held)), words, spend)
        return Outgoing(Turn(self.session, effects=(held,)), words, spend)

    def call(self, proposed: Outgoing, render: Render, stir: str) -> Outgoing:
        """Return the answer to send in a call: refuse one that begins over budget, and drop texts that it may not start.

        `render` renders the replies, and `stir` is the call's StirVerstat (`call_costs`). Raises StoreBusy.
        """
        turn, new, budgets = proposed.turn, _is_new(self.session), self.service.budgets
        begins = Asked(self.event.at, segments=SHORTEST_CALL, new=new)
        if self.event.kind is EventKind.OPENED and not budgets.takes_call(self.usage, begins):
            self._log("budget")
            turn, spend = refused(self.session, self.event)
            guarded = Outgoing(turn, self.service.safe_words.voice, spend)
        else:
            if starts_texts(turn) and not self._may_start_texts(attestation(stir)):
                self._log("new_number")
                turn = without_texts(self.book, self.session, self.event, turn)
                proposed = Outgoing(turn, render(self.book, turn.session, turn.replies))
            spend = spent(self.event, turn, new=new and not self.usage.new)
            guarded = proposed._replace(spend=spend)
        budgets.add(spend.segments)
        return guarded

    def _log(self, reason: str) -> None:
        log.warning("held_back", channel=self.event.channel, kind=self.event.kind, reason=reason)

    def _may_start_texts(self, shown: Attestation) -> bool:
        if shown is Attestation.FAILED or self.service.budgets.used_up(self.event.at.date()):
            return False
        verified = self.session.texting is Texting.YES or shown is Attestation.OWN
        return verified or self.service.new_numbers.allows(self.who, self.event.at)

    def _asked(self, proposed: Outgoing) -> Asked:
        messages, segments = sms.cost(proposed.answer)
        nowhere = bool(segments) and not _leads_on(self.book, self.session, proposed.turn)
        return Asked(
            at=self.event.at,
            segments=segments,
            messages=messages,
            said=self._mark() if nowhere else "",
            lost=NOT_UNDERSTOOD in proposed.turn.effects,
            new=_is_new(self.session),
            urgent=_is_urgent(self.book, proposed.turn),
        )

    def _mark(self) -> str:
        """Return a digest that identifies repeats of a text from one number; AUTOMATIC for an auto-reply."""
        text, plain = self.event.text, normalize(self.event.text)
        automatic = any(phrase in plain for phrase in self.book.reader.lexicon.auto_phrases)
        if automatic or is_echo(self.book, self.session, text):
            return AUTOMATIC
        return self.service.secrets.mark(f"said {' '.join(text.casefold().split())}")


def _is_new(session: Session) -> bool:
    """Check whether nothing was known of the person before this event."""
    return not session.state and session.texting is Texting.UNASKED and session.seen is None


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


def _leads_on(book: Book, before: Session, turn: Turn) -> bool:
    """Check whether the person answered a question, or took an answer back.

    Such a text is often the same as an earlier one, such as "1" or "BACK". A retry after being stuck does not
    count, because an auto-reply might answer OK to it forever.
    """
    if before.state in book.after_fork(Role.STUCK) and turn.session.state == before.stuck_at:
        return False
    counts = (effect.name for effect in turn.effects if isinstance(effect, Count))
    return any(name.startswith(ANSWERED) for name in counts) or len(turn.session.steps) < len(before.steps)


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
