"""Looks what came while we were away, and does what cannot wait for the parent to come again.

A text that meets a Redis or a web that is away gets the safe words, and what it said is not kept; the same goes for
what a lost Redis held. But the carrier has it. So we look there, every few minutes and after each time away:

Rule 1: a STOP that was not taken is obeyed, unless the person said yes since. A message for the staff that no request
        names gets one. Nothing else is done, and nobody is answered late.
Rule 2: what came this moment may still be taken, and is left for the next look. Looks overlap.
Rule 3: what was taken is known by its id, so any look may be done twice.
Rule 4: of somebody who asked us to delete all, nothing is written again.

While we do not know what came, planned texts wait (`send_hold`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis import Redis

from hotline.carrier.inbox import CameIn, Inbox, Left, NotListed
from hotline.channels import sms
from hotline.channels.twiml import is_number
from hotline.config.settings import Settings
from hotline.conversation.model.events import AskPerson, Channel, Count, Event, Kind, Texting
from hotline.conversation.model.session import Session, Turn
from hotline.log import log
from hotline.publishing.versions import Shelf
from hotline.store.connection import connect
from hotline.store.followups import FollowUps
from hotline.store.heartbeat import INBOX, beat, last_beat
from hotline.store.keys import Secrets, open_secrets
from hotline.store.people import last_yes
from hotline.store.requests import Requests
from hotline.store.turns import Turns

SETTLED = timedelta(seconds=30)
"""By then the carrier has given up on a webhook: it tries for 15 seconds in all."""

OVERLAP = SETTLED + timedelta(minutes=1)
"""How far before the last look this one begins: what that left alone, and for clocks that differ."""

LONGEST = timedelta(days=7)
"""How far back it looks when nobody knows when it last did: after a day away, or with an empty Redis."""

STOP = "stop"
DELETE = "delete_data"
"""What a text must mean. Words that may be a STOP are asked about, and nobody was."""


@dataclass(frozen=True, slots=True)
class Missed:
    """What it takes to look. One per process."""

    settings: Settings
    redis: Redis
    shelf: Shelf
    secrets: Secrets
    turns: Turns
    followups: FollowUps
    requests: Requests
    inbox: Inbox

    def catch_up(self, now: datetime) -> None:
        """Does a look. Safe to call twice, and at once. Raises StoreBusy."""
        looked = last_beat(self.redis, INBOX)
        since = now - LONGEST if looked is None else min(looked, now) - OVERLAP
        try:
            texts, left = self.inbox.texts(since), self.inbox.messages_left(since)
        except NotListed:
            log.warning("inbox_not_listed")
            return
        settled = now - SETTLED
        if stops := sum(self._obey(text) for text in _in_order(texts) if text.at <= settled):
            log.warning("missed_stops_obeyed", count=stops)
        if found := sum(self._list(message) for message in left if message.at <= settled):
            log.warning("missed_messages_listed", count=found)
        beat(self.redis, INBOX, now)

    def _obey(self, text: CameIn) -> bool:
        """Whether a STOP had been missed, or a DELETE after one."""
        meaning = self.shelf.current().meanings.of(text.body[: sms.MAX_READ])
        if meaning not in (STOP, DELETE):
            return False
        if not (is_number(text.number) and self.settings.serves(text.number)):
            return False
        who = self.secrets.who(text.number)
        event = Event(text.sid, text.at, Channel.SMS, Kind.SAID)
        if meaning == DELETE:
            return self.turns.erase_stopped(who, event, text.number)
        if self.turns.load(who, text.sid, text.at).session.texting is Texting.STOPPED:
            return False
        since = last_yes(self.redis, who)
        return (since is None or since <= text.at) and self.turns.opt_out(who, event)

    def _list(self, message: Left) -> bool:
        """Whether nobody would have found a message."""
        known = is_number(message.number)
        if known and not self.settings.serves(message.number):
            return False
        caller = message.number if known else message.call
        who = self.secrets.who(caller)
        if self.requests.lists(who, message.sid) or self.followups.erasing(who):
            return False
        event = Event(message.sid, message.at, Channel.VOICE, Kind.RECORDED, message.sid, reachable=known)

        def asked(session: Session) -> Turn:
            return Turn(session, effects=(AskPerson(recording=message.sid), Count("message_left")))

        return self.turns.add(who, event, asked, caller)


def _in_order(texts: Iterable[CameIn]) -> list[CameIn]:
    """The oldest first: a DELETE counts after its STOP."""
    return sorted(texts, key=lambda text: text.at)


def open_missed(settings: Settings, shelf: Shelf) -> Missed:
    """Makes the connections."""
    redis, secrets = connect(settings.redis_url), open_secrets(settings)
    return Missed(
        settings=settings,
        redis=redis,
        shelf=shelf,
        secrets=secrets,
        turns=Turns(redis, secrets),
        followups=FollowUps(redis),
        requests=Requests(redis),
        inbox=Inbox(settings),
    )
