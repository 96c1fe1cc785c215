"""The page's languages are complete."""

import re
from pathlib import Path

import pytest

import devtools.phone
from devtools.phone.languages import LANGUAGES, words
from devtools.phone.page import MISTAKES
from devtools.twilio_sim import heard
from devtools.twilio_sim.faults import CHOICES
from devtools.twilio_sim.transfers import Stage

FOLDER = Path(devtools.phone.__file__).parent
BLANK = re.compile(r"\{(\w+)\}")
SCRIPTS = "\n".join(path.read_text(encoding="utf-8") for path in sorted((FOLDER / "static").glob("*.js")))
TEMPLATE = (FOLDER / "templates" / "phone.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES[1:])
@pytest.mark.parametrize("part", ["page", "live"])
def test_each_language_has_the_same_words_with_the_same_blanks(language: str, part: str) -> None:
    first, other = getattr(words(LANGUAGES[0]), part), getattr(words(language), part)
    assert set(first) == set(other)
    for key in first:
        assert sorted(BLANK.findall(first[key])) == sorted(BLANK.findall(other[key])), key
        assert other[key].strip()


def test_the_page_has_every_word_it_uses() -> None:
    page = set(words("en").page)
    asked = set(re.findall(r"\bt\.(\w+)", TEMPLATE)) | {"name"}
    assert asked == page


def test_the_scripts_have_every_word_they_use() -> None:
    live = set(words("en").live)
    asked = set(re.findall(r"\bsay\(\"(\w+)\"", SCRIPTS))
    asked |= {f"{key}_{n}" for key in re.findall(r"\bcounted\(\"(\w+)\"", SCRIPTS) for n in ("one", "many")}
    begun = tuple(re.findall(r"`(\w+_)\$\{", SCRIPTS))
    assert asked <= live
    assert {key for key in live - asked if not key.startswith(begun) and f'"{key}"' not in SCRIPTS} == set()


@pytest.mark.parametrize("name", CHOICES)
def test_each_fault_has_its_words(name: str) -> None:
    assert f"fault_{name.replace(' ', '_')}" in words("en").live


def test_each_error_has_its_words() -> None:
    for _, word in MISTAKES.values():
        assert not word or f"error_{word}" in words("en").live


def test_each_ending_of_a_call_has_its_words() -> None:
    assert heard.HungUp.__doc__ is not None
    endings = re.findall(r'"(\w+)"', heard.HungUp.__doc__)
    assert len(endings) > 4
    for why in endings:
        assert f"over_{why}" in words("en").live
    assert {"whisper", "joined", "over"} == {stage.value for stage in Stage}
