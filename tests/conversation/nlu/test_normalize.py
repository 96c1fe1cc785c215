"""How people write: what they send becomes the words it is compared in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.normalize import MAX_LENGTH, Spelling, normalize


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        pytest.param("  STOP!!  ", "stop", id="case-and-punctuation"),
        pytest.param("Español, ¿qué AÑO?", "espanol que ano", id="accents"),
        pytest.param("espan\u0303ol", "espanol", id="accents-as-marks-of-their-own"),
        pytest.param("don't don\u2019t don`t", "dont dont dont", id="apostrophes-close-up"),
        pytest.param("he said\nno\t504", "he said no 504", id="lines-and-tabs"),
        pytest.param("S T O P", "stop", id="spelled-out"),
        pytest.param("s.t.o.p.", "stop", id="spelled-out-with-dots"),
        pytest.param("I E P", "iep", id="iep-alone"),
        pytest.param("1504 5041", "1504 5041", id="504-inside-a-number-stays"),
        pytest.param("\U0001f44d", "\U0001f44d", id="thumbs-up"),
        pytest.param("\U0001f44d\U0001f3fd", "\U0001f44d", id="thumbs-up-with-a-skin-tone"),
        pytest.param("\U0001f44e", "\U0001f44e", id="thumbs-down"),
        pytest.param("stop\U0001f6d1", "stop \U0001f6d1", id="stop-sign"),
        pytest.param("help \U0001f62d\U0001f64f", "help", id="other-emoji-go"),
        pytest.param("2\ufe0f\u20e3", "2", id="keycap"),
        pytest.param("mom & dad", "mom dad", id="ampersand"),
        pytest.param("st\x00op", "st op", id="nul"),
        pytest.param("stop\ud800", "stop", id="lone-surrogate"),
        pytest.param("st\u200bop", "stop", id="no-width"),
        pytest.param("\uff33\uff34\uff2f\uff30", "stop", id="full-width-letters"),
        pytest.param("...", "", id="nothing-but-dots"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_normalize_gives_the_words_that_are_compared(text: str, plain: str) -> None:
    """Case, accents, punctuation, and signs without width never matter."""
    assert normalize(text) == plain


@given(st.text(max_size=200))
def test_normalize_is_total_and_settled(text: str) -> None:
    """Any text gives small words with one space between; those give themselves."""
    plain = normalize(text)
    assert plain == " ".join(plain.split())
    assert plain == plain.casefold()


def test_only_the_first_characters_are_read() -> None:
    """No more than a carrier joins from its parts."""
    assert normalize("a" * (MAX_LENGTH + 5)) == "a" * MAX_LENGTH


@pytest.mark.parametrize("letter", ["\ufdfa", "\u33c2", "\N{THUMBS UP SIGN}"])
def test_a_letter_that_stands_for_many_makes_no_text_long(letter: str) -> None:
    """Else one text of such letters would take twenty times as long as another."""
    assert 0 < len(normalize(letter * MAX_LENGTH)) <= MAX_LENGTH


SPELLING = Spelling.read(
    {
        "write": {"you": ["u"], "what is": ["whats"], "please": ["por favor"], "por que": ["xq"]},
        "drop": ["please"],
    },
    "patterns.toml [spelling]",
)


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        pytest.param("can u", "can you", id="written-otherwise"),
        pytest.param("whats this", "what is this", id="one-for-two"),
        pytest.param("por favor u", "you", id="two-for-one"),
        pytest.param("por u", "por you", id="half-of-two-stays"),
        pytest.param("xq", "por que", id="message-of-one-word"),
        pytest.param("please stop", "stop", id="dropped"),
        pytest.param("please please", "please please", id="not-dropped-when-nothing-is-left"),
        pytest.param("evaluasion suspnded", "evaluasion suspnded", id="no-slip-is-mended"),
        pytest.param("skils", "skils", id="skills-is-never-kills"),
    ],
)
def test_words_are_read_as_they_are_meant(plain: str, words: str) -> None:
    """Shorthand is written out, words that add nothing go; nothing is mended by how near it is to another."""
    assert " ".join(SPELLING.words(plain)) == words


@pytest.mark.parametrize(
    ("table", "message"),
    [
        pytest.param([], "must be a table with write and drop, and nothing else", id="no-table"),
        pytest.param({"known": []}, "must be a table with write and drop", id="known-is-gone"),
        pytest.param({"writ": {}}, "must be a table with write and drop", id="unknown-key"),
        pytest.param({"write": {"you": "u"}}, "write you: must be a list of words", id="no-list"),
        pytest.param({"drop": ["!"]}, "drop: must be a list of words", id="no-letters"),
        pytest.param({"drop": ["por favor"]}, "'por favor' is several words", id="several-words-dropped"),
        pytest.param(
            {"write": {"you": ["u"], "your": ["u"]}}, "'u' stands under two words; keep one", id="twice"
        ),
    ],
)
def test_a_broken_spelling_table_is_refused(table: Any, message: str) -> None:
    """The error begins with where and says what would be right."""
    with pytest.raises(FlowError) as refused:
        Spelling.read(table, "patterns.toml [spelling]")
    assert str(refused.value).startswith("patterns.toml [spelling]")
    assert message in str(refused.value)


@given(st.from_regex(r"[A-Za-z0-9]{1,20}", fullmatch=True))
def test_a_single_word_is_compared_as_one_among_others(word: str) -> None:
    """It takes a shorter way."""
    assert normalize(f"{word} {word}") == " ".join([normalize(word)] * 2)
