"""Writes a session as one line of JSON, and reads it back.

Rule 1: two versions of the code run side by side during a deploy. Each ignores a name that it does not know, and
        a name once written keeps its meaning.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import LineType, Nudge, Texting
from hotline.conversation.model.reply_json import (
    blanks_from_json,
    replies_as_json,
    replies_from_json,
    tells_from_json,
)
from hotline.conversation.model.session import NEW, Answer, Session, Step


def encode(session: Session) -> str:
    """Return the session as one line of JSON, without the fields that have their default."""
    written: dict[str, Any] = {}
    for field, value in session.__dict__.items():
        if value and value != UNWRITTEN.get(field):
            write = WRITE.get(field)
            written[STORED.get(field, field)] = write(value) if write else value
            if field == "trail":
                written |= _beside_trail(value)
    return _ENCODE(written)


def decode(line: str) -> Session:
    """Return the session that `encode` wrote. Missing fields get their default; unknown ones are ignored."""
    read = json.loads(line)
    fields = {FIELDS.get(name, name): READ[name](value) for name, value in read.items() if name in READ}
    session = replace(NEW, **fields)
    if BESIDE_TRAIL.isdisjoint(read):
        return session
    trail = list(session.trail)
    asides = read.get("asides") or ()
    if len(asides) == len(trail):
        steps = zip(trail, asides, strict=True)
        trail = [replace(s, aside=aside, below=tuple(below)) for s, (aside, *below) in steps]
    for number, known in (read.get("knowns") or {}).items():
        trail[int(number)] = replace(trail[int(number)], known=blanks_from_json(known))
    for number, part in (read.get("parts") or {}).items():
        trail[int(number)] = replace(trail[int(number)], part=part)
    for number, days in (read.get("days") or {}).items():
        trail[int(number)] = replace(trail[int(number)], days_out=tuple(days))
    return replace(session, trail=tuple(trail))


_ENCODE = json.JSONEncoder(separators=(",", ":")).encode


def _in_aside(step: Step) -> bool:
    return step.aside or bool(step.below)


def _beside_trail(trail: Sequence[Step]) -> dict[str, Any]:
    """Return the parts of the trail's steps that most of them do not have."""
    written: dict[str, Any] = {}
    if any(map(_in_aside, trail)):
        written["asides"] = [(s.aside, *s.below) for s in trail]
    if knowns := {str(n): s.known for n, s in enumerate(trail) if s.known is not None}:
        written["knowns"] = knowns
    if parts := {str(n): s.part for n, s in enumerate(trail) if s.part}:
        written["parts"] = parts
    if days := {str(n): s.days_out for n, s in enumerate(trail) if s.days_out is not None}:
        written["days"] = days
    return written


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None


def _answers(written: Sequence[str]) -> tuple[Answer, ...]:
    return tuple(map(Answer, written[::2], written[1::2]))


def _trail(written: Sequence[Any]) -> tuple[Step, ...]:
    return tuple(map(Step, written[::4], written[1::4], written[2::4], written[3::4]))


def reminded_from_json(written: Sequence[Sequence[Any]]) -> tuple[tuple[str, datetime], ...]:
    """Return reminders with their times, from pairs of a name and a Unix timestamp in seconds."""
    return tuple((str(name), datetime.fromtimestamp(at, UTC)) for name, at in written)


FIELDS: Mapping[str, str] = {"told": "received", "heard": "textable"}
"""Fields that are stored under an earlier name."""

STORED: Mapping[str, str] = {field: name for name, field in FIELDS.items()}

WRITE: Mapping[str, Callable[[Any], Any]] = {
    "answers": lambda answers: [name for a in answers for name in (a.state, a.choice)],
    "trail": lambda trail: [part for s in trail for part in (s.state, s.paused, s.answers, s.received)],
    **dict.fromkeys(("last", "textable", "more", "dictation", "wanted", "held_back"), replies_as_json),
    **dict.fromkeys(("outcome_at", "safe_asked", "seen"), datetime.timestamp),
    "reminded": lambda reminded: [(name, at.timestamp()) for name, at in reminded],
}
"""How to convert a field that has something in it to JSON; others are JSON as they are."""

BESIDE_TRAIL = frozenset({"asides", "knowns", "parts", "days"})
"""What `_beside_trail` writes."""

READ: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(
        ("book", "language", "tongue", "state", "paused", "stuck_at", "worry", "tail", "at_end"), str
    ),
    **dict.fromkeys(("misses", "silences", "repeats", "part"), int),
    **dict.fromkeys(("another", "aside", "called", "in_danger"), bool),
    "texting": Texting,
    "before_stop": Texting,
    "nudge": Nudge,
    "line": LineType,
    "known": blanks_from_json,
    "answers": _answers,
    "trail": _trail,
    **dict.fromkeys(("earlier", "below"), tuple),
    "outcome_at": _moment,
    "last": tells_from_json,
    "heard": tells_from_json,
    **dict.fromkeys(("more", "dictation"), replies_from_json),
    **dict.fromkeys(("wanted", "held_back"), tells_from_json),
    "told": tuple,
    "days_out": tuple,
    "between": tuple,
    "given": blanks_from_json,
    "safe_asked": _moment,
    "reminded": reminded_from_json,
    "seen": _moment,
}
"""How to convert each field from JSON."""

UNWRITTEN: Mapping[str, str] = {
    "texting": Texting.UNASKED,
    "before_stop": Texting.UNASKED,
    "nudge": Nudge.UNASKED,
    "line": LineType.UNKNOWN,
}
"""Defaults that are not empty."""
