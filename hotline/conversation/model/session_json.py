"""Writes a session as one line of JSON, and its replies as lists for JSON, and reads them back.

Rule 1: two versions of the code run side by side during a deploy. Each ignores a name that it does not know, and
        a name once written keeps its meaning.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import (
    Ask,
    HangUp,
    LineType,
    Nudge,
    Reply,
    TakeMessage,
    Tell,
    Texting,
    Transfer,
)
from hotline.conversation.model.session import NEW, Answer, Session, Step


def getter(kind: type) -> Callable[[Any], Sequence[Any]]:
    """Return what gets the values of all fields of a dataclass, in their order."""
    match kind.__match_args__:  # type: ignore[attr-defined]  # of every dataclass
        case ():
            return lambda _: ()
        case (name,):
            return lambda record: (getattr(record, name),)
        case names:
            return attrgetter(*names)


KINDS: Mapping[str, type[Reply]] = {
    "tell": Tell,
    "ask": Ask,
    "transfer": Transfer,
    "message": TakeMessage,
    "hang_up": HangUp,
}
"""How each kind of reply is stored: its name, and then its fields in their order."""

NAMES: Mapping[type[Reply], str] = {kind: name for name, kind in KINDS.items()}
VALUES = {kind: getter(kind) for kind in NAMES}


def replies_as_json(replies: Sequence[Reply]) -> list[list[Any]]:
    """Return replies as JSON-compatible lists, each with its kind first."""
    return [[NAMES[type(reply)], *VALUES[type(reply)](reply)] for reply in replies]


def replies_from_json(written: Sequence[Sequence[Any]]) -> tuple[Reply, ...]:
    """Return the replies that `replies_as_json` wrote."""
    return tuple(KINDS[kind](*map(frozen, values)) for kind, *values in written)


def tells_from_json(written: Sequence[Sequence[Any]]) -> tuple[Tell, ...]:
    """Return the Tell replies that `replies_as_json` wrote, skipping any other kind."""
    return tuple(reply for reply in replies_from_json(written) if isinstance(reply, Tell))


def frozen(value: Any) -> Any:
    """Return a value from JSON with its lists as tuples, at any depth."""
    return tuple(map(frozen, value)) if isinstance(value, list) else value


def encode(session: Session) -> str:
    """Return the session as one line of JSON, without the fields that have their default."""
    written = {}
    for name, value in session.__dict__.items():
        default = DEFAULTS[name]
        if value is not default and value != default:
            write = WRITE.get(name)
            written[name] = value if write is None else write(value)
    return _ENCODE(written)


def decode(line: str) -> Session:
    """Return the session that `encode` wrote. Missing fields get their default; unknown ones are ignored."""
    read = {}
    for name, value in _DECODE(line)[0].items():
        if name in DEFAULTS:
            read[name] = READ.get(name, frozen)(value)
    return replace(NEW, **read)


_ENCODE = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_DECODE = json.JSONDecoder().raw_decode

DEFAULTS: Mapping[str, Any] = NEW.__dict__


_answer = lru_cache(maxsize=1024)(Answer)
_step = lru_cache(maxsize=1024)(Step)
"""Cached steps: thousands of people give the same answers in the same order, and a lookup is faster than a new Step."""


def _answers(written: Sequence[str]) -> tuple[Answer, ...]:
    return tuple(map(_answer, written[::2], written[1::2]))


def _steps(written: Sequence[Sequence[Any]]) -> tuple[Step, ...]:
    return tuple(
        [_step(*values) if list not in map(type, values) else _step(*frozen(values)) for values in written]
    )


@lru_cache(maxsize=1024)
def _without_defaults(step: Step) -> Sequence[Any]:
    """Return the values of a step, without those at its end that are the default."""
    values = STEP_VALUES(step)
    end = len(values)
    while end and values[end - 1] == DEFAULT_STEP[end - 1]:
        end -= 1
    return values[:end]


STEP_VALUES = getter(Step)
DEFAULT_STEP: Sequence[Any] = STEP_VALUES(Step())


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def reminded_from_json(written: Sequence[Sequence[Any]]) -> tuple[tuple[str, datetime], ...]:
    """Return reminders with their times, from pairs of a name and a Unix timestamp in seconds."""
    return tuple((str(name), _moment(at)) for name, at in written)


REPLIES = ("last", "textable", "more", "dictation", "wanted", "held_back")
MOMENTS = ("outcome_at", "safe_asked", "seen")

WRITE: Mapping[str, Callable[[Any], Any]] = {
    "answers": lambda answers: [name for a in answers for name in (a.state, a.choice)],
    "steps": lambda steps: list(map(_without_defaults, steps)),
    "reminded": lambda reminded: [(name, at.timestamp()) for name, at in reminded],
    **dict.fromkeys(REPLIES, replies_as_json),
    **dict.fromkeys(MOMENTS, datetime.timestamp),
}
"""How to convert a field to JSON; others are JSON as they are."""

READ: Mapping[str, Callable[[Any], Any]] = {
    "texting": Texting,
    "before_stop": Texting,
    "nudge": Nudge,
    "line": LineType,
    "answers": _answers,
    "steps": _steps,
    "reminded": reminded_from_json,
    **dict.fromkeys(REPLIES, replies_from_json),
    **dict.fromkeys(MOMENTS, _moment),
}
"""How to convert a field from JSON; in others lists become tuples."""
