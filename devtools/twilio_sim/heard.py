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
class Played:
    """A sound file."""

    url: str


@dataclass(frozen=True, slots=True)
class Paused:
    """Silence."""

    seconds: int


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
    """The call is over. `why`: "caller", "hangup", "end", "error", "busy" or "rejected"."""

    why: str


Heard = Said | Played | Paused | Gathering | Dialed | Whispered | Recording | HungUp

KINDS: dict[str, Callable[..., Heard]] = {
    kind.__name__: kind for kind in (Said, Played, Paused, Gathering, Dialed, Whispered, Recording, HungUp)
}


def prompted(verb: verbs.Prompt) -> list[Heard]:
    """Return what the caller hears of a prompt, repeated as often as it loops."""
    match verb:
        case verbs.Say():
            return [Said(verb.text, verb.language, verb.voice, verb.breaks_ms)] * verb.times
        case verbs.Play():
            return [Played(verb.url)] * verb.times
        case verbs.Pause():
            return [Paused(verb.seconds)]


def gathering(gather: verbs.Gather) -> list[Heard]:
    """Return what the caller hears of a <Gather>: its prompts, then the wait for input."""
    said = [each for prompt in gather.prompts for each in prompted(prompt)]
    waits = Gathering(
        tuple(sorted(gather.inputs)),
        gather.num_digits,
        gather.finish_on_key,
        gather.timeout,
        gather.hints,
        gather.language,
    )
    return [*said, waits]


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
