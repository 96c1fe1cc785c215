"""Cost of a text, calculated by hand from 3GPP TS 23.038 and 23.040."""

import pytest

from hotline.conversation.model.segments import count, is_gsm7, length, outside_gsm7

COSTS = {
    "empty": ("", 1),
    "160 letters fit one": ("a" * 160, 1),
    "161 need two": ("a" * 161, 2),
    "306 fit two": ("a" * 306, 2),
    "307 need three": ("a" * 307, 3),
    "a bracket costs two": ("[" * 80, 1),
    "81 brackets need two": ("[" * 81, 2),
    "n with tilde is cheap": ("ñ" * 160, 1),
    "70 with an accent fit one": ("á" + "a" * 69, 1),
    "71 with an accent need two": ("á" + "a" * 70, 2),
    "134 with an accent fit two": ("á" + "a" * 133, 2),
    "an emoji counts two": ("😀" * 35, 1),
    "36 emoji need two": ("😀" * 36, 2),
}


@pytest.mark.parametrize(("text", "segments"), COSTS.values(), ids=COSTS.keys())
def test_segments_are_counted_as_carriers_do(text: str, segments: int) -> None:
    """160/153 in GSM-7, 70/67 in UCS-2, two units for the extension table."""
    assert segments == count(text)


def test_expensive_characters_are_named() -> None:
    assert ("í", "á", "’") == outside_gsm7("aquí está’s, aquí")
    assert () == outside_gsm7("¿Qué? ñ {x}")


def test_length_is_in_septets_or_utf16_units() -> None:
    assert (True, 4) == (is_gsm7("a[b"), length("a[b"))
    assert (False, 3) == (is_gsm7("á😀"), length("á😀"))
