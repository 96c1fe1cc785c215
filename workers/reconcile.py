"""Finds texts and messages that the service missed while it was down, and handles the urgent ones.

A text that arrives while Redis or the web process is down gets the fallback reply, and its content is not
stored; the same applies to data lost with Redis. The carrier still has it, so this job reads the carrier's
lists every few minutes and after each outage:

Rule 1: a missed STOP is obeyed, unless the person said yes since, and so is a DELETE from someone who
        stopped our texts; anyone else would be asked to confirm first. A message for the staff without a
        request gets one. Nothing else is processed, and no late reply is sent.
Rule 2: events of the last seconds may still be processed by the web, so they are left for the next run.
        Runs overlap.
Rule 3: Twilio lists the newest first, so a missed STOP is at the end of the list. A run is done when each
        list is read to its end, over as many jobs as that takes (`store.inbox_runs`).
Rule 4: a text with an empty body may hide a STOP: it is counted and logged as an error.
Rule 5: processed events are known by id, so each run is idempotent.
Rule 6: nothing is written about a person who asked us to delete everything.

Until we know what was missed, planned texts wait (`send_hold`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from redis import Redis

from hotline import clock
from hotline.carrier.client import CarrierError
from hotline.carrier.inbox import Inbox, IncomingText, Page, Voicemail
from hotline.channels.twiml import is_number
from hotline.config.settings import Settings
from hotline.conversation.model.events import AskPerson, Channel, Count, Event, EventKind, Texting
from hotline.conversation.model.session import Session, Turn
from hotline.conversation.nlu.language import language_of
from hotline.conversation.nlu.normalize import MAX_LENGTH
from hotline.conversation.nlu.roles import Known
from hotline.log import log
from hotline.publishing.versions import Versions
from hotline.store import carrier_notices
from hotline.store.followups import FollowUps
from hotline.store.heartbeat import INBOX, beat, last_beat
from hotline.store.inbox_runs import Deleted, InboxRuns, Progress
from hotline.store.keys import Secrets
from hotline.store.leases import acquire_alert
from hotline.store.people import last_yes, waits_for_stop
from hotline.store.requests import Requests
from hotline.store.turns import Turns

SETTLED = timedelta(seconds=30)
"""Age after which the carrier has given up on a webhook, which it retries for 15 seconds in all."""

OVERLAP = SETTLED + timedelta(minutes=1)
"""How far a run starts before the previous one, which skipped its last seconds; covers clock skew."""

LONGEST = timedelta(days=7)
"""How far back to read if the last run is unknown: after a day of downtime, or with an empty Redis."""

AT_MOST_SECONDS = 35.0
"""Time limit for one job, plus one page and its requests; RQ kills the job after a minute."""

EMPTIED_ALERT_EVERY = timedelta(hours=1)

STOP = Known.STOP
DELETE = Known.DELETE_DATA
"""The intents that are acted on. A possible STOP would need a question, which can't be asked anymore."""


@dataclass(frozen=True, slots=True)
class CatchUp:
    """The catch-up job: reads what the carrier took while the service was down. One per process."""

    settings: Settings
    redis: Redis
    versions: Versions
    secrets: Secrets
    turns: Turns
    followups: FollowUps
    requests: Requests
    inbox: Inbox
    looks: InboxRuns

    def run(self, now: datetime) -> None:
        """Start a run, or resume an unfinished one. Idempotent. Raises StoreBusy."""
        if not self.looks.begin():
            return
        try:
            progress = self.looks.progress() or self._begun(now)
            if self._read(progress, time.monotonic() + AT_MOST_SECONDS):
                self._done(progress)
        except CarrierError as error:
            code = error.code or error.status
            log.warning("inbox_not_listed", code=code)
            if error.refused:
                self.looks.refuse(code, now)
        finally:
            self.looks.end()

    def _begun(self, now: datetime) -> Progress:
        looked = last_beat(self.redis, INBOX)
        since = now - LONGEST if looked is None else min(looked, now) - OVERLAP
        return Progress(began=now, since=since, until=now - SETTLED)

    def _read(self, progress: Progress, over: float) -> bool:
        """Read the rest of a run until `over` (monotonic seconds). Return whether it is complete.

        Progress is saved after each page, so a killed job resumes there.
        """
        for part in self.inbox.parts:
            if part in progress.done:
                continue
            for n, page in enumerate(self.inbox.pages(part, *progress.window(part))):
                if n and time.monotonic() > over:  # each job reads at least one page, so a run makes progress
                    log.info("look_goes_on", count=len(progress.done))
                    return False
                self._take(page, progress)
                progress.empty += page.empty
                progress.read_to[part] = page.read_to or progress.window(part)[1]
                progress.read_at = clock.now()
                self.looks.keep(progress)
            progress.done.append(part)
            self.looks.keep(progress)
        return True

    def _take(self, page: Page, progress: Progress) -> None:
        until = progress.until
        if stops := sum(self._obey(text, progress) for text in page.texts if text.at <= until):
            log.warning("missed_stops_obeyed", count=stops)
        if found := sum(self._list(message) for message in page.left if message.at <= until):
            log.warning("missed_messages_listed", count=found)

    def _done(self, progress: Progress) -> None:
        if progress.empty and acquire_alert(self.redis, "emptied", EMPTIED_ALERT_EVERY):
            log.error("texts_without_words", count=progress.empty)
        beat(self.redis, INBOX, progress.began)
        self.looks.done()

    def _obey(self, text: IncomingText, progress: Progress) -> bool:
        """Apply a missed STOP, or a DELETE of a person who stopped. Return whether one was missed."""
        intent = self.versions.current().reader.of(text.body[:MAX_LENGTH])
        if intent not in (STOP, DELETE):
            return False
        if not (is_number(text.number) and self.settings.serves(text.number)):
            return False
        who = self.secrets.who(text.number)
        at = text.at.astimezone(self.settings.time_zone)  # counters use the center's days
        event = Event(text.sid, at, Channel.SMS, EventKind.SAID)
        if intent == DELETE:
            return self._erase(who, event, text.number, progress)
        obeyed = self._stop(who, event, text.body)
        if asked := progress.deletes.get(
            who
        ):  # read before its STOP: there are several lists, each newest first
            at = asked.at.astimezone(self.settings.time_zone)
            self._erase(who, replace(event, id=asked.sid, at=at), text.number, progress)
        return obeyed

    def _erase(self, who: str, event: Event, number: str, progress: Progress) -> bool:
        """Apply a missed DELETE of a person who stopped our texts. Return whether one was missed.

        If no STOP is known, the DELETE is saved in `progress`, because the STOP may be further back.
        """
        if carrier_notices.erase_stopped(self.turns, who, event, number):
            progress.deletes.pop(who, None)
            return True
        noted = progress.deletes.get(who)
        if noted is None or noted.at < event.at:
            progress.deletes[who] = Deleted(event.id, event.at)
        return False

    def _stop(self, who: str, event: Event, words: str) -> bool:
        session = self.turns.load(who, event.id, event.at).session
        if session.texting is Texting.STOPPED and not waits_for_stop(session):
            return False
        since = last_yes(self.redis, who)
        book = self.versions.current()
        language = language_of(words[:MAX_LENGTH], book.languages, book.reader.lexicon, book.own_words)
        return (since is None or since <= event.at) and carrier_notices.opt_out(
            self.turns, who, event, language
        )

    def _list(self, message: Voicemail) -> bool:
        """Create a request for a voicemail that has none. Return whether one was created."""
        known = is_number(message.number)
        if known and not self.settings.serves(message.number):
            return False
        caller = message.number if known else message.call
        who = self.secrets.who(caller)
        listed = any(each.recording == message.sid for each in self.requests.of(who))
        if listed or self.followups.erasing(who):
            return False
        at = message.at.astimezone(self.settings.time_zone)
        event = Event(message.sid, at, Channel.VOICE, EventKind.RECORDED, message.sid, reachable=known)

        def asked(session: Session) -> Turn:
            asks = AskPerson(recording=message.sid, urgent=session.in_danger)
            return Turn(session, effects=(asks, Count("message_left")))

        return carrier_notices.commit(self.turns, who, event, asked, caller)
