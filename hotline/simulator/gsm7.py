"""How many segments a text is sent in, as carriers count them.

Rule: all in GSM-7 (GSM 03.38): 160 septets in one, else 153 a segment; anything else makes the whole text
UCS-2: 70 code units in one, else 67 a segment. A character is never split over two segments.
"""

from __future__ import annotations

from collections.abc import Iterable

ONE = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Characters of one septet."""

TWO = frozenset("^{}\\[~]|€\f")
"""Characters of two septets: an escape, then the character."""


def segments(body: str) -> int:
    """The number of segments `body` is sent in; an empty text takes one."""
    if all(c in ONE or c in TWO for c in body):
        return _packed((2 if c in TWO else 1 for c in body), alone=160, joined=153)
    return _packed((2 if ord(c) > 0xFFFF else 1 for c in body), alone=70, joined=67)


def _packed(sizes: Iterable[int], alone: int, joined: int) -> int:
    each = list(sizes)
    if sum(each) <= alone:
        return 1
    count, left = 0, 0
    for size in each:
        if size > left:
            count, left = count + 1, joined
        left -= size
    return count
