"""Sends one follow-up: claim, check, send, record.

1. claim it by compare-and-set; if the claim is taken over from a dead worker that was about to send, first
   ask the carrier whether the text was sent
2. check that the person still wants it, that the hour is allowed, and that they are not in the middle of
   their questions
3. step the conversation with an event saying that the follow-up is due
4. check the send rate (`store.send_rate`); mark the text unless the person stopped or was erased; send it
5. commit the session, so that the person's next text answers the reminder's question
6. record the carrier's id; this is last so that a worker that takes over from one that died after step 4
   does step 5 as well

A text requested in a call (`RecordKind.THIS`) or sent by the staff (`REACH`) skips steps 3 and 5.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from redis import Redis

from hotline.carrier.errors import DeliveryError, Verdict
from hotline.carrier.messages import Messages, Template, letters
from hotline.channels import sms
from hotline.channels.twiml import Asked, with_retries
from hotline.config.schemes import addressed
from hotline.conversation.engine.step import step
from hotline.conversation.model import segments
from hotline.conversation.model.events import Event, LineType, Texting
from hotline.conversation.model.session import Session
from hotline.log import log
from hotline.publishing.versions import Versions
from hotline.store.followup_record import Claimed, RecordKind, is_asked_for, who_of
from hotline.store.followups import BEGINS_WITHIN, FollowUps, Intended
from hotline.store.keys import Secrets
from hotline.store.metrics import add_safely
from hotline.store.requests import Requests
from hotline.store.turns import Loaded, Turns
from hotline.store.usage import FIGURE, TEXT_SEGMENTS
from hotline.telemetry import measures
from hotline.telemetry.measures import Dropped
from hotline.telemetry.traces import note, span
from workers import send_policy
from workers.claimed_followups import (
    ask_in_session,
    event_of,
    has_consent,
    may_still_arrive,
    name_of,
    number_of,
    place_for,
    requested_words,
    sids_of_others,
)
from workers.delivery_errors import TRIES, Refusals
from workers.window import Held, Templates

UNKNOWN_FOR = timedelta(days=1)
"""If the carrier neither accepts nor refuses a text for this long, the follow-up fails."""
ANSWER_WITHIN = timedelta(days=1)
"""Delay before the next attempt while the person has not answered whether they meant STOP."""
NO_SESSION = "0"
"""Version of a session that does not exist."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Dependencies of sending follow-ups. One per process."""

    versions: Versions
    turns: Turns
    followups: FollowUps
    messages: Messages
    secrets: Secrets
    refusals: Refusals
    status_url: str
    redis: Redis
    serves: Callable[[str], bool]
    """Whether the hotline serves a number; one that it does not serve could not send us a STOP."""
    zone: tzinfo
    """The center's time zone, in which its days begin and end."""
    templates: Templates

    def send(self, id: str, now: datetime, before: datetime | None = None) -> None:
        """Send the follow-up with this id, postpone it, or end it. Idempotent. Raises StoreBusy.

        With `before`, take it over from an apparently dead worker that claimed it before then. A text that it may have
        begun to send is only looked up, not sent: it may still reach the carrier.
        """
        with span("send"):
            self._claim_and_send(id, now, before)

    def _claim_and_send(self, id: str, now: datetime, before: datetime | None) -> None:
        with span("claim"):
            claimed = self.followups.claim(id, now, before)
        if claimed is None:
            return
        note(reminder=name_of(claimed), attempt=claimed.attempts)
        if claimed.claim == 1:
            self._count(now, measures.DUE)
        number = number_of(claimed, self.secrets)
        if number is None:
            self._drop(claimed, Dropped.NO_CONSENT, now)
        elif claimed.claimed_before and (
            self._settled(claimed, number, claimed.claimed_before, now) or may_still_arrive(claimed, now)
        ):
            pass  # before anything else: releasing the claim forgets its marks, and the text would be sent again
        else:
            self._send_if_wanted(claimed, number, now)

    def _send_if_wanted(self, claimed: Claimed, number: str, now: datetime) -> None:
        if self._asked_to_stop(claimed, now):
            self._wait_for_an_answer(claimed, now)
        elif not has_consent(claimed):
            self._drop(claimed, Dropped.NO_CONSENT, now)
        elif not self.serves(number):
            self._drop(claimed, Dropped.NOT_FOR_US, now)
        elif claimed.in_call and claimed.line is LineType.LANDLINE:
            self._drop(claimed, Dropped.LANDLINE, now)
        elif claimed.kind is RecordKind.THIS:
            self._send_this(claimed, number, now)
        elif claimed.kind is RecordKind.REACH:
            self._send_reach(claimed, number, now)
        else:
            self._send_reminder(claimed, number, now)

    def _send_reminder(self, claimed: Claimed, number: str, now: datetime) -> None:
        with span("load"):
            loaded = self._load(claimed, now)
        book, session = place_for(self.versions, claimed, loaded.session)
        with span("step"):
            turn = step(book, session, self._event(claimed, now))
        body = sms.body(book, claimed.language or session.language, turn.replies)
        if not body or claimed.reminder not in book.reminders:
            self._drop(claimed, Dropped.REMINDER_GONE, now)
        elif due := send_policy.next_try(
            book, claimed, number, session, lambda: self.followups.sent_at(who_of(claimed.id)), now
        ):
            self.followups.postpone(claimed, due, "not_now")
        else:
            self._send_on_its_channel(claimed, number, body, session, now)

    def _send_on_its_channel(
        self, claimed: Claimed, number: str, body: str, session: Session, now: datetime
    ) -> None:
        """Send a reminder as its channel allows, or hold it (`workers.window`)."""
        match self.templates.choose(claimed, session, claimed.language or session.language, body, now):
            case Held(again=None):
                self._drop(claimed, Dropped.WINDOW_CLOSED, now)
            case Held(again=datetime() as again):
                self.followups.postpone(claimed, again, "window_closed")
            case Template() as template:
                self._send(claimed, number, body, now, template)
            case _:
                self._send(claimed, number, body, now)

    def _send_this(self, claimed: Claimed, number: str, now: datetime) -> None:
        """Send a text requested in a call, at any hour but only while it is still a direct reply."""
        body = self._words(claimed)
        if send_policy.is_too_late_reply(claimed, now):
            self._drop(claimed, Dropped.TOO_LATE, now)
        elif send_policy.has_reached_requested_limit(self.followups.wanted_at(who_of(claimed.id)), now):
            self._drop(claimed, Dropped.TOO_MANY, now)
        elif not body:
            self._drop(claimed, Dropped.WORDS_GONE, now)
        else:
            self._send(claimed, number, body, now)

    def _words(self, claimed: Claimed) -> str:
        """Return what a record says that has its own words, in the book in which they were asked for."""
        return requested_words(self.versions.stored(claimed.book) or self.versions.current(), claimed)

    def _send_reach(self, claimed: Claimed, number: str, now: datetime) -> None:
        """Send a text from the staff, while its request is waiting."""
        request, body = Requests(self.redis).with_text(claimed.id), self._words(claimed)
        if request is None or request.done:
            self._drop(claimed, Dropped.REQUEST_DONE, now)
        elif send_policy.is_outdated_callback_text(claimed, now):
            self._drop(claimed, Dropped.TOO_LATE, now)
        elif not body:
            self._drop(claimed, Dropped.WORDS_GONE, now)
        elif due := send_policy.next_try_of_staff_text(
            self.versions.current(), claimed, number, request.us_state, now
        ):
            self.followups.postpone(claimed, due, "not_now")
        else:
            self._send_on_its_channel(claimed, number, body, self._load(claimed, now).session, now)

    def _send(
        self, claimed: Claimed, number: str, body: str, now: datetime, template: Template | None = None
    ) -> None:
        if self.refusals.hold_back(claimed, segments.count(body), now):
            return
        mark = self.secrets.mark(letters(body))
        since = self.followups.doubtful_since(claimed, now)
        if since and self._settled(replace(claimed, marks=(mark,)), number, since, now):
            return
        if not self._may_leave(claimed, mark, now):
            return
        try:
            status_url = with_retries(f"{self.status_url}?followup={claimed.id}", Asked.STATUS)
            with span("carrier"):
                sid = self.messages.send(number, body, status_url, claimed.ours, template)
        except DeliveryError as error:
            log.warning("followup_not_sent", reminder=name_of(claimed), reason=error.verdict, code=error.code)
            self._count(now, measures.not_sent(error.verdict, error.code))
            self.refusals.settle(claimed, error, now)
            return
        if self.refusals.sending.accepted():
            log.info("carrier_takes_texts_again")
        # What a caller asks for was counted with the call (`web.call_costs`); a text from the staff was not.
        counted_before = claimed.in_call and is_asked_for(claimed) and claimed.kind is not RecordKind.REACH
        counted = TEXT_SEGMENTS if counted_before else 0
        self._count(now, measures.SENT, segments=max(segments.count(body) - counted, 0))
        self._written_down(claimed, number, sid, now)

    def _may_leave(self, claimed: Claimed, mark: str, now: datetime) -> bool:
        """Mark a text that is about to be sent, and return whether it may be sent now."""
        began = time.monotonic()
        match self.followups.intend(claimed, mark):
            case Intended.GO if time.monotonic() - began < BEGINS_WITHIN.total_seconds():
                return True
            case Intended.GO:
                self.followups.postpone(claimed, now, "stood_still")
            case Intended.STOPPED:
                self._wait_for_an_answer(claimed, now)
            case Intended.LOST | Intended.DROPPED:
                log.info("followup_not_wanted", reminder=name_of(claimed))
        return False

    def _written_down(self, claimed: Claimed, number: str, sid: str, now: datetime) -> None:
        """Record that the text was sent, unless the person was erased meanwhile."""
        if not self.followups.held(claimed.id):
            return
        if claimed.kind is RecordKind.REMINDER:
            ask_in_session(self.versions, self.turns, claimed, number, now.astimezone(self.zone))
        self.followups.sent(claimed.id, sid)
        log.info("followup_sent", reminder=name_of(claimed), attempt=claimed.attempts)

    def _settled(self, claimed: Claimed, number: str, since: datetime, now: datetime) -> bool:
        """Check whether a dead worker sent the text or may have sent it, so that we must not send it.

        Also true while the carrier cannot say: the claim expires again, and late is better than twice.
        """
        sid, unsure, listed = claimed.sid, False, True
        if sid is None and claimed.marks:
            try:
                sid = self.messages.find(
                    addressed(number, claimed.ours),
                    lambda body: self.secrets.mark(letters(body)) in claimed.marks,
                    since,
                    excluding=sids_of_others(self.followups, claimed),
                    templated=self.templates.may_hide(claimed),
                )
            except DeliveryError as error:
                # The carrier lists some texts without a body, which may include this one; or it lists nothing.
                unsure, listed = True, error.verdict is Verdict.UNKNOWN
        if sid is not None:
            self._written_down(claimed, number, sid, now)
            return True
        over = (unsure and listed) or claimed.attempts > TRIES
        if claimed.marks and over and now - since > UNKNOWN_FOR:
            self.followups.ended(claimed.id, "failed", "unknown")
            return True
        return unsure

    def _asked_to_stop(self, claimed: Claimed, now: datetime) -> bool:
        """Check whether we asked the person "shall we stop?" and they may still answer.

        A STOP would have ended the record; once the session has expired, no answer counts as a STOP (47 CFR
        64.1200(a)(12)).
        """
        if claimed.texting != Texting.STOPPED:
            return False
        loaded = self._load(claimed, now)
        return loaded.version != NO_SESSION and loaded.session.texting is Texting.STOPPED

    def _wait_for_an_answer(self, claimed: Claimed, now: datetime) -> None:
        self.followups.postpone(claimed, now + ANSWER_WITHIN, "asked_to_stop")

    def _load(self, claimed: Claimed, now: datetime) -> Loaded:
        return self.turns.load(who_of(claimed.id), self._event(claimed, now).id, now)

    def _event(self, claimed: Claimed, now: datetime) -> Event:
        """Return the event that a follow-up is due, in the center's time zone, as its days are."""
        return event_of(claimed, now.astimezone(self.zone))

    def _drop(self, claimed: Claimed, reason: Dropped, now: datetime) -> None:
        self.followups.ended(claimed.id, "dropped", reason)
        log.info("followup_dropped", reminder=name_of(claimed), reason=reason)
        self._count(now, measures.dropped(reason))

    def _count(self, now: datetime, *figures: str, segments: int = 0) -> None:
        """Count in the figures of the center's day, and the segments of a sent text in its budget. Never raises."""
        counts = dict.fromkeys(figures, 1) | ({FIGURE: segments} if segments else {})
        add_safely(self.redis, counts, now.astimezone(self.zone).date())
