"""What a caller hears in a call, as values that survive a JSON round trip."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from devtools.twilio_sim import verbs


@dataclass(frozen=True, slots=True)
class Said:
    """Speech. `breaks_ms` are the requested pauses within it, in order."""

    text: str
    language: str
    voice: str
    breaks_ms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Gathering:
    """The line waits for keys ("dtmf") or speech ("speech"). `num_digits` 0 means any number."""

    inputs: tuple[str, ...]
    num_digits: int
    finish_on_key: str
    timeout: int
    hints: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Dialed:
    """These phones ring until `Leg.dialed` reports the outcome."""

    numbers: tuple[str, ...]
    timeout: int


@dataclass(frozen=True, slots=True)
class Whispered:
    """Speech to the person who answered, not the caller, before the two were joined."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Recording:
    """The line is recording a voicemail of at most `max_length` seconds."""

    max_length: int
    finish_on_key: str
    beep: bool


@dataclass(frozen=True, slots=True)
class HungUp:
    """The call is over. `why`: "caller", "hangup", "end", "error" or "busy"."""

    why: str


Heard = Said | Gathering | Dialed | Whispered | Recording | HungUp

KINDS: dict[str, Callable[..., Heard]] = {
    kind.__name__: kind for kind in (Said, Gathering, Dialed, Whispered, Recording, HungUp)
}


def said(say: verbs.Say) -> Said:
    """Return what the caller hears of a <Say>."""
    return Said(say.text, say.language, say.voice, say.breaks_ms)


def gathering(gather: verbs.Gather) -> list[Heard]:
    """Return what the caller hears of a <Gather>: its prompts, then the wait for input."""
    waits = Gathering(
        tuple(sorted(gather.inputs)),
        gather.num_digits,
        gather.finish_on_key,
        gather.timeout,
        gather.hints,
        gather.language,
    )
    return [*map(said, gather.prompts), waits]


def as_json(heard: Iterable[Heard]) -> list[dict[str, Any]]:
    """Convert each value to a dict of its fields plus its class name under "heard"."""
    return [{"heard": type(each).__name__, **asdict(each)} for each in heard]


def from_json(rows: Iterable[Mapping[str, Any]]) -> list[Heard]:
    """Convert the output of `as_json` back to values. Lists become tuples, which JSON lacks."""
    heard: list[Heard] = []
    for row in rows:
        fields = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items() if k != "heard"}
        heard.append(KINDS[row["heard"]](**fields))
    return heard
