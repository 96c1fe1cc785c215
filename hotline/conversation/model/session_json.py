"""Writes a session as one line of JSON, and reads it back.

Rule 1: two versions of the code run side by side during a deploy. Each ignores a name that it does not know, and
        a name once written keeps its meaning.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hotline.conversation.model.events import LineType, Nudge, Texting
from hotline.conversation.model.reply_json import (
    blanks_from_json,
    replies_as_json,
    replies_from_json,
    tells_from_json,
)
from hotline.conversation.model.session import Answer, Session, Step


def encode(session: Session) -> str:
    """Return the session as one line of JSON, without the fields that have their default."""
    written = {
        "book": session.book,
        "language": session.language,
        "texting": session.texting,
        "before_stop": session.before_stop,
        "nudge": session.nudge,
        "line": session.line,
        "known": session.known,
        "state": session.state,
        "paused": session.paused,
        "below": session.below,
        "aside": session.aside,
        "part": session.part,
        "answers": [name for a in session.answers for name in (a.state, a.choice)],
        "trail": [part for s in session.trail for part in (s.state, s.paused, s.answers, s.received)],
        "asides": [(s.aside, *s.below) for s in session.trail] if any(map(_in_aside, session.trail)) else (),
        "knowns": {str(n): s.known for n, s in enumerate(session.trail) if s.known is not None},
        "parts": {str(n): s.part for n, s in enumerate(session.trail) if s.part},
        "earlier": session.earlier,
        "another": session.another,
        "outcome_at": _seconds(session.outcome_at),
        "last": replies_as_json(session.last),
        "heard": replies_as_json(session.textable),
        "more": replies_as_json(session.more),
        "wanted": replies_as_json(session.wanted),
        "between": session.between,
        "given": session.given,
        "worry": session.worry,
        "safe_asked": _seconds(session.safe_asked),
        "stuck_at": session.stuck_at,
        "told": session.received,
        "days_out": session.days_out,
        "reminded": [(name, at.timestamp()) for name, at in session.reminded],
        "tail": session.tail,
        "at_end": session.at_end,
        "misses": session.misses,
        "silences": session.silences,
        "repeats": session.repeats,
        "seen": _seconds(session.seen),
        "called": session.called,
    }
    return _ENCODE({name: v for name, v in written.items() if v and v != UNWRITTEN.get(name)})


def decode(line: str) -> Session:
    """Return the session that `encode` wrote. Missing fields get their default; unknown ones are ignored."""
    read = json.loads(line)
    fields = {FIELDS.get(name, name): READ[name](value) for name, value in read.items() if name in READ}
    session = Session(**fields)
    trail = list(session.trail)
    asides = read.get("asides") or ()
    if len(asides) == len(trail):
        steps = zip(trail, asides, strict=True)
        trail = [replace(s, aside=aside, below=tuple(below)) for s, (aside, *below) in steps]
    for number, known in (read.get("knowns") or {}).items():
        trail[int(number)] = replace(trail[int(number)], known=blanks_from_json(known))
    for number, part in (read.get("parts") or {}).items():
        trail[int(number)] = replace(trail[int(number)], part=part)
    return replace(session, trail=tuple(trail))


_ENCODE = json.JSONEncoder(separators=(",", ":")).encode


def _in_aside(step: Step) -> bool:
    return step.aside or bool(step.below)


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


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

READ: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("book", "language", "state", "paused", "stuck_at", "worry", "tail", "at_end"), str),
    **dict.fromkeys(("misses", "silences", "repeats", "part"), int),
    **dict.fromkeys(("another", "aside", "called"), bool),
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
    "more": replies_from_json,
    "wanted": tells_from_json,
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
