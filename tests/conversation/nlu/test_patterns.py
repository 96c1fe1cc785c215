"""The pattern language of patterns.toml."""

from collections.abc import Mapping

import pytest

from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.patterns import Phrase, any_of, read_phrase

WHERE = "patterns.toml [stop] phrases"


def finds(written: str, line: str, lists: Mapping[str, tuple[Phrase, ...]] | None = None) -> bool:
    pattern = any_of((read_phrase(written, lists or {}, WHERE),))
    assert pattern is not None
    return pattern.search(f" {line}") is not None


@pytest.mark.parametrize(
    ("written", "line", "found"),
    [
        pytest.param("stop texting me", "please stop texting me now", True, id="words-anywhere"),
        pytest.param("stop texting me", "stop texting", False, id="words-all-of-them"),
        pytest.param("end", "send", False, id="words-are-whole-at-the-front"),
        pytest.param("end", "ending", False, id="words-are-whole-at-the-back"),
        pytest.param("(test|evaluate) him", "evaluate him", True, id="either"),
        pytest.param("(test|evaluate) him", "help him", False, id="either-but-no-other"),
        pytest.param("(a b|c) d", "a b d", True, id="several-words-in-either"),
        pytest.param("next [step]", "next", True, id="optional-absent"),
        pytest.param("next [step] please", "next step please", True, id="optional-present"),
        pytest.param("next [big|small] step", "next small step", True, id="optional-either"),
        pytest.param("next [[very] big] step", "next very big step", True, id="optional-in-optional"),
        pytest.param("evaluat*", "an evaluation", True, id="any-ending"),
        pytest.param("evaluat*", "evaluat", True, id="no-ending"),
        pytest.param("evaluat*", "reevaluate", False, id="ending-is-not-beginning"),
        pytest.param("is 5*", "it is 510 555 0123", True, id="number-by-its-first-digit"),
        pytest.param("is 5*", "it is 415 555 0123", False, id="number-by-no-other-digit"),
        pytest.param("stop ... texts", "stop sending me these texts", True, id="gap"),
        pytest.param("stop ... texts", "stop texts", True, id="gap-of-nothing"),
        pytest.param("stop ... texts", "stop 1 2 3 4 texts", True, id="gap-of-four"),
        pytest.param("stop ... texts", "stop 1 2 3 4 5 texts", False, id="gap-has-an-end"),
        pytest.param("[ya] no mas", "no mas", True, id="begins-with-optional"),
    ],
)
def test_a_phrase_matches_its_parts(written: str, line: str, found: bool) -> None:
    assert finds(written, line) == found


def test_a_list_matches_each_entry() -> None:
    lists = {"who": (read_phrase("my (son|girl)", {}, WHERE), read_phrase("him", {}, WHERE))}
    assert finds("test <who>", "test my girl", lists)
    assert finds("test <who>", "test him", lists)
    assert not finds("test <who>", "test them", lists)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        pytest.param("a|b", "| stands outside brackets; write (this|that)", id="bare-either"),
        pytest.param("(stop|quit", "found the end, where ) would be right", id="not-closed"),
        pytest.param("(stop]", "found ], where ) would be right", id="closed-otherwise"),
        pytest.param("stop)", "found ), where the end would be right", id="never-opened"),
        pytest.param("(stop|)", "has nothing between ) and |; remove one", id="empty-either"),
        pytest.param("", "has nothing between its ends and |; remove one", id="empty"),
        pytest.param("[stop]", "fits every message; give it at least one word", id="all-optional"),
        pytest.param("... stop", "... must stand between two words", id="gap-first"),
        pytest.param("stop ...", "... must stand between two words", id="gap-last"),
        pytest.param("stop ... ... me", "... must stand between two words", id="gap-twice"),
        pytest.param("(stop ...) me", "... must stand between two words", id="gap-last-in-brackets"),
        pytest.param("st* me", "st* is too short; give at least 3 letters before *", id="short-prefix"),
        pytest.param("* me", "* means nothing here; use words, ( | ), [ ]", id="lone-star"),
        pytest.param("don't", "don't means nothing here", id="apostrophe"),
        pytest.param("stop, me", "stop, means nothing here", id="comma"),
        pytest.param("stop. me", ". means nothing here", id="full-stop"),
        pytest.param("test <who>", "no list named <who>; there are none", id="no-such-list"),
        pytest.param("test <who", "< means nothing here", id="list-not-closed"),
    ],
)
def test_a_broken_phrase_is_refused_with_the_fix(written: str, message: str) -> None:
    with pytest.raises(FlowError) as refused:
        read_phrase(written, {}, WHERE)
    assert str(refused.value).startswith(f"{WHERE} {written!r}: ")
    assert message in str(refused.value)


def test_an_unknown_list_names_the_known_ones() -> None:
    lists = {"who": (read_phrase("him", {}, WHERE),)}
    with pytest.raises(FlowError, match=r"no list named <whom>; there are who"):
        read_phrase("test <whom>", lists, WHERE)


@pytest.mark.parametrize(
    ("written", "first"),
    [
        pytest.param("stop me", {"stop"}, id="word"),
        pytest.param("(stop|quit) me", {"stop", "quit"}, id="either"),
        pytest.param("[please] stop", {"please", "stop"}, id="optional-then-word"),
        pytest.param("evaluat* him", {"evaluat*"}, id="prefix"),
    ],
)
def test_a_phrase_knows_its_possible_first_words(written: str, first: set[str]) -> None:
    """The index of phrases depends on it."""
    assert read_phrase(written, {}, WHERE).first == first


def test_a_whole_phrase_allows_nothing_around_it() -> None:
    whole = read_phrase("stop [it]", {}, WHERE).compiled(whole=True)
    assert whole.match(" stop it")
    assert not whole.match(" stop it now")


def test_no_phrases_match_nothing() -> None:
    assert any_of(()) is None
