"""Readability of a text, as a school grade.

English: the Flesch-Kincaid grade, 0.39 words/sentence + 11.8 syllables/word - 15.59 (Kincaid et al. 1975,
Navy Research Branch Report 8-75). A sentence ends at . ! ? : ; and at a line's end, as in Flesch's own
instructions (1948), which count each independent unit of thought.

Spanish: Fernandez Huerta's reading ease, 206.84 - 60 syllables/word - 1.02 words/sentence (1959),
converted to a grade by his own table. Other languages are not graded: they return None.

Names of laws and school terms cannot be replaced by easier words. Each counts as one word of one
syllable; so does a numeral.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache

HARDEST = 6
"""The highest grade that a text may have."""

SHORTEST = 10
"""The minimum number of words to grade a text: with fewer, one long word decides the result."""

SENTENCE_END = re.compile(r"[.!?:;](?=\s|$)|\n")
WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
BLANK = re.compile(r"\{\w*\}|\b(?:[\w-]+\.)+(?:org|gov|com|edu|net)(?:/[\w/-]+)?|_{2,}")
"""Matches placeholders, web addresses and blanks, which are not read as words."""
NAME = "name"
"""The substitute for a name: a word of one syllable."""

FERNANDEZ_HUERTA = ((90, 4), (80, 5), (70, 6), (60, 8), (50, 12))
"""Pairs of least ease and grade; a text below the last one needs UNIVERSITY."""
UNIVERSITY = 13

IRREGULAR = {"people": 2, "idea": 3, "area": 3, "being": 2, "science": 2, "quiet": 2, "behavior": 3}
"""Common words that the rule for English miscounts."""


@lru_cache(maxsize=8192)
def grade(text: str, language: str, names: tuple[str, ...] = ()) -> float | None:
    """Return the school grade of a text, 0 at the least, rounded to a tenth, with `names` counted as easy words.

    Return None if it is too short or there is no formula for the language. Cached: an edit leaves most texts as they are.
    """
    formula = FORMULAS.get(language)
    text = BLANK.sub(NAME, text)
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", NAME, text, flags=re.IGNORECASE)
    sentences = [found for part in SENTENCE_END.split(text) if (found := WORD.findall(part))]
    words = [word for sentence in sentences for word in sentence]
    if formula is None or len(words) < SHORTEST:
        return None
    return max(round(formula(words, len(words) / len(sentences)), 1), 0.0)


def english_syllables(word: str) -> int:
    """Count the syllables of an English word: groups of vowels, without a silent e."""
    word = word.lower().replace("'", "")
    if not word.isalpha():
        return sum(english_syllables(part) for part in re.findall(r"[a-z]+", word)) or 1
    if found := IRREGULAR.get(word.removesuffix("s")):
        return found
    if len(word) > 3 and not re.search(r"[^aeiouyl]le[ds]?$|[td]ed$|[cgszx]es$|[cs]hes$", word):
        word = re.sub(r"(?<=[^aeiouy])e[ds]?$", "", word)
    split = re.findall(r"(?<![cstgx])i[ao](?!u|r$)|[^qg]ua|eo|uou", word)
    return max(1, len(re.findall(r"[aeiouy]+", word)) + len(split))


def spanish_syllables(word: str) -> int:
    """Count the syllables of a Spanish word: vowels, joined with an adjacent unaccented i or u."""
    if not any(c.isalpha() for c in word):
        return 1
    word = re.sub(r"(?<=[qg])u(?=[ei\u00e9\u00ed])", "", word.lower())
    word = re.sub(r"y$", "i", word)
    strong, weak = "aeo\u00e1\u00e9\u00f3\u00ed\u00fa", "iu\u00fc"
    groups = re.findall(rf"[{weak}]*[{strong}][{weak}]*|[{weak}]+", unicodedata.normalize("NFC", word))
    return max(1, len(groups))


def _english(words: list[str], per_sentence: float) -> float:
    syllables = sum(map(english_syllables, words))
    return 0.39 * per_sentence + 11.8 * syllables / len(words) - 15.59


def _spanish(words: list[str], per_sentence: float) -> float:
    syllables = sum(map(spanish_syllables, words))
    ease = 206.84 - 60 * syllables / len(words) - 1.02 * per_sentence
    return next((at for least, at in FERNANDEZ_HUERTA if ease >= least), UNIVERSITY)


FORMULAS: Mapping[str, Callable[[list[str], float], float]] = {"en": _english, "es": _spanish}
