"""What a caller hears and meets in a call, as values that go through JSON unchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from devtools.twilio_sim import verbs


@dataclass(frozen=True, slots=True)
class Said:
    """Words were spoken. `breaks_ms`: the pauses that were asked for within them, in order."""

    text: str
    language: str
    voice: str
    breaks_ms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Played:
    """A sound file was played."""

    url: str


@dataclass(frozen=True, slots=True)
class Paused:
    """Silence."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Gathering:
    """The line now waits for keys ("dtmf") or words ("speech"). `num_digits` 0: any number."""

    inputs: tuple[str, ...]
    num_digits: int
    finish_on_key: str
    timeout: int
    hints: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Dialed:
    """These phones ring. Say what becomes of it with `dialed`."""

    numbers: tuple[str, ...]
    timeout: int


@dataclass(frozen=True, slots=True)
class Whispered:
    """The person who was rung, not the caller, heard this before the two were joined."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Recording:
    """The line records a voicemail of at most `max_length` seconds."""

    max_length: int
    finish_on_key: str
    beep: bool


@dataclass(frozen=True, slots=True)
class HungUp:
    """The call is over. `why`: "caller", "hangup", "end", "error", "busy", "rejected" or "rest"."""

    why: str


Heard = Said | Played | Paused | Gathering | Dialed | Whispered | Recording | HungUp

KINDS: dict[str, Callable[..., Heard]] = {
    kind.__name__: kind for kind in (Said, Played, Paused, Gathering, Dialed, Whispered, Recording, HungUp)
}


def prompted(verb: verbs.Prompt) -> list[Heard]:
    """What is heard of a prompt."""
    match verb:
        case verbs.Say():
            return [Said(verb.text, verb.language, verb.voice, verb.breaks_ms)] * verb.times
        case verbs.Play():
            return [Played(verb.url)] * verb.times
        case verbs.Pause():
            return [Paused(verb.seconds)]


def as_json(heard: Iterable[Heard]) -> list[dict[str, Any]]:
    """Each value as its fields and, under "heard", its kind."""
    return [{"heard": type(each).__name__, **asdict(each)} for each in heard]


def from_json(rows: Iterable[Mapping[str, Any]]) -> list[Heard]:
    """The values that `as_json` wrote. JSON knows no tuples, so lists become tuples again."""
    heard: list[Heard] = []
    for row in rows:
        fields = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items() if k != "heard"}
        heard.append(KINDS[row["heard"]](**fields))
    return heard
