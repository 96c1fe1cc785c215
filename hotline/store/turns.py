"""A turn as one transaction: load, and commit if nothing changed meanwhile.

Rule 1: two round trips a turn. `load` reads the session and the answer, if the event was answered
        already; `commit` writes session, answer, follow-ups, consent, opt-out and counts, or nothing.
Rule 2: commit checks again that the event is new and the session unchanged, so either script may be
        sent twice, and four copies of one webhook leave one step.
Rule 3: the last ANSWERS_KEPT answers of a person are kept, whole, for ANSWER_TTL.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from redis import Redis

from hotline.conversation.model import (
    Cancel,
    Consent,
    Count,
    Event,
    FollowUp,
    Refuse,
    Restart,
    Session,
    StopAll,
    Texting,
    Turn,
)
from hotline.store.connection import StoreBusy, told_as_busy
from hotline.store.followups import new_record
from hotline.store.keys import Keys, Secrets

SESSION_TTL = timedelta(days=7)
PERSON_TTL = timedelta(days=400)
"""For who consented or opted out: both outlive every planned text. Others are forgotten with their
session."""
ANSWER_TTL = timedelta(hours=24)
"""A signed webhook can be replayed for ever, but Twilio retries within minutes."""
ANSWERS_KEPT = 64

WRITTEN_DOWN = {StopAll: "stopped", Refuse: "refused", Restart: "restarted"}
"""Where it is kept when a person last decided so."""

LOAD = """
local answered = redis.call('HGET', KEYS[2], ARGV[1])
if answered then return {answered} end
local kept = redis.call('HMGET', KEYS[1], 'version', 'session')
local person = redis.call('HMGET', KEYS[3], 'language', 'texting', 'known')
return {false, kept[1], kept[2], person[1], person[2], person[3]}
"""

COMMIT = """
local session, answers, person, followups, due, counts = unpack(KEYS)
local event, expected = ARGV[1], ARGV[2]
local answered = redis.call('HGET', answers, event)
if answered then return {'answered', answered} end
local version = redis.call('HGET', session, 'version') or '0'
if version ~= expected then return {'conflict'} end

redis.call('HSET', session, 'version', version + 1, 'session', ARGV[3])
redis.call('EXPIRE', session, ARGV[4])

local slot = 'slot:' .. ((version + 1) % tonumber(ARGV[5]))
local oldest = redis.call('HGET', answers, slot)
if oldest then redis.call('HDEL', answers, oldest) end
redis.call('HSET', answers, slot, event, event, ARGV[6])
redis.call('EXPIRE', answers, ARGV[7])

local changes = cjson.decode(ARGV[8])
if next(changes.person) then
  for field, value in pairs(changes.person) do redis.call('HSET', person, field, value) end
  if changes.unseal then redis.call('HDEL', person, 'sealed') end
end
if ARGV[10] ~= '' then redis.call('EXPIRE', person, ARGV[10]) end

if changes.cancel_all or next(changes.cancel) then
  local all = redis.call('HGETALL', followups)
  for i = 1, #all, 2 do
    local record = cjson.decode(all[i + 1])
    if record.state == 'waiting' and (changes.cancel_all or changes.cancel[record.reminder]) then
      record.state = 'dropped'
      redis.call('HSET', followups, all[i], cjson.encode(record))
      redis.call('ZREM', due, all[i])
    end
  end
end
for _, followup in ipairs(changes.followups) do
  redis.call('HSET', followups, followup.id, followup.record)
  redis.call('ZADD', due, followup.due, followup.id)
  redis.call('EXPIRE', followups, ARGV[9])
end
for _, figure in ipairs(changes.counts) do
  if redis.call('HINCRBY', counts, figure, 1) == 1 then redis.call('EXPIRE', counts, ARGV[9]) end
end
return {'done'}
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is kept about a person when an event comes in. `answer` is what the same event was
    answered before, or None; `version` is what `commit` compares.
    """

    session: Session
    version: str = "0"
    answer: str | None = None


class Turns:
    """Loads and commits turns."""

    def __init__(self, redis: Redis, secrets: Secrets) -> None:
        self._load = redis.register_script(LOAD)
        self._commit = redis.register_script(COMMIT)
        self._secrets = secrets

    def load(self, who: str, event_id: str) -> Loaded:
        """Where `who` is, and whether this event was answered already. One round trip. Raises StoreBusy."""
        keys = Keys(who)
        with told_as_busy():
            found: list[Any] = self._load(keys=[keys.session, keys.answers, keys.person], args=[event_id])
        if found[0] is not None:
            return Loaded(Session(), answer=found[0])
        _, version, kept, language, texting, known = found
        session = Session.from_json(kept) if kept else Session()
        if language:
            session = replace(session, language=language)
        if texting:
            session = replace(session, texting=Texting(texting))
        if known and not kept:
            session = replace(session, known=tuple((name, value) for name, value in json.loads(known)))
        return Loaded(session, version or "0")

    def commit(
        self, who: str, event: Event, loaded: Loaded, turn: Turn, answer: str, number: str
    ) -> str | None:
        """Writes the turn if nothing changed since `loaded`. One round trip.

        Returns what the event is answered with: `answer`, or what a copy of it was answered before;
        None when the person's session changed meanwhile, so that the caller must load again. `number`
        is sealed with a consent, else not kept. Raises StoreBusy.
        """
        keys = Keys(who)
        with told_as_busy():
            result: list[str] = self._commit(
                keys=[
                    keys.session,
                    keys.answers,
                    keys.person,
                    keys.followups,
                    keys.due,
                    keys.counts(event.at),
                ],
                args=[
                    event.id,
                    loaded.version,
                    turn.session.as_json(),
                    int(SESSION_TTL.total_seconds()),
                    ANSWERS_KEPT,
                    answer,
                    int(ANSWER_TTL.total_seconds()),
                    json.dumps(self._changes(who, event, loaded, turn, number), separators=(",", ":")),
                    int(PERSON_TTL.total_seconds()),
                    _person_ttl(turn.session),
                ],
            )
        match result:
            case ["done"]:
                return answer
            case ["answered", earlier]:
                return earlier
            case ["conflict"]:
                return None
            case _:
                raise StoreBusy("unexpected answer of the commit script")

    def _changes(self, who: str, event: Event, loaded: Loaded, turn: Turn, number: str) -> dict[str, Any]:
        """What the turn writes besides the session, as the commit script reads it."""
        person = _changed(loaded.session, turn.session)
        changes: dict[str, Any] = {"person": person, "cancel": {}, "counts": []}
        started: dict[str, dict[str, str | float]] = {}
        for effect in turn.effects:
            match effect:
                case Count(name=name):
                    changes["counts"].append(name)
                case Consent(wording=wording):
                    person["consent"] = _consent(event, turn.session, wording)
                    person["sealed"] = self._secrets.seal(number)
                case FollowUp(reminder=reminder, after=after):
                    changes["cancel"][reminder] = True  # a newer one takes its place
                    started[reminder] = new_record(who, event, reminder, event.at + after)
                case Cancel(reminders=reminders):
                    changes["cancel"].update(dict.fromkeys(reminders, True))
                    started = {name: record for name, record in started.items() if name not in reminders}
                case StopAll() | Refuse():
                    changes["cancel_all"] = changes["unseal"] = True
                    started = {}
                    person[WRITTEN_DOWN[type(effect)]] = _moment(event.at)
                case Restart():
                    person[WRITTEN_DOWN[type(effect)]] = _moment(event.at)
        return {**changes, "followups": list(started.values())}


def _changed(before: Session, after: Session) -> dict[str, str]:
    """What is kept of a person beyond their session, where this turn changed it."""
    changed: dict[str, str] = {}
    if after.language != before.language:
        changed["language"] = after.language
    if after.texting != before.texting:
        changed["texting"] = after.texting
    if after.known != before.known:
        changed["known"] = json.dumps(after.known)
    return changed


def _person_ttl(session: Session) -> int | str:
    """Seconds to keep what is known of the person; "" where that is nothing but the defaults."""
    if session.texting in (Texting.YES, Texting.STOPPED):
        return int(PERSON_TTL.total_seconds())
    new = Session()
    unknown = (session.texting, session.language, session.known) == (new.texting, new.language, new.known)
    return "" if unknown else int(SESSION_TTL.total_seconds())


def _consent(event: Event, session: Session, wording: str) -> str:
    """The record of a consent: which wording, of which book, in which language, when, and how."""
    return json.dumps(
        {
            "wording": wording,
            "book": session.book,
            "language": session.language,
            "channel": event.channel,
            "event": event.id,
            "at": _moment(event.at),
        }
    )


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
