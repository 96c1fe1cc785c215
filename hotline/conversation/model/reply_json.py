"""Converts replies to lists for JSON, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from hotline.conversation.model.events import Ask, HangUp, Reply, TakeMessage, Tell, Transfer


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
