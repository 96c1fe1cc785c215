"""What waits for its time, as records: their kinds, their ids, and what a worker gets of one.

Rule 1: an id tells whose record it is and what is to be done, so nobody needs to read the record for that.
Rule 2: a record that brings its number with it, sealed, loses it as soon as it is sent or ends.
Rule 3: a record holds names, ids and moments; none of a person's words.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from hotline.conversation.model.events import Channel, Event, FollowUp, LineType, Tell, TextThis
from hotline.conversation.model.notation import replies_as_json, tells_from_json
from hotline.conversation.model.session import Session
from hotline.store.keys import WHO_LENGTH
from hotline.store.people import line_of

MARK_LENGTH = 12
"""Hex digits that tell one person's records apart."""


REMINDER_ID_LENGTH = WHO_LENGTH + 1 + MARK_LENGTH
"""The id of anything else is longer: it ends with what is to be done."""

RECORD_ID = re.compile(rf"[0-9a-f]{{{WHO_LENGTH}}}-[0-9a-f]{{{MARK_LENGTH}}}(-[a-z]+)?")
"""An id of ours. Anything else that stands in the due set is left out and counted."""

SOON = timedelta(minutes=5)
"""A text that the person agreed to by itself and that comes so soon is not planned: they wait for it."""

ASKED_FIRST = 4_000_000_000
"""Seconds taken off the score, in the due set, of all that is not planned: what somebody waits for now stands in a range
of its own, before the planned texts, so that no number of those can stand in its way. Beyond any moment until 2096."""

Fields = dict[str, str | bool]


class RecordKind(StrEnum):
    """What is to be done when a record is due."""

    REMINDER = "reminder"
    """Text what the flows say, and move the person to its question."""
    THIS = "this"
    """Text the words that the person asked for in a call."""
    LOOKUP = "lookup"
    """Find out what the line behind the number can do."""
    ERASE = "erase"
    """Remove what the carrier holds about the number."""


@dataclass(frozen=True, slots=True)
class New:
    """A record to be written. One that waits already and is `called` so keeps its day, and this is not
    written, if `keep` is set. `due` is its score in the due set (`due_score`).
    """

    id: str
    called: str
    record: str
    due: float
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Claimed:
    """A record that this worker alone may work on now. `claim` counts the claims so far, `attempts` those
    that count as tries, this one among them. `first_due` is when it was due before it was put off.

    `claimed_before` is when the first of the workers that died with it had claimed it, None when none did;
    `marks` tell the words that they may have sent, `sid` is the carrier's id of them if it has told us.
    `sealed` is None when the number is no longer kept.
    """

    id: str
    reminder: str
    claim: int
    attempts: int
    resends: int
    first_due: datetime
    asked: datetime
    one_text: bool
    in_call: bool
    texting: str | None
    language: str | None
    line: LineType
    sealed: str | None
    claimed_before: datetime | None
    marks: tuple[str, ...] = ()
    sid: str | None = None
    tells: tuple[Tell, ...] = ()
    book: str = ""
    event: str = ""
    recordings: tuple[str, ...] = ()
    ours: str = ""
    """The number of ours that the person wrote to or called when this was planned. It is public, and none of theirs."""

    @property
    def kind(self) -> RecordKind:
        """What is to be done."""
        return kind_of(self.id)


def reminder(who: str, event: Event, effect: FollowUp, sealed: str) -> New:
    """A reminder. One that the person did not say yes to by itself takes their number when it is due, while
    they say yes to all; so it keeps none of its own.
    """
    due = after(event.at, effect.after)
    fields: Fields = {"reminder": effect.reminder}
    if effect.one_text:
        fields |= {"one_text": True, "sealed": sealed}
    return _new(who, event, RecordKind.REMINDER, due, fields, keep=effect.keep)


def after(at: datetime, time: timedelta) -> datetime:
    """Return the moment so long after. Days keep the hour of the day where the clocks change; minutes and hours are
    what a watch shows: on the night of a change "one minute" would else be an hour off, or over.
    """
    return at + time if time >= timedelta(days=1) else (at.astimezone(UTC) + time).astimezone(at.tzinfo)


def this(who: str, event: Event, effect: TextThis, session: Session, sealed: str) -> New:
    """The words asked for in a call, in the language and the book of that moment."""
    fields: Fields = {
        "one_text": True,
        "sealed": sealed,
        "language": session.language,
        "book": session.book,
        "tells": json.dumps(replies_as_json(effect.tells)),
    }
    return _new(who, event, RecordKind.THIS, event.at, fields)


def look_up(who: str, event: Event, sealed: str) -> New:
    """A look at the line. One at a time: they cost money."""
    return _new(who, event, RecordKind.LOOKUP, event.at, {"sealed": sealed}, keep=True)


def erase(who: str, event: Event, sealed: str) -> New:
    """What the carrier is to forget: all until the event, and the event itself, whatever its clock says."""
    return _new(who, event, RecordKind.ERASE, event.at, {"sealed": sealed, "event": event.id})


def due_score(kind: RecordKind, due: float) -> float:
    """Return the score in the due set of a record that is due then, in seconds since 1970 (`due_at` in `scripts`)."""
    return due if kind is RecordKind.REMINDER else due - ASKED_FIRST


def who_of(record_id: str) -> str:
    """Whose record this is."""
    return record_id[:WHO_LENGTH]


def kind_of(record_id: str) -> RecordKind:
    """What is to be done when it is due."""
    return _KINDS.get(record_id[REMINDER_ID_LENGTH + 1 :], RecordKind.REMINDER)


def is_asked_for(claimed: Claimed) -> bool:
    """Whether somebody waits for this text now: they asked for it in a call, or it is their own, due within SOON."""
    return claimed.kind is RecordKind.THIS or (claimed.one_text and claimed.first_due - claimed.asked <= SOON)


def read_state(line: str) -> tuple[str, float] | None:
    """The state of a record and when it is due; None for one that cannot be read."""
    try:
        record = json.loads(line)
        return str(record["state"]), float(record["due"])
    except (ValueError, TypeError, KeyError):
        return None


def of_series(record: Mapping[str, Any]) -> bool:
    """Whether a record is of the texts that the person said yes to as a series (`planned` in `scripts`)."""
    return record.get("kind", RecordKind.REMINDER) == RecordKind.REMINDER and not record.get("one_text")


_KINDS = {kind.value: kind for kind in RecordKind}


def share(record_id: str, of: timedelta) -> timedelta:
    """A part of `of`, always the same for one record and spread evenly over many, so that those that wait
    for the same thing do not all leave in the same minute.
    """
    return of * (int(hashlib.sha256(record_id.encode()).hexdigest()[:8], 16) / 16**8)


def read_claimed(id: str, line: str, person: tuple[str | None, ...], now: datetime) -> Claimed:
    """What the claim script gave: the record's JSON, and of the person texting, language, sealed, line and
    when that was found out.
    """
    record = json.loads(line)
    texting, language, sealed, line_type, line_at = person
    unsure_since = record.get("unsure_since")

    def moment(seconds: float) -> datetime:
        return datetime.fromtimestamp(seconds, now.tzinfo)

    return Claimed(
        id=id,
        reminder=record.get("reminder", ""),
        claim=record["claim"],
        attempts=record["attempts"],
        resends=record.get("resends", 0),
        first_due=moment(record.get("first_due", record["due"])),
        asked=moment(record.get("asked", record["due"])),
        one_text=record.get("one_text", False),
        in_call=record.get("channel") == Channel.VOICE,
        texting=texting,
        language=record.get("language", language),
        line=line_of(line_type, line_at, now),
        sealed=record.get("sealed", sealed),
        claimed_before=moment(unsure_since) if unsure_since else None,
        marks=tuple(record.get("marks", ())),
        sid=record.get("sid"),
        tells=tells_from_json(json.loads(record.get("tells", "[]"))),
        book=record.get("book", ""),
        event=record.get("event", ""),
        recordings=tuple(record.get("recordings", ())),
        ours=record.get("ours", ""),
    )


def _new(who: str, event: Event, kind: RecordKind, due: datetime, fields: Fields, keep: bool = False) -> New:
    """Its id is the same for the same event, kind and reminder."""
    name = fields.get("reminder", kind)
    mark = hashlib.sha256(f"{event.id} {name}".encode()).hexdigest()[:MARK_LENGTH]
    record = {
        "kind": kind,
        "state": "waiting",
        "channel": event.channel,
        "asked": event.at.timestamp(),
        "first_due": due.timestamp(),
        "due": due.timestamp(),
        "attempts": 0,
        **({"ours": event.ours} if event.ours else {}),
        **fields,
    }
    id = f"{who}-{mark}" if kind is RecordKind.REMINDER else f"{who}-{mark}-{kind}"
    called = f"{kind} {fields.get('reminder', '')}"
    return New(id, called, json.dumps(record), due_score(kind, due.timestamp()), keep)
