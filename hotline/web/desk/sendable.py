"""Words for texts, without the characters that phones and word processors write by themselves and that cost extra.

One sign outside the plain alphabet of phones (GSM-7) makes a whole text cost about twice as much, for every parent.
"""

from __future__ import annotations

from typing import Final

from hotline.conversation.model.segments import GSM7, GSM7_DOUBLE
from hotline.publishing.lint.legal_claims import LOOK_ALIKES

NAMED: Final = {"a space": " ", "nothing": ""}
PLAIN: Final = str.maketrans({sign: NAMED.get(plain, plain) for sign, plain in LOOK_ALIKES.items()})
SIGNS: Final = "Leave out emoji and other signs that are on no simple phone: they make each text cost about twice as much."


def sendable(written: str) -> str:
    """Return words with plain quotes, dashes and spaces. Raises ValueError for an emoji or another odd sign."""
    found = written.translate(PLAIN)
    if any(not (each in GSM7 or each in GSM7_DOUBLE or each.isalpha() or each == "\n") for each in found):
        raise ValueError(SIGNS)
    return found
