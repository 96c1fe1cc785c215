"""Conversations with the engine alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeVar

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question
from hotline.conversation.engine.speech import MOST_BY_EAR, part_offered
from hotline.conversation.engine.step import step
from hotline.conversation.model import session_json
from hotline.conversation.model.events import (
    Ask,
    Cancel,
    Channel,
    Effect,
    Event,
    EventKind,
    FollowUp,
    Reply,
    Tell,
)
from hotline.conversation.model.session import Session

E = TypeVar("E")

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)


NO, LATER = "2", "4"
"""To a text if the call drops, and to hearing the letter."""

IEP = ("hi", "1", *"32111111")
"""Texts that lead to the outcome "an IEP", and to the question for consent."""


class Talk:
    """A conversation by text, or by keys in a call."""

    def __init__(self, book: Book, session: Session | None = None) -> None:
        self.book = book
        self.session = session or Session()
        self.replies: tuple[Reply, ...] = ()
        self.effects: list[Effect] = []
        self.now = NOON
        self._ids = count()
        self._days: tuple[tuple[str, str], ...] = ()

    def text(self, *said: str) -> Talk:
        """Send texts, one after another."""
        return self.say(Channel.SMS, *said)

    def say(self, channel: Channel, *said: str) -> Talk:
        """Send or speak words, one after another."""
        kind = EventKind.SPOKEN if channel is Channel.VOICE else EventKind.SAID
        for words in said:
            self.take(channel, kind, words)
        return self

    def speak(self, words: str) -> Talk:
        """Speak in a call."""
        return self.take(Channel.VOICE, EventKind.SPOKEN, words)

    def be_silent(self) -> Talk:
        """Be silent in a call."""
        return self.take(Channel.VOICE, EventKind.SILENT)

    def hang_up(self) -> Talk:
        """End a call."""
        return self.take(Channel.VOICE, EventKind.LEFT)

    def remind(self, reminder: str, days: tuple[tuple[str, str], ...] = ()) -> Talk:
        self._days = days
        return self.take(Channel.SMS, EventKind.DUE, reminder)

    def press(self, *keys: str) -> Talk:
        for key in keys:
            self.take(Channel.VOICE, EventKind.PRESSED, key)
        return self

    def ring(self) -> Talk:
        """Begin a call."""
        return self.take(Channel.VOICE, EventKind.OPENED)

    def call(self, *keys: str, **known: bool) -> Talk:
        """Call and press keys; listen to all parts."""
        self.take(Channel.VOICE, EventKind.OPENED, "", **known).call_on(**known)
        for number in keys:
            self.choose(number, **known)
        return self

    def choose(self, number: str, **known: bool) -> Talk:
        """Press the key of a choice by its number in the flows, also behind the key for more."""
        question = self.book.states.get(self.session.state)
        parts = isinstance(question, Question) and part_offered(Channel.VOICE, question, self.session.part)
        behind = parts and number.isdecimal() and int(number) - len(parts)
        for key in (str(MOST_BY_EAR), str(behind)) if behind and behind > 0 else (number,):
            self.take(Channel.VOICE, EventKind.PRESSED, key, **known).call_on(**known)
        return self

    def screened(self, *keys: str, nudge: str = NO, reachable: bool = True) -> Talk:
        """Press keys in a call's screening. Questions asked only in calls are answered by `nudge`, and LATER."""
        for key in keys:
            self.choose(key, reachable=reachable)
            while way := {"if_call_drops": nudge, "hear_letter": LATER}.get(self.asked or ""):
                last = self.replies[-1]
                if way == LATER and isinstance(last, Ask) and last.only:
                    way = str(len(last.only))  # no text is offered on this line
                self.take(Channel.VOICE, EventKind.PRESSED, way, reachable=reachable).call_on(
                    reachable=reachable
                )
        return self

    def call_on(self, **known: bool) -> Talk:
        """Listen to all parts."""
        said = self.replies
        while self.session.more:
            self.take(Channel.VOICE, EventKind.PRESSED, "1", **known)
            said += self.replies
        self.replies = said
        return self

    def later(self, **passed: float) -> Talk:
        self.now += timedelta(**passed)
        return self

    def take(
        self,
        channel: Channel,
        kind: EventKind,
        text: str = "",
        *,
        reachable: bool = True,
        staffed: bool = False,
        requests_seen: bool = True,
    ) -> Talk:
        """Take one event."""
        id = str(next(self._ids))
        event = Event(
            id,
            self.now,
            channel,
            kind,
            text,
            reachable,
            staffed,
            requests_seen=requests_seen,
            days=self._days,
        )
        self._days = ()
        turn = step(self.book, self.session, event)
        self.session, self.replies = session_json.decode(session_json.encode(turn.session)), turn.replies
        assert turn.session == self.session
        self.effects += turn.effects
        return self

    @property
    def asked(self) -> str | None:
        """Return the question that the last turn ended with."""
        last = self.replies[-1] if self.replies else None
        return last.state if isinstance(last, Ask) else None

    @property
    def told(self) -> list[str]:
        """Return the states whose words the last turn said."""
        return [reply.text.split(".")[1] for reply in self.replies if isinstance(reply, Tell)]

    def effects_of(self, *kinds: type[E]) -> list[E]:
        return [effect for effect in self.effects if isinstance(effect, kinds)]

    @property
    def started(self) -> list[str]:
        return [effect.reminder for effect in self.effects_of(FollowUp)]

    @property
    def due(self) -> dict[str, str]:
        """Return the day of each, as counted from now."""
        return {e.reminder: (self.now + e.after).date().isoformat() for e in self.effects_of(FollowUp)}

    @property
    def cancelled(self) -> set[str]:
        return {name for effect in self.effects_of(Cancel) for name in effect.reminders}
