"""Records of scheduled work: their kinds, their ids, and the view that a worker gets.

Rule 1: an id contains the person and the kind, so they can be read without the record.
Rule 2: a record's own sealed number is removed as soon as the record is sent or ends.
Rule 3: a record has names, ids and times; no message text of the person.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from hotline.conversation.model.events import Channel, Event, FollowUp, LineType, Tell, TextThis
from hotline.conversation.model.session import Session
from hotline.conversation.model.session_json import replies_as_json, tells_from_json
from hotline.store.keys import WHO_LENGTH
from hotline.store.people import line_type_of

MARK_LENGTH = 12
"""Hex digits that tell one person's records apart."""

REMINDER_ID_LENGTH = WHO_LENGTH + 1 + MARK_LENGTH
"""Length of a reminder's id; ids of other kinds are longer, because they end with the kind."""

RECORD_ID = re.compile(rf"[0-9a-f]{{{WHO_LENGTH}}}-[0-9a-f]{{{MARK_LENGTH}}}(-[a-z]+)?")
"""The format of an id. Anything else in the due set is skipped and counted."""

SOON = timedelta(minutes=5)
"""A requested text that is due this soon is not a planned one, because the person is waiting for it."""

ASKED_FIRST = 4_000_000_000
"""Seconds subtracted from the score, in the due set, of everything but reminders.

So texts that a person is waiting for come before the planned texts. Later than any time until 2096.
"""

Fields = dict[str, str | bool]


class RecordKind(StrEnum):
    """What to do when a record is due."""

    REMINDER = "reminder"
    """Text what the flows say, and move the person to its question."""
    THIS = "this"
    """Send the text that the person asked for in a call."""
    LOOKUP = "lookup"
    """Look up the line type of the number."""
    ERASE = "erase"
    """Delete the carrier's data about the number."""
    REACH = "reach"
    """Text, for the staff, that they tried to reach the person."""


@dataclass(frozen=True, slots=True)
class New:
    """A record to write.

    With `keep`, it is not written if a record with the same `called` is already waiting: that one keeps its
    date. `due` is its score in the due set (`due_score`).
    """

    id: str
    called: str
    record: str
    due: float
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Claimed:
    """A record that only this worker may process now.

    `claim` counts all claims so far; `attempts` counts the claims that were tries, including this one. `came_back`
    counts how often the carrier accepted it and did not deliver it, `resends` the counted ones of these.
    `first_due` is when it was due before any delay. Of the workers that died with it, `claimed_before` is when the
    first claimed it, and `lost_at` when the last claimed it or marked a text, None if none died; `marks` identify
    the texts that they may have sent, `sid` is the carrier's id if known. `sealed` is None if the number is no
    longer stored.
    """

    id: str
    reminder: str
    claim: int
    attempts: int
    resends: int
    came_back: int
    first_due: datetime
    asked: datetime
    one_text: bool
    in_call: bool
    texting: str | None
    language: str | None
    line: LineType
    sealed: str | None
    at: datetime
    claimed_before: datetime | None
    lost_at: datetime | None = None
    marks: tuple[str, ...] = ()
    sid: str | None = None
    past: tuple[str, ...] = ()
    """The carrier's ids of earlier tries that it did not deliver."""
    tells: tuple[Tell, ...] = ()
    book: str = ""
    event: str = ""
    recordings: tuple[str, ...] = ()
    days: tuple[tuple[str, str], ...] = ()
    """The days that a reminder was planned with (`FollowUp.days`)."""
    ours: str = ""
    """The hotline's number that the person wrote to or called when this was planned; public."""
    began: float = field(default_factory=time.monotonic)
    """`at`, in monotonic seconds."""

    @property
    def kind(self) -> RecordKind:
        """What to do when it is due."""
        return kind_of(self.id)


def reminder(who: str, event: Event, effect: FollowUp, sealed: str) -> New:
    """Return a reminder.

    Unless it is a single text with its own consent, it gets the number when it is due, while the person's
    general consent lasts; so it has no `sealed` of its own.
    """
    due = due_after(event.at, effect.after)
    fields: Fields = {"reminder": effect.reminder}
    if effect.one_text:
        fields |= {"one_text": True, "sealed": sealed}
    if effect.days:
        fields["days"] = " ".join(f"{question}={day}" for question, day in effect.days)
    return _new(who, event, RecordKind.REMINDER, due, fields, keep=effect.keep)


def due_after(at: datetime, time: timedelta) -> datetime:
    """Return the moment `time` after `at`.

    Whole days and longer keep the hour of the day across a clock change; shorter times are elapsed time,
    because "one minute" could otherwise be an hour off on the night of a change.
    """
    return at + time if time >= timedelta(days=1) else (at.astimezone(UTC) + time).astimezone(at.tzinfo)


def requested_text(who: str, event: Event, effect: TextThis, session: Session, sealed: str) -> New:
    """Return a record of a text requested in a call, in the current language and book."""
    fields = _of_text(session.language, session.book, effect.tells, sealed)
    return _new(who, event, RecordKind.THIS, event.at, fields)


def staff_text(request: str, event: Event, language: str, book: str, tell: Tell, sealed: str) -> New:
    """Return a record of a text from the staff to the person of this request, in the current book."""
    fields = _of_text(language, book, (tell,), sealed)
    return _new(who_of(request), event, RecordKind.REACH, event.at, fields)


def _of_text(language: str, book: str, tells: tuple[Tell, ...], sealed: str) -> Fields:
    """Return the fields of a record that has its own words."""
    written = json.dumps(replies_as_json(tells))
    return {"one_text": True, "sealed": sealed, "language": language, "book": book, "tells": written}


def look_up(who: str, event: Event, sealed: str) -> New:
    """Return a record of a line look-up. Only one waits at a time, because look-ups cost money."""
    return _new(who, event, RecordKind.LOOKUP, event.at, {"sealed": sealed}, keep=True)


def erase(who: str, event: Event, sealed: str) -> New:
    """Return a record to delete the carrier's data up to and including the event."""
    return _new(who, event, RecordKind.ERASE, event.at, {"sealed": sealed, "event": event.id})


def due_score(kind: RecordKind, due: float) -> float:
    """Return the score in the due set for a due time, in seconds since 1970 (`due_score` in lua/includes/followup_record.lua)."""
    return due if kind is RecordKind.REMINDER else due - ASKED_FIRST


def who_of(record_id: str) -> str:
    """Return the `who` in a record id."""
    return record_id[:WHO_LENGTH]


def kind_of(record_id: str) -> RecordKind:
    """Return the kind in a record id."""
    return _KINDS.get(record_id[REMINDER_ID_LENGTH + 1 :], RecordKind.REMINDER)


def is_asked_for(claimed: Claimed) -> bool:
    """Check whether the person is waiting for this text: requested in a call, or a single text due within SOON."""
    return claimed.kind is RecordKind.THIS or (claimed.one_text and claimed.first_due - claimed.asked <= SOON)


def read_record(line: str) -> dict[str, Any] | None:
    """Return a record, or None if it cannot be read."""
    try:
        record: dict[str, Any] = json.loads(line)
        return record | {"state": str(record["state"]), "due": float(record["due"])}
    except (ValueError, TypeError, KeyError):
        return None


def of_series(record: Mapping[str, Any]) -> bool:
    """Check whether a record is a reminder of a series the person agreed to (`is_planned` in lua/includes/followup_record.lua)."""
    return record["kind"] == RecordKind.REMINDER and not record.get("one_text")


_ENCODE = json.JSONEncoder(separators=(",", ":")).encode

_KINDS = {kind.value: kind for kind in RecordKind}


def spread(record_id: str, of: timedelta) -> timedelta:
    """Return a part of `of`, constant for one record and evenly spread over many.

    So records that wait for the same moment are not all sent in the same minute.
    """
    return of * (int(hashlib.sha256(record_id.encode()).hexdigest()[:8], 16) / 16**8)


def read_claimed(
    id: str, line: str, person: tuple[str | None, ...], now: datetime, lost_at: str | None = None
) -> Claimed:
    """Return the claim from the claim script's reply: the record's JSON, what is known of the person, and `lost_at`.

    `person` is texting, language, sealed, line type, and when that was looked up.
    """
    record = json.loads(line)
    texting, language, sealed, line_type, line_at = person

    def moment(seconds: float | str) -> datetime:
        return datetime.fromtimestamp(float(seconds), now.tzinfo)

    return Claimed(
        id=id,
        reminder=record.get("reminder", ""),
        claim=record["claim"],
        attempts=record["attempts"],
        resends=record.get("resends", 0),
        came_back=record.get("came_back", 0),
        first_due=moment(record["first_due"]),
        asked=moment(record["asked"]),
        one_text=record.get("one_text", False),
        in_call=record.get("channel") == Channel.VOICE,
        texting=texting,
        language=record.get("language", language),
        line=line_type_of(line_type, line_at, now),
        sealed=record.get("sealed", sealed),
        at=now,
        claimed_before=moment(record["unsure_since"]) if "unsure_since" in record else None,
        lost_at=moment(lost_at) if lost_at else None,
        marks=tuple(record.get("marks", ())),
        sid=record.get("sid"),
        past=tuple(record.get("past", ())),
        tells=tells_from_json(json.loads(record.get("tells", "[]"))),
        book=record.get("book", ""),
        event=record.get("event", ""),
        recordings=tuple(record.get("recordings", ())),
        days=tuple(
            (q, day) for q, _, day in (pair.partition("=") for pair in record.get("days", "").split())
        ),
        ours=record.get("ours", ""),
    )


def _new(who: str, event: Event, kind: RecordKind, due: datetime, fields: Fields, keep: bool = False) -> New:
    """Return a record; its id is the same for the same event, kind and reminder."""
    name = fields.get("reminder", kind)
    mark = hashlib.sha256(f"{event.id} {name}".encode()).hexdigest()[:MARK_LENGTH]
    record = {
        "kind": kind,
        "state": "waiting",
        "asked": int(event.at.timestamp()),
        "first_due": int(due.timestamp()),
        "due": int(due.timestamp()),
        "attempts": 0,
        **({"channel": event.channel} if event.channel is not Channel.SMS else {}),
        **({"ours": event.ours} if event.ours else {}),
        **fields,
    }
    id = f"{who}-{mark}" if kind is RecordKind.REMINDER else f"{who}-{mark}-{kind}"
    called = f"{kind} {fields.get('reminder', '')}"
    return New(id, called, _ENCODE(record), due_score(kind, int(due.timestamp())), keep)
