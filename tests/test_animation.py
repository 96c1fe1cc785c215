"""The README's animation is small, still for whoever wants that, and made of what the phone page showed."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.browser.animation import ANIMATION, MOST_BYTES, Moment, drawn

ROOT = Path(__file__).parent.parent
SVG = "{http://www.w3.org/2000/svg}"


def test_it_is_in_the_first_screen_of_the_readme() -> None:
    first = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:40])
    (words,) = re.findall(r'<img src="docs/conversation\.svg"[^>]* alt="([^"]+)"', first)
    assert len(words) > 40
    assert "who it is for" in first.lower()
    assert "$" in first


def test_it_is_small_and_runs_nothing() -> None:
    text = ANIMATION.read_text(encoding="utf-8")
    assert len(text.encode()) < MOST_BYTES
    pictures = list(ET.fromstring(text).iter(f"{SVG}image"))  # noqa: S314 -- our own file
    assert len(pictures) > 5
    assert all(picture.get("href", "").startswith("data:image/webp;base64,") for picture in pictures)
    assert "<script" not in text


def test_one_picture_shows_at_a_time_and_the_last_stays() -> None:
    text = drawn([Moment("data:a", 1), Moment("data:b", 2), Moment("data:c", 1)], still=1)
    assert "animation: 4.0s step-end" in text
    assert "@keyframes m0 { 0.00% { opacity: 1 } 25.00%, 100% { opacity: 0 } }" in text
    assert "@keyframes m1 { 0% { opacity: 0 } 25.00% { opacity: 1 } 75.00%, 100% { opacity: 0 } }" in text
    assert "@keyframes m2 { 0% { opacity: 0 } 75.00% { opacity: 1 } 100% { opacity: 1 } }" in text
    still = text.partition("@media (prefers-reduced-motion: reduce)")[2]
    assert "image { animation: none }" in still
    assert "#m1 { opacity: 1 }" in still
