"""Converts replies to lists for JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hotline.conversation.model.events import Ask, HangUp, Reply, TakeMessage, Tell, Transfer

KINDS: Mapping[str, type[Reply]] = {
    "tell": Tell,
    "ask": Ask,
    "transfer": Transfer,
    "message": TakeMessage,
    "hang_up": HangUp,
}
"""How each kind of reply is stored: its name, and then its fields in their order."""

NAMES: Mapping[type[Reply], str] = {kind: name for name, kind in KINDS.items()}


def replies_as_json(replies: Sequence[Reply]) -> list[list[Any]]:
    """Return replies as JSON-compatible lists, each with its kind first."""
    return [[NAMES[type(reply)], *values_of(reply)] for reply in replies]


def replies_from_json(written: Sequence[Sequence[Any]]) -> tuple[Reply, ...]:
    """Return the replies that `replies_as_json` wrote."""
    return tuple(KINDS[kind](*map(frozen, values)) for kind, *values in written)


def tells_from_json(written: Sequence[Sequence[Any]]) -> tuple[Tell, ...]:
    """Return the Tell replies that `replies_as_json` wrote, skipping any other kind."""
    return tuple(reply for reply in replies_from_json(written) if isinstance(reply, Tell))


def values_of(record: Any) -> list[Any]:
    """Return the values of a dataclass's fields, in their order."""
    return [getattr(record, name) for name in record.__match_args__]


def frozen(value: Any) -> Any:
    """Return a value from JSON with its lists as tuples, at any depth."""
    return tuple(map(frozen, value)) if isinstance(value, list) else value
