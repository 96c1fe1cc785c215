"""SSML inside <Say>: its grammar, the text that is spoken, and which voices support it.

Rule 1: the nesting in `SHAPES` is that of Twilio's own library, and the values are those of its documentation.
Rule 2: a tag that the voice does not support is refused: on Twilio the whole <Say> may fail.

Source: https://www.twilio.com/docs/voice/twiml/say/text-speech, .../docs/api/errors/13513 (basic voices
speak no SSML), https://docs.aws.amazon.com/polly/latest/dg/supportedtags.html
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from devtools.twilio_sim import shapes, voices
from devtools.twilio_sim.shapes import Shape, names

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
MAX_BREAK_MS = 10_000
"""The longest <break> that the voices support."""
RATES = "x-slow slow medium fast x-fast"
SLOWEST, FASTEST = 20, 200
"""Percent of the normal rate; Polly's limits."""
DATE_FORMATS = "mdy dmy ymd md dm ym my d m y yyyymmdd"
SAY_AS = (
    "characters spell-out cardinal number ordinal digits fraction unit date time address expletive telephone"
)
BREAK_STRENGTHS = {"none": 0, "x-weak": 0, "weak": 250, "medium": 500, "strong": 750, "x-strong": 1000}
"""Length of a <break> of each strength in milliseconds, close to Polly's."""

INLINE = names("break emphasis lang phoneme prosody say-as sub w")
ALL = INLINE | names("p s")


def _per_cent(written: str) -> bool:
    found = re.fullmatch(r"([0-9]{1,3})%", written)
    return found is not None and SLOWEST <= int(found[1]) <= FASTEST


def _time(written: str) -> bool:
    found = re.fullmatch(r"[0-9]+(\.[0-9]+)?(ms|s)", written)
    return found is not None and break_ms(written) <= MAX_BREAK_MS


RATE = shapes.either(shapes.one_of(RATES), shapes.Attribute(_per_cent, f"{SLOWEST}% to {FASTEST}%"))
VOLUME = shapes.either(
    shapes.one_of("default silent x-soft soft medium loud x-loud"),
    shapes.like(r"[+-][0-9]{1,2}(\.[0-9]+)?dB", "such as -6dB"),
)
PITCH = shapes.either(
    shapes.one_of("default x-low low medium high x-high"),
    shapes.like(r"[+-][0-9]{1,2}(\.[0-9]+)?%", "such as +5%"),
)
WRONG_TEXT = 13520
"""Twilio's code for invalid <Say> text."""

SHAPES: dict[str, Shape] = {
    "break": Shape(
        {
            "strength": shapes.one_of(" ".join(BREAK_STRENGTHS)).coded(WRONG_TEXT),
            "time": shapes.Attribute(_time, "write 500ms or 2s, at most 10s", WRONG_TEXT),
        }
    ),
    "emphasis": Shape(
        {"level": shapes.one_of("strong moderate reduced").coded(WRONG_TEXT)}, INLINE, text=True
    ),
    "lang": Shape(
        {XML_LANG: shapes.LANGUAGE_TAG.coded(WRONG_TEXT)}, ALL, text=True, needs=frozenset({XML_LANG})
    ),
    "p": Shape(children=INLINE | names("s"), text=True),
    "phoneme": Shape(
        {
            "alphabet": shapes.one_of("ipa x-sampa x-amazon-pinyin").coded(WRONG_TEXT),
            "ph": shapes.NOT_EMPTY.coded(WRONG_TEXT),
        },
        text=True,
        needs=names("ph"),
    ),
    "prosody": Shape(
        {"rate": RATE.coded(13513), "volume": VOLUME.coded(WRONG_TEXT), "pitch": PITCH.coded(WRONG_TEXT)},
        ALL,
        text=True,
    ),
    "s": Shape(children=INLINE, text=True),
    "say-as": Shape(
        {
            "interpret-as": shapes.one_of(SAY_AS).coded(WRONG_TEXT),
            "format": shapes.one_of(DATE_FORMATS).coded(WRONG_TEXT),
        },
        text=True,
        needs=names("interpret-as"),
    ),
    "sub": Shape({"alias": shapes.NOT_EMPTY.coded(WRONG_TEXT)}, text=True, needs=names("alias")),
    "w": Shape(
        {"role": shapes.like(r"amazon:[A-Z0-9_]+", "such as amazon:VB").coded(WRONG_TEXT)},
        names("break emphasis phoneme prosody say-as sub"),
        text=True,
        needs=names("role"),
    ),
}


def break_ms(time: str) -> int:
    """Convert a <break> time, such as 500ms or 1.5s, to milliseconds."""
    seconds = not time.endswith("ms")
    return round(float(time.removesuffix("s").removesuffix("m")) * (1000 if seconds else 1))


def heard(say: Element) -> tuple[str, tuple[int, ...]]:
    """Return the spoken text of a valid <Say> and the lengths of its pauses in milliseconds."""
    breaks: list[int] = []
    return " ".join(_spoken(say, breaks).split()), tuple(breaks)


def _spoken(element: Element, breaks: list[int]) -> str:
    """Return the text of an element with <sub> aliases applied, and append its pauses to `breaks`."""
    if element.tag == "break":
        time = element.get("time")
        breaks.append(break_ms(time) if time else BREAK_STRENGTHS[element.get("strength", "medium")])
    parts = [element.get("alias", "") if element.tag == "sub" else element.text or ""]
    for child in element:
        gap = " " if child.tag in ("break", "p", "s") else ""
        parts += [gap, _spoken(child, breaks), gap, child.tail or ""]
    return "".join(parts)


def unspeakable(say: Element, voice: str) -> str:
    """Return an error for a tag in a valid <Say> that this voice does not support; "" if there is none."""
    tags = [child for child in say.iter() if child is not say]
    if not tags:
        return ""
    engine = voices.engine(voice)
    if engine == voices.BASIC_ENGINE:
        return f"a basic voice does not support <{tags[0].tag}>; use a Polly or Google voice"
    if engine in (voices.NEURAL, voices.GENERATIVE):
        for tag in tags:
            if tag.tag == "emphasis":
                return f"{voice} does not support <emphasis>"
            if tag.get("pitch"):
                return f"{voice} does not support pitch in <prosody>"
    return ""
