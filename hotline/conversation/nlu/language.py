"""Detects the language of a text by its function words.

Rule 1: a new person's first text is judged. A later one changes the language only if it is clearly in
        another; danger is answered in the language of its text.
Rule 2: the language with the most function words wins; on a tie, or without any, the first language does.
Rule 3: the words are in `flows/lexicon`.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalise

MOST_LETTERS, FEWEST_LETTERS = 400, 3
"""Letters of a text checked for its script, and the fewest in another script that count."""

LATIN = "LATIN"
"""How Unicode names our own script."""

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


def other_language_of(text: str, lexicon: Lexicon) -> str | None:
    """Return the unsupported language that a text is clearly in, by script or function words.

    Return "" if that language has no name here, None if the text may be in a supported one.
    """
    letters = [c for c in text[:MOST_LETTERS] if c.isalpha()]
    scripts = Counter(unicodedata.name(c, LATIN).split()[0].partition("-")[0] for c in letters)
    foreign = len(letters) - scripts.pop(LATIN, 0)
    if foreign >= FEWEST_LETTERS and foreign * 2 > len(letters):
        script, among = scripts.most_common(1)[0][0], frozenset(letters)
        return next((name for name, other in lexicon.others.items() if other.is_written(script, among)), "")
    words = normalise(text).split()
    ours = max((sum(w in small for w in words) for small in lexicon.small_words.values()), default=0)
    theirs = {name: sum(w in other.words for w in words) for name, other in lexicon.others.items()}
    likeliest = max(theirs, key=lambda name: theirs[name], default="")
    plain = theirs.get(likeliest, 0) >= PLAIN_IN_DANGER and theirs[likeliest] > ours
    return likeliest if plain else None


def _scores(said: str, languages: Sequence[str], lexicon: Lexicon) -> dict[str, int]:
    """Return how many words of the text are function words of each language."""
    words = said.split()
    return {
        language: sum(word in lexicon.small_words.get(language, ()) for word in words)
        for language in languages
    }
