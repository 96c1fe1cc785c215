"""Detects the language of a text by its function words and, without any, by words that only one language's texts have.

Rule 1: a new person's first text is judged. A later one changes the language only if it is clearly in
        another; danger is answered in the language of its text.
Rule 2: the language with the most function words wins; on a tie, or without any, the one with the most words of
        its own does, and then the first.
Rule 3: function words are in `flows/lexicon`; a language's own words are found in the flows (`own_words`).
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalize

MOST_LETTERS, FEWEST_LETTERS = 400, 3
"""Letters of a text checked for its script, and the fewest in another script that count."""

LATIN = "LATIN"
"""How Unicode names our own script."""

PLAIN, PLAIN_IN_DANGER = 3, 2
"""Function words that show a text's language; in danger fewer suffice, and others do not matter."""


SHORTEST_OWN = 4
"""Letters of the shortest word that shows its language by itself: "yo" and "u" are written in both."""


NO_WORDS: Mapping[str, frozenset[str]] = MappingProxyType({})


def own_words(lines: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    """Return the words that only the lines of one language have: PERSONA, which the Spanish greeting offers."""
    words = {language: {w for line in said for w in line.split()} for language, said in lines.items()}
    seen = Counter(word for theirs in words.values() for word in theirs)
    return {
        language: frozenset(word for word in theirs if seen[word] == 1 and len(word) >= SHORTEST_OWN)
        for language, theirs in words.items()
    }


def plain_language(
    text: str, languages: Sequence[str], lexicon: Lexicon, *, danger: bool = False
) -> str | None:
    """Return which of `languages` a text is clearly in, or None if it may be another."""
    said = normalize(text)
    if greeted := _greeted_in(said, languages, lexicon):
        return greeted
    best, *others = sorted(
        _scores(said, languages, lexicon.small_words).items(), key=lambda scored: -scored[1]
    )
    rival = others[0][1] if others else 0
    plain = best[1] >= PLAIN_IN_DANGER and best[1] > rival if danger else best[1] >= PLAIN and not rival
    return best[0] if plain else None


def language_of(
    text: str, languages: Sequence[str], lexicon: Lexicon, own: Mapping[str, frozenset[str]] = NO_WORDS
) -> str:
    """Return which of `languages` a text is most likely in; the first if there is no clear winner.

    `own` are the words of each language that no other has.
    """
    said = normalize(text)
    if greeted := _greeted_in(said, languages, lexicon):
        return greeted
    likeliest = languages
    for words in (lexicon.small_words, own):
        scores = _scores(said, likeliest, words)
        likeliest = [language for language in likeliest if scores[language] == max(scores.values())]
        if len(likeliest) == 1:
            return likeliest[0]
    return languages[0]


def other_language_of(text: str, lexicon: Lexicon) -> str | None:
    """Return the unsupported language that a text is clearly in, by script or function words.

    Return "" if that language has no name here, None if the text may be in a supported one.
    """
    letters = [] if text.isascii() else [c for c in text[:MOST_LETTERS] if c.isalpha()]
    scripts = Counter(unicodedata.name(c, LATIN).split()[0].partition("-")[0] for c in letters)
    foreign = len(letters) - scripts.pop(LATIN, 0)
    if foreign >= FEWEST_LETTERS and foreign * 2 > len(letters):
        script, among = scripts.most_common(1)[0][0], frozenset(letters)
        return next((name for name, other in lexicon.others.items() if other.is_written(script, among)), "")
    words = normalize(text).split()
    if len(words) < PLAIN_IN_DANGER:
        return None
    ours = max((sum(w in small for w in words) for small in lexicon.small_words.values()), default=0)
    theirs = {name: sum(w in other.words for w in words) for name, other in lexicon.others.items()}
    likeliest = max(theirs, key=lambda name: theirs[name], default="")
    plain = theirs.get(likeliest, 0) >= PLAIN_IN_DANGER and theirs[likeliest] > ours
    return likeliest if plain else None


def asks_about_theirs(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Return whether a text asks how a parent may write to the school, and not how we write: "can i send it in spanish"."""
    there = set(words)
    return (
        not there.isdisjoint(lexicon.asking)
        and not there.isdisjoint(lexicon.sends)
        and there.isdisjoint(lexicon.us)
    )


def _greeted_in(said: str, languages: Sequence[str], lexicon: Lexicon) -> str | None:
    """Return the language in which the text is a greeting, or None if there is none or several."""
    greeted = [language for language in languages if said in lexicon.greetings.get(language, ())]
    return greeted[0] if len(greeted) == 1 else None


def _scores(said: str, languages: Sequence[str], of_language: Mapping[str, frozenset[str]]) -> dict[str, int]:
    """Return how many words of the text are among those of each language."""
    words = said.split()
    return {language: sum(word in of_language.get(language, ()) for word in words) for language in languages}
