"""Features of a text are stable and bounded."""

import os
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.conversation.nlu.features import LONGEST_WORD, Ideas, fold, ideas_of, letters_of, words_of
from tests.rows import rows

ROOT = Path(__file__).parents[3]
TEXT = "my son kiere vivir 504 ñandu"
PRINTED = f"""
from hotline.conversation.nlu.features import Ideas, fold, ideas_of, letters_of, words_of
words = [fold(word) for word in {TEXT!r}.split()]
ideas = Ideas({{"child": "son hijo", "want": "quier* want*", "live": "vivir"}})
print(sorted({{h for w in words for h in letters_of(w)}}), sorted(words_of(words)),
      sorted(ideas_of([ideas.of(w) for w in words], words)))
"""


def test_another_process_gives_the_same_features() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", PRINTED],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert 1 == len(printed)
    words = [fold(word) for word in TEXT.split()]
    assert str(sorted(words_of(words))) in printed.pop()


def test_a_feature_has_a_fixed_number() -> None:
    assert {zlib.crc32(b"w:iep"), zlib.crc32(b"^:iep"), zlib.crc32(b"$:iep"), zlib.crc32(b"n:0")} == words_of(
        ["iep"]
    )
    assert zlib.crc32(b"c:<ie") in letters_of("iep")


@pytest.mark.parametrize(("one", "other"), rows(__file__, "words_alike"))
def test_words_that_sound_alike_are_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("school", "skol"), ("mucho", "muko"), ("casa", "caza"), ("shut", "sut"), ("he", "the")],
)
def test_a_fold_keeps_different_sounds_apart(one: str, other: str) -> None:
    assert (fold(one) == fold(other)) is (one == "casa")


@given(st.text(max_size=60))
def test_folding_is_idempotent(word: str) -> None:
    folded = fold(word)
    assert bool(folded) == bool(word)
    assert len(folded) <= LONGEST_WORD + word.count("q")


def test_ideas_are_found_by_word_and_prefix() -> None:
    ideas = Ideas({"child": "hijo son", "want": "quier*", "kin": "hijo"})
    assert ("child", "kin") == ideas.of(fold("ijo"))
    assert ("want",) == ideas.of(fold("kieren"))
    assert () == ideas.of(fold("quien"))
    assert () == ideas.of(fold("sonnet"))


def test_pairs_of_ideas_have_an_order_and_a_reach() -> None:
    near = ideas_of([("a",), (), ("b",)], ["x", "y", "z"])
    turned = ideas_of([("b",), (), ("a",)], ["x", "y", "z"])
    far = ideas_of([("a",), *[()] * 8, ("b",)], list("abcdefghij"))
    assert near != turned
    pair = zlib.crc32(b"ii:a b")
    assert [True, False, False] == [pair in found for found in (near, turned, far)]
