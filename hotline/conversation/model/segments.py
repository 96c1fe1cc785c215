"""The cost of an SMS: its encoding and number of segments.

A GSM-7 text fits 160 characters in one segment, or 153 in each of several; a single other character turns
the whole text into UCS-2: 70, or 67. é ñ ü ¿ ¡ are GSM-7; á í ó ú and curly quotes are not.
Source: 3GPP TS 23.038 section 6.2.1 (alphabet and extension table), TS 23.040 section 9.2.3.24 (the 6-byte
header of concatenated parts).
"""

from __future__ import annotations

GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_DOUBLE = frozenset("^{}\\[~]|€\f")
"""The extension table: each needs an escape before it, so it counts twice."""

PLAIN_ACCENTS = str.maketrans("áíóúÁÍÓÚ", "aiouAIOU")
"""Spanish accents that GSM-7 lacks. é ñ ü ¿ ¡ are in GSM-7 and stay: año is not ano."""

GSM7_SINGLE_LIMIT, GSM7_JOINED_LIMIT = 160, 153
UCS2_SINGLE_LIMIT, UCS2_JOINED_LIMIT = 70, 67


def is_gsm7(text: str) -> bool:
    """Return whether every character of the text is in GSM-7."""
    return GSM7.issuperset(text) or all(c in GSM7 or c in GSM7_DOUBLE for c in text)


def length(text: str) -> int:
    """Return the text's length in its encoding's units: GSM-7 septets or UTF-16 code units."""
    if is_gsm7(text):
        return len(text) + sum(text.count(c) for c in GSM7_DOUBLE)
    return len(text.encode("utf-16-le")) // 2


def count(text: str) -> int:
    """Return how many segments the text takes; an empty text takes one."""
    single, joined = (
        (GSM7_SINGLE_LIMIT, GSM7_JOINED_LIMIT) if is_gsm7(text) else (UCS2_SINGLE_LIMIT, UCS2_JOINED_LIMIT)
    )
    units = length(text)
    return 1 if units <= single else -(-units // joined)


def outside_gsm7(text: str) -> tuple[str, ...]:
    """Return the characters that force the text into UCS-2, each once, in order."""
    return tuple(dict.fromkeys(c for c in text if c not in GSM7 and c not in GSM7_DOUBLE))


def plain_accents(text: str) -> str:
    """Return the text without the accents that would turn a Spanish message into UCS-2."""
    return text.translate(PLAIN_ACCENTS)
