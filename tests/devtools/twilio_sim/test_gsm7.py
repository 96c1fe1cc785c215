"""Segments are counted as carriers do."""

import pytest

from devtools.twilio_sim.gsm7 import parts, segments

COUNTS = {
    "empty": ("", 1),
    "160 plain": ("a" * 160, 1),
    "161 plain": ("a" * 161, 2),
    "306 plain": ("a" * 306, 2),
    "307 plain": ("a" * 307, 3),
    "80 of two septets": ("€" * 80, 1),
    "81 of two septets": ("€" * 81, 2),
    "a pair is not split": ("a" * 152 + "€" + "a" * 152, 3),
    "spanish letters of GSM-7": ("ñéü¿¡" * 32, 1),
    "70 with an accent": ("á" * 70, 1),
    "71 with an accent": ("á" * 71, 2),
    "35 emoji": ("😀" * 35, 1),
    "36 emoji": ("😀" * 36, 2),
    "an emoji is not split": ("á" * 66 + "😀" + "á" * 66, 3),
}


@pytest.mark.parametrize(("body", "count"), COUNTS.values(), ids=COUNTS)
def test_a_text_has_this_many_segments(body: str, count: int) -> None:
    """160 or 153 septets, 70 or 67 code units."""
    cut = parts(body)
    assert count == segments(body) == len(cut)
    assert body == "".join(cut)
    assert all(cut) or not body
