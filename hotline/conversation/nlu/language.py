"""Detects the language of a text by its function words.

Rule 1: a new person's first text is judged. A later one changes the language only if it is clearly in
        another; danger is answered in the language of its text.
Rule 2: the language with the most function words wins; on a tie, or without any, the first language does.
Rule 3: the words are in `flows/lexicon`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalise

MOST_LETTERS, FEWEST_LETTERS = 400, 3
"""Letters of a text checked for its script, and the fewest in another script that count."""

PLAIN, PLAIN_IN_DANGER = 3, 2
"""Function words that show a text's language; in danger fewer suffice, and others do not matter."""


def plain_language(
    text: str, languages: Sequence[str], lexicon: Lexicon, *, danger: bool = False
) -> str | None:
    """Return which of `languages` a text is clearly in, or None if it may be another."""
    said = normalise(text)
    greeted = [language for language in languages if said in lexicon.greetings.get(language, ())]
    if len(greeted) == 1:
        return greeted[0]
    best, *others = sorted(_scores(said, languages, lexicon).items(), key=lambda scored: -scored[1])
    rival = others[0][1] if others else 0
    plain = best[1] >= PLAIN_IN_DANGER and best[1] > rival if danger else best[1] >= PLAIN and not rival
    return best[0] if plain else None


def language_of(text: str, languages: Sequence[str], lexicon: Lexicon) -> str:
    """Return which of `languages` a text is most likely in; the first if there is no clear winner."""
    said = normalise(text)
    greeted = [language for language in languages if said in lexicon.greetings.get(language, ())]
    if len(greeted) == 1:
        return greeted[0]
    scores = _scores(said, languages, lexicon)
    best = max(scores.values(), default=0)
    likeliest = [language for language, score in scores.items() if score == best]
    return likeliest[0] if len(likeliest) == 1 else languages[0]


def is_other_language(text: str, lexicon: Lexicon) -> bool:
    """Return whether a text is clearly in an unsupported language, by script or function words."""
    letters = [c for c in text[:MOST_LETTERS] if c.isalpha()]
    foreign = sum(not unicodedata.name(c, "LATIN").startswith("LATIN") for c in letters)
    if foreign >= FEWEST_LETTERS and foreign * 2 > len(letters):
        return True
    words = normalise(text).split()
    ours = max((sum(w in small for w in words) for small in lexicon.small_words.values()), default=0)
    theirs = max((sum(w in small for w in words) for small in lexicon.others.values()), default=0)
    return theirs >= PLAIN_IN_DANGER and theirs > ours


def _scores(said: str, languages: Sequence[str], lexicon: Lexicon) -> dict[str, int]:
    """Return how many words of the text are function words of each language."""
    words = said.split()
    return {
        language: sum(word in lexicon.small_words.get(language, ()) for word in words)
        for language in languages
    }
