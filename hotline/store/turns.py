"""A turn as one transaction: load, and commit if nothing changed meanwhile.

Rule 1: two round trips a turn; an opt-out and an erasure wait for the disk besides (`durable`). `load` reads the session and the answer, if the event was answered
        already; `commit` writes session, answer, follow-ups, consent, opt-out and counts, or nothing.
Rule 2: commit checks again that the event is new and the session unchanged, so either script may be
        sent twice, and four copies of one webhook leave one step.
Rule 3: the last ANSWERS_KEPT answers of a person are kept, whole, for ANSWER_TTL.
Rule 4: an erasure leaves the answer to its own event, for ERASED_TTL, so that a webhook that comes twice is
        not read as somebody new; and the fact of an opt-out.
Rule 5: the tail of a session (numbers of the public words of very short texts) stands in a key of its own, which goes
        after JOINED_WITHIN; the session that is kept for days is without it.
Rule 6: whose commit got no answer may be somewhere that they know nothing of. They are given that answer again
        before anything counts as one to it (`unseen`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from redis import Redis

from hotline.channels.twiml import EMPTY
from hotline.conversation.model.events import Erase, Event, Kind, Refuse, StopAll, Texting
from hotline.conversation.model.session import JOINED_WITHIN, Session, Turn, reminded_from_json
from hotline.store import misunderstood, people
from hotline.store.commit import COMMIT, COMMITS_FOR, LOAD
from hotline.store.connection import StoreBusy, told_as_busy
from hotline.store.durable import Durable
from hotline.store.keys import WHO_LENGTH, Keys, Secrets
from hotline.store.requests import EXPIRES_AFTER
from hotline.store.unseen import Unseen
from hotline.store.usage import NOTHING, Spend, Tally, burst_of, hour_of, read_tally
from hotline.store.write_set import Changes

SESSION_TTL = timedelta(days=7)
PERSON_TTL = timedelta(days=400)
"""For who consented or opted out: both outlive every planned text. Others are forgotten with their
session."""
ANSWER_TTL = timedelta(hours=24)
"""A signed webhook can be replayed for ever, but Twilio retries within minutes."""
ERASED_TTL = timedelta(hours=1)
ANSWERS_KEPT = 64
NOBODY_REMINDED = "{}"
"""What Lua calls an empty list."""
TRIES = 8
"""Commits tried before a turn that nobody waits for is given up, as in one that somebody does."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is kept about a person when an event comes in. `answer` is what the same event was
    answered before, or None; `version` is what `commit` compares; `tally` what was counted of the number.
    `at_store` is when that was, in Redis's own milliseconds; 0 is not known, and then no commit is too late. `unseen` is
    the answer to an event before this one that the person may not have got, or "".
    """

    session: Session
    version: str = "0"
    answer: str | None = None
    tally: Tally = NOTHING
    at_store: int = 0
    unseen: str = ""


class Turns:
    """Loads and commits turns."""

    def __init__(self, redis: Redis, secrets: Secrets) -> None:
        self._load = redis.register_script(LOAD)
        self._commit = redis.register_script(COMMIT)
        self._secrets = secrets
        self._unseen = Unseen(redis, ANSWERS_KEPT)
        self._durable = Durable(redis)

    def load(self, who: str, event_id: str, now: datetime, signature: str = "") -> Loaded:
        """Where `who` is, and whether this event was answered already. `signature` is that of the request that
        brought it, "" for what no request did. One round trip. Raises StoreBusy.
        """
        keys = Keys(who)
        with told_as_busy():
            found: list[Any] = self._load(
                keys=[
                    *(keys.session, keys.answers, keys.person),
                    *self._counted(who, event_id, now, signature),
                    keys.followups,
                    keys.tail,
                ],
                args=[event_id, hour_of(now), burst_of(now), self._unseen.of(who), ANSWERS_KEPT],
            )
        if found[0] is not None:
            return Loaded(Session(), answer=found[0])
        _, version, kept, (language, texting, known, line, line_at), counted, texted, at, unseen, tail = found
        session = Session.from_json(kept) if kept else Session()
        session = replace(session, line=people.line_of(line, line_at, now), tail=tail or "")
        if language:
            session = replace(session, language=language)
        if texting:
            session = replace(session, texting=Texting(texting))
        if known and not kept:
            session = replace(session, known=tuple((name, value) for name, value in json.loads(known)))
        if texted and texted != NOBODY_REMINDED:
            reminded = reminded_from_json(sorted(json.loads(texted), key=lambda pair: -pair[1]))
            session = replace(session, reminded=reminded)
        return Loaded(
            session, version or "0", tally=read_tally(counted, now), at_store=int(at), unseen=unseen or ""
        )

    def commit(
        self,
        who: str,
        event: Event,
        loaded: Loaded,
        turn: Turn,
        answer: str,
        number: str,
        spend: Spend | None = None,
        signature: str = "",
    ) -> str | None:
        """Writes the turn if nothing changed since `loaded`. One round trip.

        Returns what the event is answered with: `answer`, or what a copy of it was answered before;
        None when the person's session changed meanwhile, or COMMITS_FOR is over, so that the caller must load again.
        When it is not known whether the turn was taken, its answer is noted as unseen. `number` is sealed for what needs it, else not kept; for a hidden one it is the call's id. With `spend` the
        event is known as taken from now on, and so is its `signature`. Raises StoreBusy.
        """
        keys = Keys(who)
        changes = self._changes(who, event, loaded, turn, number)
        seen = bool(loaded.unseen) and event.kind is not Kind.LEFT  # who hangs up hears nothing
        with self._unseen.noted(who, event.id), told_as_busy():
            result: list[str] = self._commit(
                keys=[
                    keys.session,
                    keys.answers,
                    keys.person,
                    keys.followups,
                    keys.due,
                    keys.counts(event.at),
                    keys.requests,
                    keys.requested,
                    keys.audit,
                    *self._counted(who, event.id, event.at, signature),
                    keys.finished,
                    keys.tail,
                    misunderstood.key_of(who, event.at),
                ],
                args=[
                    event.id,
                    loaded.version,
                    replace(turn.session, tail="").as_json(),
                    _seconds(SESSION_TTL),
                    ANSWERS_KEPT,
                    answer,
                    _seconds(ANSWER_TTL),
                    changes.as_json(),
                    _seconds(PERSON_TTL),
                    _person_ttl(turn.session, changes),
                    _seconds(ERASED_TTL),
                    _seconds(EXPIRES_AFTER),
                    int(event.at.timestamp()),
                    event.at.timestamp(),
                    spend.as_json() if spend else "",
                    loaded.at_store or "",
                    _milliseconds(COMMITS_FOR),
                    "seen" if seen else "",
                    turn.session.tail,
                    _seconds(JOINED_WITHIN) if turn.session.tail or not loaded.session.tail else "",
                    _seconds(misunderstood.KEPT),
                    misunderstood.MOST_MARKS,
                ],
            )
        match result:
            case ["done"]:
                if seen:
                    self._unseen.forget(who)
                if any(isinstance(effect, StopAll | Erase) for effect in turn.effects):
                    self._durable.after_commit()
                return answer
            case ["answered", earlier]:
                return earlier
            case ["conflict"] | ["late"]:
                return None
            case _:
                raise StoreBusy("unexpected answer of the commit script")

    def may_be_unseen(self, who: str, event_id: str) -> None:
        """Note that the answer to this event may not have arrived, where it was taken. Returns at once, never raises."""
        self._unseen.note(who, event_id)

    def opt_out(self, who: str, event: Event) -> bool:
        """The carrier knows of a STOP that we do not: from now on so do we. Returns whether that is new. Safe to
        call twice. Raises StoreBusy.
        """
        return self.add(who, event, lambda session: _decided(session, Texting.STOPPED, StopAll()))

    def erase_stopped(self, who: str, event: Event, number: str) -> bool:
        """The carrier has a DELETE, of somebody who stopped our texts, that we do not know of. Returns whether that is
        new; of anybody else nothing is erased, for they are asked first. Safe to call twice. Raises StoreBusy.
        """
        loaded = self.load(who, event.id, event.at)
        if loaded.answer is not None or loaded.session.texting is not Texting.STOPPED:
            return False
        return self.add(who, event, _erased, number)

    def end_consent(self, who: str, event: Event) -> None:
        """Nobody there takes our texts any more: a yes to them counts no longer; an opt-out stays one. Safe to
        call twice. Raises StoreBusy.
        """
        self.add(who, event, lambda session: _decided(session, Texting.NO, Refuse()))

    def add(self, who: str, event: Event, change: Callable[[Session], Turn], number: str = "") -> bool:
        """Commits a turn that nobody waits for an answer to, unless the event was taken already; whether it was
        not. Raises StoreBusy.
        """
        for _ in range(TRIES):
            loaded = self.load(who, event.id, event.at)
            if loaded.answer is not None or loaded.tally.taken:
                return False
            if self.commit(who, event, loaded, change(loaded.session), EMPTY, number, Spend()) is not None:
                return True
        raise StoreBusy("conflicts")

    def _counted(self, who: str, event_id: str, at: datetime, signature: str) -> tuple[str, str, str, str]:
        """The keys of `tally`: what the number was sent and said on this day, that the event was taken, and that
        its signature was; the event's again where there is none.
        """
        keys, name = Keys(who), self._secrets.mark(f"day {who} {at:%Y-%m-%d}")[:WHO_LENGTH]
        taken = signed = self._secrets.mark(f"event {event_id}")[:WHO_LENGTH]
        if signature:
            signed = self._secrets.mark(f"signature {signature}")[:WHO_LENGTH]
        return (
            keys.beside(f"spent:{name}"),
            keys.beside(f"said:{name}"),
            keys.beside(f"taken:{taken}"),
            keys.beside(f"taken:{signed}"),
        )

    def _changes(self, who: str, event: Event, loaded: Loaded, turn: Turn, number: str) -> Changes:
        """What the turn writes besides the session."""
        changes = Changes(
            who=who,
            in_audit=self._secrets.in_audit(who),
            event=event,
            before=loaded.session,
            after=turn.session,
            seal=lambda: self._secrets.seal(number),
            mark=lambda words: misunderstood.marks_of(self._secrets, who, words, event.at),
        )
        for effect in turn.effects:
            changes.add(effect)
        return changes


def _decided(session: Session, texting: Texting, effect: StopAll | Refuse) -> Turn:
    """What was decided about texts; an opt-out stays one."""
    stays = Texting.STOPPED if session.texting is Texting.STOPPED else texting
    return Turn(replace(session, texting=stays), effects=(effect,))


def _erased(session: Session) -> Turn:
    """All goes but an opt-out; of somebody who took that back meanwhile nothing does."""
    if session.texting is not Texting.STOPPED:
        return Turn(session)
    return Turn(Session(language=session.language, texting=Texting.STOPPED), effects=(Erase(),))


def _person_ttl(session: Session, changes: Changes) -> int | str:
    """Seconds to keep what is known of the person; "" where that is nothing but the defaults."""
    if session.texting in (Texting.YES, Texting.STOPPED) or "consent_one" in changes.person:
        return _seconds(PERSON_TTL)
    new = Session()
    unknown = (session.texting, session.language, session.known) == (new.texting, new.language, new.known)
    return "" if unknown else _seconds(SESSION_TTL)


def _milliseconds(time: timedelta) -> int:
    return time // timedelta(milliseconds=1)


def _seconds(time: timedelta) -> int:
    return int(time.total_seconds())
