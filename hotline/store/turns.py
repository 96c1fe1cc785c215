"""Load and commit a turn as one optimistic transaction.

Rule 1: a turn takes two round trips; an opt-out or an erasure also waits for the disk (`durable`). `load`
        reads the session, and the answer if the event was answered already; `commit` writes the session,
        answer, follow-ups, consent, opt-out and counts, or nothing.
Rule 2: commit checks again that the event is new and the session unchanged, so both scripts are idempotent,
        and four copies of one webhook cause one step.
Rule 3: the last ANSWERS_STORED answers of a person are stored for ANSWER_TTL, packed (`packing`). An event
        is recognized for much longer (`taken`).
Rule 4: an erasure leaves the answer to its own event for ERASED_TTL, so that a duplicate webhook does not
        look like a new person; and the fact of an opt-out.
Rule 5: the tail of a session (numbers of the public words of very short texts) has its own key, which
        expires after JOINED_WITHIN; the session, which is stored for days, does not contain it.
Rule 6: a version is never reused for a person, so that a turn loaded before an erasure cannot be committed
        after it.
Rule 7: if Redis did not confirm a commit, the person may not have received its answer. They get it again
        before anything counts as a reply to it (`unseen`).
Rule 8: with failover, a commit briefly waits for a replica in the same round trip (`replicas`, which says what
        a failover may still lose).
"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from redis import Redis

from hotline.conversation.model import session_json
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Erase, Event, EventKind, StopAll, Texting
from hotline.conversation.model.session import JOINED_WITHIN, NEW, Session, Turn
from hotline.conversation.model.session_json import reminded_from_json
from hotline.store import misunderstood, people
from hotline.store.connection import StoreBusy
from hotline.store.durable import Durable
from hotline.store.keys import WHO_LENGTH, Keys, Secrets
from hotline.store.lua import Script
from hotline.store.packing import Packing, is_packed, unpacked_answer, unpacked_session
from hotline.store.replicas import Replicas
from hotline.store.taken import Marks, marks_of
from hotline.store.unseen import COMMITS_FOR, UNSEEN_TTL, Unseen
from hotline.store.usage import NOTHING, Spend, Usage, read_usage, usage_fields
from hotline.store.write_set import Changes

SESSION_TTL = timedelta(days=7)
PERSON_TTL = timedelta(days=400)
"""TTL for a person who consented or opted out, longer than any planned text; others get SESSION_TTL."""
DAYS_OUT_TTL = timedelta(days=330)
"""TTL of the days out of school, from the last one named: a school year, by which they are counted."""
ANSWER_TTL = timedelta(hours=1)
"""A signed webhook can be replayed at any time, but Twilio retries within 15 seconds."""
ANSWERS_STORED = 4
"""More than a person writes, or a caller presses, while Twilio retries."""
NOBODY_REMINDED = "{}"
"""An empty table as Lua encodes it."""

MUST_LAST = (StopAll, Erase)
"""Effects whose commit also waits for the disk."""


class Loaded(NamedTuple):
    """The stored state of a person when an event comes in.

    `answer` is the earlier answer to the same event, or None; `version` is compared by `commit`; `usage` is
    the usage of the number. `at_store` is the time in Redis's milliseconds; 0 if unknown, and then no
    commit is too late. `unseen` is the answer to an earlier event that the person may not have received, or "".
    """

    session: Session
    version: str = "0"
    answer: str | None = None
    usage: Usage = NOTHING
    at_store: int = 0
    unseen: str = ""
    names: Names | None = None


class Names(NamedTuple):
    """The hashed names that `load` and `commit` share: of the turn's event at this moment, and of the number's usage."""

    at: datetime
    marks: Marks
    counted: tuple[str, str]


class Turns:
    """Loads and commits turns."""

    def __init__(self, redis: Redis, secrets: Secrets, packing: Packing | None = None) -> None:
        self._load = Script(redis, "load_turn")
        self._commit = Script(redis, "commit_turn", Replicas(redis))  # Rule 8
        self._secrets, self._packing = secrets, packing or Packing()
        self._unseen = Unseen(redis)
        self._durable = Durable(redis)

    def load(self, who: str, event_id: str, now: datetime, signature: str = "") -> Loaded:
        """Load the session of `who`, and the answer if this event was answered already.

        `signature` is that of the request, "" if no request brought the event. One round trip. Raises
        StoreBusy.
        """
        keys, names = Keys.of(who), self._names(who, event_id, now, signature)
        taken = names.marks
        found: list[Any] = self._load(
            [
                *(keys.session, keys.answers, keys.person),
                *names.counted,
                *(keys.followups, keys.tail, keys.days_out),
                *taken.sets,
            ],
            event=event_id,
            usage_fields=usage_fields(now),
            marks=taken.marks,
            maybe_unseen=self._unseen.of(who) or None,
        )
        if found[0] is not None:
            self._wait_for_copy(keys)
            return Loaded(NEW, answer=unpacked_answer(found[0]))
        _, version, stored, person, counted, texted, at, *rest = found
        language, texting, known, line, line_at, stop_asked = person
        unseen, tail, days_out = rest
        beside: dict[str, Any] = {"line": people.line_type_of(line, line_at, now), "tail": tail or ""}
        if days_out:
            beside["days_out"] = tuple(days_out.split())
        if language:
            beside["language"] = language
        if texting:
            beside["texting"] = Texting(texting)
        if stop_asked and not stored:
            beside["state"] = people.STOP_OR_NOT
        if known and not stored:
            beside["known"] = tuple((name, value) for name, value in json.loads(known))
        if texted and texted != NOBODY_REMINDED:
            beside |= _reminded(json.loads(texted))
        session = replace(session_json.decode(unpacked_session(stored)) if stored else NEW, **beside)
        return Loaded(
            session,
            version or "0",
            usage=read_usage(counted, now),
            at_store=int(at),
            unseen=unpacked_answer(unseen or ""),
            names=names,
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
        """Commit the turn if nothing changed since `loaded`, in one round trip.

        Returns the answer to the event: `answer`, or the earlier one if this is a duplicate. Returns None
        if the session changed meanwhile or COMMITS_FOR is over; the caller must load again. If it is
        unknown whether the turn was committed, its answer is recorded as unseen.
        `number` is stored only sealed, and only where needed; for a hidden number it is the call's id. With
        `spend`, the event and its `signature` are recorded as taken. Raises StoreBusy.
        """
        keys = Keys.of(who)
        names = loaded.names
        if names is None or names.at != event.at or names.marks.of != (event.id, signature):
            names = self._names(who, event.id, event.at, signature)
        taken = names.marks
        changes = Changes(who, event, loaded.session, turn.session, turn.effects, self._secrets, number)
        tail, at = turn.session.tail, event.at.timestamp()
        whole = replace(turn.session, tail="") if tail else turn.session
        session = self._packing.session(session_json.encode(whole))
        days_changed = turn.session.days_out != loaded.session.days_out
        seen = bool(loaded.unseen) and event.kind is not EventKind.LEFT  # a caller who hung up hears nothing
        try:
            result: list[str] = self._commit(
                [
                    keys.session,
                    keys.answers,
                    keys.person,
                    keys.followups,
                    keys.due,
                    keys.counts(event.at),
                    keys.requests,
                    keys.requested,
                    keys.audit,
                    *names.counted,
                    taken.sets[0],
                    keys.finished,
                    keys.tail,
                    misunderstood.key_of(who, event.at),
                    keys.days_out,
                ],
                session,
                self._packing.answer(answer),
                event=event.id,
                at=at,
                version=loaded.version,
                first_version=int(at),
                session_packed=is_packed(session) or None,
                session_ttl=SESSION_TTL,
                answer_ttl=ANSWER_TTL,
                unseen_ttl=UNSEEN_TTL,
                answers_stored=ANSWERS_STORED,
                changes=changes.as_dict(),
                usage=spend.as_dict() if spend else None,
                marks=taken.marks,
                marks_ttl=taken.ttl,
                loaded_at_ms=loaded.at_store or None,
                commits_for_ms=COMMITS_FOR // timedelta(milliseconds=1),
                clears_unseen=seen or None,
                tail=tail or None,
                tail_ttl=JOINED_WITHIN if tail or not loaded.session.tail else None,
                days_out=" ".join(turn.session.days_out) if days_changed else None,
                days_out_ttl=DAYS_OUT_TTL if days_changed else None,
                person_ttl=_person_ttl(turn.session, changes),
                followups_ttl=PERSON_TTL,
            )
        except StoreBusy:
            self._unseen.note(who, event.id)
            raise
        match result:
            case ["done"]:
                if seen:
                    self._unseen.forget(who)
                if any(isinstance(effect, MUST_LAST) for effect in turn.effects):
                    self._durable.after_commit(who)
                return answer
            case ["answered", earlier]:
                self._wait_for_copy(keys)
                return unpacked_answer(earlier)
            case ["conflict"] | ["late"]:
                return None
            case _:
                raise StoreBusy("unexpected answer of the commit script")

    def _wait_for_copy(self, keys: Keys) -> None:
        """Wait until a replica has the turn of another copy of this event, which may still be waiting too."""
        self._commit.wait_for_earlier(keys.beside("durable"))

    def may_be_unseen(self, who: str, event_id: str) -> None:
        """Record that the answer to this event may not have arrived. Returns at once, never raises."""
        self._unseen.note(who, event_id)

    def _names(self, who: str, event_id: str, at: datetime, signature: str) -> Names:
        """Return the names of a turn, with the keys of the number's usage today and of its last text."""
        counted = _counted(self._secrets, who, at.date())
        return Names(at, marks_of(self._secrets, who, event_id, signature, at), counted)


@lru_cache(maxsize=512)
def _counted(secrets: Secrets, who: str, day: date) -> tuple[str, str]:
    """Return the keys of a number's usage on a day and of its last text. Cached for people who wrote recently."""
    keys, name = Keys.of(who), secrets.mark(f"day {who} {day.isoformat()}")[:WHO_LENGTH]
    return keys.beside(f"spent:{name}"), keys.beside(f"said:{name}")


def _reminded(sent: list[tuple[str, float, bool]]) -> dict[str, Any]:
    """Return the fields of a session for the reminders sent, each with its time and whether it was answered."""
    sent = sorted(sent, key=lambda reminder: reminder[1])
    answered = {name: is_answered for name, _, is_answered in sent}  # the last one of a name counts
    return {
        "reminded": reminded_from_json([(name, at) for name, at, _ in reversed(sent)]),
        "reminders_answered": tuple(name for name, is_answered in answered.items() if is_answered),
    }


def _person_ttl(session: Session, changes: Changes) -> timedelta | None:
    """Return the TTL of the person's record; None if it would only contain defaults."""
    if session.texting in (Texting.YES, Texting.STOPPED) or "consent_one" in changes.person:
        return PERSON_TTL
    unknown = (session.texting, session.language, session.known) == (NEW.texting, NEW.language, NEW.known)
    return None if unknown else SESSION_TTL
