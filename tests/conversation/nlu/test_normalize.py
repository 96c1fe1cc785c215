"""Normalizing the words that are compared."""

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
def test_normalizing_ignores_case_accents_and_punctuation(text: str, plain: str) -> None:
    assert normalize(text) == plain


@given(st.text(max_size=200))
def test_normalizing_is_total_and_idempotent(text: str) -> None:
    plain = normalize(text)
    assert plain == " ".join(plain.split())
    assert plain == plain.casefold()


def test_only_the_first_characters_are_read() -> None:
    assert normalize("a" * (MAX_LENGTH + 5)) == "a" * MAX_LENGTH


@pytest.mark.parametrize("letter", ["\ufdfa", "\u33c2", "\N{THUMBS UP SIGN}"])
def test_expanding_letters_does_not_lengthen_a_text(letter: str) -> None:
    """Otherwise such a text would take twenty times as long."""
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
def test_shorthand_is_expanded(plain: str, words: str) -> None:
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
    with pytest.raises(FlowError) as refused:
        Spelling.read(table, "patterns.toml [spelling]")
    assert str(refused.value).startswith("patterns.toml [spelling]")
    assert message in str(refused.value)


@given(st.from_regex(r"[A-Za-z0-9]{1,20}", fullmatch=True))
def test_the_short_path_for_a_single_word_is_equal(word: str) -> None:
    assert normalize(f"{word} {word}") == " ".join([normalize(word)] * 2)
