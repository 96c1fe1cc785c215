"""How many segments a text is sent in, as carriers count them.

Rule: all in GSM-7 (GSM 03.38): 160 septets in one, else 153 a segment; anything else makes the whole text
UCS-2: 70 code units in one, else 67 a segment. A character is never split over two segments.
"""

from __future__ import annotations

from itertools import pairwise

ONE = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Characters of one septet."""

TWO = frozenset("^{}\\[~]|€\f")
"""Characters of two septets: an escape, then the character."""


def segments(body: str) -> int:
    """The number of segments `body` is sent in; an empty text takes one."""
    return len(parts(body))


def parts(body: str) -> tuple[str, ...]:
    """`body` as it is cut up to be sent, one part a segment; the handset joins them again."""
    if all(c in ONE or c in TWO for c in body):
        return _cut(body, [2 if c in TWO else 1 for c in body], alone=160, joined=153)
    return _cut(body, [2 if ord(c) > 0xFFFF else 1 for c in body], alone=70, joined=67)


def _cut(body: str, sizes: list[int], alone: int, joined: int) -> tuple[str, ...]:
    if sum(sizes) <= alone:
        return (body,)
    cuts, left = [0], joined
    for at, size in enumerate(sizes):
        if size > left:
            cuts.append(at)
            left = joined
        left -= size
    return tuple(body[start:end] for start, end in pairwise([*cuts, len(body)]))
