"""Which language a text is in, by its small words.

Rule 1: the first text of somebody new is judged. A later one changes the language only where it is plainly in another;
        danger words are answered in their own.
Rule 2: no small word of the other language outweighs; a text with none is in the first language.
Rule 3: words stand in `flows/lexicon`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalise

MOST_LETTERS, FEWEST_LETTERS = 400, 3
"""Letters of a text by which its script is judged, and how many of another script there must be."""

PLAIN, PLAIN_IN_DANGER = 3, 2
"""How many small words of a language show that a text is in it. In danger fewer do, and some of another do no harm."""


def plain_language(
    text: str, languages: Sequence[str], lexicon: Lexicon, *, danger: bool = False
) -> str | None:
    """Return the language of `languages` that a text is plainly in; None where it may be another."""
    said = normalise(text)
    greeted = [language for language in languages if said in lexicon.greetings.get(language, ())]
    if len(greeted) == 1:
        return greeted[0]
    best, *others = sorted(_scores(said, languages, lexicon).items(), key=lambda scored: -scored[1])
    rival = others[0][1] if others else 0
    plain = best[1] >= PLAIN_IN_DANGER and best[1] > rival if danger else best[1] >= PLAIN and not rival
    return best[0] if plain else None


def language_of(text: str, languages: Sequence[str], lexicon: Lexicon) -> str:
    """Return the language of `languages` that a text is most likely in; the first where that is not plain."""
    said = normalise(text)
    greeted = [language for language in languages if said in lexicon.greetings.get(language, ())]
    if len(greeted) == 1:
        return greeted[0]
    scores = _scores(said, languages, lexicon)
    best = max(scores.values(), default=0)
    likeliest = [language for language, score in scores.items() if score == best]
    return likeliest[0] if len(likeliest) == 1 else languages[0]


def is_other_language(text: str, lexicon: Lexicon) -> bool:
    """Return whether a text is plainly in a language that we do not speak: by its letters, or by its small words."""
    letters = [c for c in text[:MOST_LETTERS] if c.isalpha()]
    foreign = sum(not unicodedata.name(c, "LATIN").startswith("LATIN") for c in letters)
    if foreign >= FEWEST_LETTERS and foreign * 2 > len(letters):
        return True
    words = normalise(text).split()
    ours = max((sum(w in small for w in words) for small in lexicon.small_words.values()), default=0)
    theirs = max((sum(w in small for w in words) for small in lexicon.others.values()), default=0)
    return theirs >= PLAIN_IN_DANGER and theirs > ours


def _scores(said: str, languages: Sequence[str], lexicon: Lexicon) -> dict[str, int]:
    """How many small words of each language, and of no other, a text has."""
    words = said.split()
    return {
        language: sum(word in lexicon.small_words.get(language, ()) for word in words)
        for language in languages
    }
