"""Sends one follow-up: claim, check, send, write down.

1. claim it by compare-and-set; a claim taken over from a dead worker is first looked up
2. check that the person still wants it, that the hour is right, that they are not in the
   middle of their questions
3. step the conversation with the event that its day has come
4. send
5. commit the session, so that the person's next text answers the reminder's question
6. write down the carrier's id: last, so that whoever takes over from a worker that died after
   step 4 does step 5 as well
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hotline.carrier.errors import DeliveryError, Verdict
from hotline.carrier.messages import Messages
from hotline.channels import sms
from hotline.conversation.book import Book, Question
from hotline.conversation.engine import step
from hotline.conversation.model import Channel, Event, Kind, Session, StopAll, Texting, Turn
from hotline.log import log
from hotline.publishing.shelf import Shelf, open_shelf
from hotline.settings import Settings
from hotline.store.connection import connect
from hotline.store.followups import Claimed, FollowUps, who_of
from hotline.store.keys import Secrets
from hotline.store.turns import Turns
from workers.quiet_hours import may_text, next_moment

TRIES = 4
"""Sends tried before a follow-up counts as failed."""
BACK_OFF = timedelta(minutes=2)
"""Before the second try; each further wait is four times as long."""
NOT_NOW = timedelta(minutes=5)
"""When the carrier says wait, or our account is at fault: looked at again after this."""
IN_CONVERSATION = timedelta(minutes=30)
"""Somebody who wrote so recently, and is at a question, is not interrupted."""
UNKNOWN_FOR = timedelta(days=1)
"""When the carrier neither takes a text nor says no for so long, the follow-up counts as failed."""
BETWEEN = timedelta(hours=20)
"""At most one planned text a day; a little under one, so that the hour of the day can stay."""
PROMISED, PROMISED_WITHIN = 12, timedelta(days=90)
"""What the question for consent promises: up to 12 texts in 90 days."""
COMMITS = 5


@dataclass(frozen=True, slots=True)
class Post:
    """What it takes to send follow-ups. One per process."""

    shelf: Shelf
    turns: Turns
    followups: FollowUps
    messages: Messages
    secrets: Secrets
    status_url: str

    def send(self, id: str, now: datetime) -> None:
        """Sends the follow-up of this id, or decides why not. Safe to call twice. Raises StoreBusy."""
        claimed = self.followups.claim(id, now)
        if claimed is None:
            return
        number = self.secrets.unseal(claimed.sealed) if claimed.sealed else None
        if claimed.texting != Texting.YES or number is None:
            self._drop(claimed, "no_consent")
            return
        book, session = self._place(claimed, self.turns.load(who_of(id), f"due:{id}").session)
        turn = step(book, session, self._event(claimed, now))
        body = sms.body(book, claimed.language or session.language, turn.replies)
        if not body or claimed.reminder not in book.reminders:
            self._drop(claimed, "reminder_gone")
        elif claimed.claimed_before and self._settled(claimed, number, body, now):
            return
        elif due := self._not_now(book, claimed, number, session, now):
            self.followups.postpone(id, due, "not_now", attempts=claimed.attempts - 1)
        else:
            self._send(claimed, number, body, now)

    def _send(self, claimed: Claimed, number: str, body: str, now: datetime) -> None:
        try:
            sid = self.messages.send(number, body, f"{self.status_url}?followup={claimed.id}")
        except DeliveryError as error:
            self._failed(claimed, number, error, now)
            return
        self._commit(claimed, number, now)
        self.followups.sent(claimed.id, sid)
        log.info("followup_sent", reminder=claimed.reminder, attempt=claimed.attempts)

    def _settled(self, claimed: Claimed, number: str, body: str, now: datetime) -> bool:
        """Whether nothing is left to send, because the worker that died had sent it. Also when the
        carrier cannot say: the claim runs out again, and late is better than twice.
        """
        since = claimed.claimed_before or now
        try:
            sid = self.messages.find(number, body, since)
        except DeliveryError:
            return True
        if sid is not None:
            self._commit(claimed, number, now)
            self.followups.sent(claimed.id, sid)
            return True
        if claimed.attempts > TRIES and now - since > UNKNOWN_FOR:
            self.followups.ended(claimed.id, "failed", "unknown")
            return True
        return False

    def _place(self, claimed: Claimed, session: Session) -> tuple[Book, Session]:
        """The book that the person is half way through, if it knows the reminder; else the current one."""
        book, placed = self.shelf.place(session)
        if claimed.reminder in book.reminders:
            return book, placed
        current = self.shelf.current()
        return current, replace(session, book=current.version)

    def _not_now(
        self, book: Book, claimed: Claimed, number: str, session: Session, now: datetime
    ) -> datetime | None:
        """When to look again, if this is not the time; None if it is."""
        if book.reminders[claimed.reminder].after == timedelta() and now - claimed.due < IN_CONVERSATION:
            return None  # the answer to the person's own yes
        if not may_text(number, now):
            return next_moment(number, now)
        if (promised := _as_promised(self.followups.sent_at(who_of(claimed.id)), now)) > now:
            return next_moment(number, promised)
        state = book.states.get(session.state)
        busy = isinstance(state, Question) and state.holds
        if busy and session.seen and now - session.seen < IN_CONVERSATION:
            return session.seen + IN_CONVERSATION
        return None

    def _failed(self, claimed: Claimed, number: str, error: DeliveryError, now: datetime) -> None:
        log.warning("followup_not_sent", reminder=claimed.reminder, reason=error.verdict, code=error.code)
        match error.verdict:
            case Verdict.PERMANENT:
                self.followups.ended(claimed.id, "failed", str(error.code))
            case Verdict.OPTED_OUT:
                self.followups.ended(claimed.id, "failed", str(error.code))
                self._opted_out(claimed, number, now)
            case Verdict.LATER if claimed.attempts >= TRIES:
                self.followups.ended(claimed.id, "failed", str(error.code))
            case Verdict.LATER:
                wait = BACK_OFF * 4 ** (claimed.attempts - 1)
                self.followups.postpone(claimed.id, now + wait, str(error.code), attempts=claimed.attempts)
            case Verdict.WAIT | Verdict.STOP:
                self.followups.postpone(
                    claimed.id, now + NOT_NOW, str(error.code), attempts=claimed.attempts - 1
                )
            case Verdict.UNKNOWN:
                pass  # the claim runs out, and whoever takes it over looks at the carrier first

    def _commit(self, claimed: Claimed, number: str, now: datetime) -> None:
        """Moves the person's session to the reminder's question, if it asks one."""
        event = self._event(claimed, now)
        for _ in range(COMMITS):
            loaded = self.turns.load(who_of(claimed.id), event.id)
            if loaded.answer is not None:
                return
            book, session = self._place(claimed, loaded.session)
            turn = step(book, session, event)
            if turn.session == session:
                return
            if self.turns.commit(who_of(claimed.id), event, loaded, turn, "", number) is not None:
                return

    def _opted_out(self, claimed: Claimed, number: str, now: datetime) -> None:
        """The carrier knows of a STOP that we do not: from now on so do we."""
        event = replace(self._event(claimed, now), id=f"opted-out:{claimed.id}")
        for _ in range(COMMITS):
            loaded = self.turns.load(who_of(claimed.id), event.id)
            turn = Turn(replace(loaded.session, texting=Texting.STOPPED), effects=(StopAll(),))
            if loaded.answer is not None:
                return
            if self.turns.commit(who_of(claimed.id), event, loaded, turn, "", number) is not None:
                return

    def _drop(self, claimed: Claimed, reason: str) -> None:
        self.followups.ended(claimed.id, "dropped", reason)
        log.info("followup_dropped", reminder=claimed.reminder, reason=reason)

    @staticmethod
    def _event(claimed: Claimed, now: datetime) -> Event:
        return Event(f"due:{claimed.id}", now, Channel.SMS, Kind.DUE, claimed.reminder)


def _as_promised(sent: tuple[datetime, ...], now: datetime) -> datetime:
    """The first moment, from `now` on, at which one more text keeps to what was promised."""
    earliest = max(now, sent[-1] + BETWEEN) if sent else now
    if len(sent) >= PROMISED:
        earliest = max(earliest, sent[-PROMISED] + PROMISED_WITHIN)
    return earliest


def open_post(settings: Settings) -> Post:
    """Reads the flows and makes the connections. Raises FlowError."""
    redis, secrets = connect(settings.redis_url), Secrets(settings.hotline_secret)
    return Post(
        shelf=open_shelf(settings),
        turns=Turns(redis, secrets),
        followups=FollowUps(redis),
        messages=Messages(settings),
        secrets=secrets,
        status_url=f"{settings.public_base_url}/status",
    )
