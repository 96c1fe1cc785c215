"""SMS segment counting, as carriers do it.

Rule: in GSM-7 (GSM 03.38) a single segment has 160 septets, and multiple segments have 153 each. Any other character
makes the whole text UCS-2, with 70 code units in a single segment and 67 in each of several. A character is never split
across two segments.
"""

from __future__ import annotations

from itertools import pairwise

ONE = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""GSM-7 characters of one septet."""

TWO = frozenset("^{}\\[~]|€\f")
"""GSM-7 characters of two septets: an escape, then the character."""


def segments(body: str) -> int:
    """Return the number of segments of `body`; an empty text takes one."""
    return len(parts(body))


def parts(body: str) -> tuple[str, ...]:
    """Split `body` into segments, which the handset joins again."""
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
