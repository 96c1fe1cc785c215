"""SSML inside <Say>: its grammar, the text that is spoken, and which voices support it.

Rule: a tag that the voice does not support is refused: on Twilio the whole <Say> may fail.

Source: https://www.twilio.com/docs/voice/twiml/say/text-speech, .../docs/api/errors/13513 (basic voices
speak no SSML), https://docs.aws.amazon.com/polly/latest/dg/supportedtags.html
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from devtools.twilio_sim import shapes, voices
from devtools.twilio_sim.shapes import Shape, names

MAX_BREAK_MS = 10_000
"""The longest <break> that the voices support."""
DEFAULT_BREAK = "500ms"
"""Length of a <break> without a time, close to Polly's."""
SLOWEST, FASTEST = 20, 200
"""Percent of the normal rate; Polly's limits."""
WRONG_TEXT = 13520
"""Twilio's code for invalid <Say> text."""


def _per_cent(written: str) -> bool:
    found = re.fullmatch(r"([0-9]{1,3})%", written)
    return found is not None and SLOWEST <= int(found[1]) <= FASTEST


def _time(written: str) -> bool:
    found = re.fullmatch(r"[0-9]+(\.[0-9]+)?(ms|s)", written)
    return found is not None and break_ms(written) <= MAX_BREAK_MS


SHAPES: dict[str, Shape] = {
    "break": Shape({"time": shapes.Attribute(_time, "write 500ms or 2s, at most 10s", WRONG_TEXT)}),
    "prosody": Shape(
        {"rate": shapes.Attribute(_per_cent, f"use {SLOWEST}% to {FASTEST}%", 13513)},
        names("break"),
        text=True,
    ),
}
ELEMENTS = frozenset(SHAPES)


def break_ms(time: str) -> int:
    """Convert a <break> time, such as 500ms or 1.5s, to milliseconds."""
    seconds = not time.endswith("ms")
    return round(float(time.removesuffix("s").removesuffix("m")) * (1000 if seconds else 1))


def heard(say: Element) -> tuple[str, tuple[int, ...]]:
    """Return the spoken text of a valid <Say> and the lengths of its pauses in milliseconds."""
    breaks = tuple(break_ms(each.get("time", DEFAULT_BREAK)) for each in say.iter("break"))
    return " ".join(_spoken(say).split()), breaks


def _spoken(element: Element) -> str:
    """Return the text of an element, with a space for each pause."""
    gap = " " if element.tag == "break" else element.text or ""
    return gap + "".join(_spoken(child) + (child.tail or "") for child in element)


def unspeakable(say: Element, voice: str) -> str:
    """Return an error for a tag in a valid <Say> that this voice does not support; "" if there is none."""
    if len(say) and voices.engine(voice) == voices.BASIC_ENGINE:
        return f"a basic voice does not support <{say[0].tag}>; use a Polly or Google voice"
    return ""
