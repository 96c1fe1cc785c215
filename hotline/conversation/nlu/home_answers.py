"""Reads the answer to "which state do you live in?": any two-letter code, a large city, a name with a letter wrong.

Rule 1: more counts here than elsewhere (`us_states.Places.named`): "me" is Maine only where a state was asked for.
Rule 2: do not guess. A city of two states, or a name as near to another, names none.
Rule 3: who is about to move lives where they are: "Georgia but moving to Florida".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rapidfuzz.distance import OSA

from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.us_states import Places

LONGEST_CODED = 2
"""The most words of an answer whose last one may be a code: "phx az"."""

LONGEST = 8
"""The most words of an answer that names a place; a longer text is a story."""

SHORTEST_ALONE, SHORTEST_IN_A_SENTENCE, SHORTEST_TWICE, SHORTEST_CITY = 4, 6, 9, 6
"""Minimum letters of a misspelled name: alone, among other words, with two letters wrong, and of a city."""


def state_answered(text: str, places: Places, lexicon: Lexicon) -> str | None:
    """Return the code of the state that a text answers with, or None; ignoring the words of [lives]."""
    words, around = normalize(text).split(), lexicon.lives
    moving = next((at for at, word in enumerate(words) if word in lexicon.moving), None)
    if moving is not None:
        return places.named(" ".join(words[:moving]))
    text = _without_denied(text, places, lexicon)
    codes, beside = places.city_in(words) if len(words) <= LONGEST else (frozenset[str](), words)
    if codes:  # "kansas city" is no Kansas, and "portland or" is in Oregon
        return places.named(" ".join(beside)) or _coded(beside, codes, places) or _only(codes)
    if (code := places.named(text)) or not words or len(words) > LONGEST:
        return code
    rest = [word for word in words if word not in around] or words[-1:]
    asked = frozenset(places.states) if len(rest) == 1 else frozenset[str]()  # "tell me" names no Maine
    alone = _coded(rest, asked, places) if len(rest) <= LONGEST_CODED else None
    return alone or _misspelled(words, places, around) or _misspelled_city(rest, places)


def _without_denied(text: str, places: Places, lexicon: Lexicon) -> str:
    """Return a text that names several states without those that it denies: "virginia not west virginia"."""
    said = f" {normalize(text)} "
    found = [*places.names.finditer(said)]
    if len({places.by_name[match[0]] for match in found}) < 2:
        return text
    for match in reversed(found):
        if not lexicon.negation.isdisjoint(said[: match.start()].split()[-1:]):
            said = said[: match.start()] + said[match.end() :]
    return said


def _coded(words: Sequence[str], codes: frozenset[str], places: Places) -> str | None:
    """Return the state whose code is the last word: one of `codes`, or any whose code is not also a word."""
    state = places.states.get(words[-1].upper()) if words else None
    return state.code if state and (state.code in codes or not state.word) else None


def _only(codes: frozenset[str]) -> str | None:
    return next(iter(codes)) if len(codes) == 1 else None


def _misspelled(words: Sequence[str], places: Places, around: frozenset[str]) -> str | None:
    """Return the one state whose name a text misspells by one letter, or a long name by two."""
    found: dict[int, set[str]] = {}
    for said in _phrases(words, around):
        alone = len(said.split()) == len(words)
        for name, code in places.by_name.items():
            shortest = SHORTEST_ALONE if alone else SHORTEST_IN_A_SENTENCE
            most = 2 if len(name) >= SHORTEST_TWICE else 1
            if len(name) < shortest or len(said) < shortest or said[0] != name[0]:
                continue
            if (wrong := OSA.distance(said, name, score_cutoff=most)) <= most:
                found.setdefault(wrong, set()).add(code)
    nearest = found[min(found)] if found else set()
    return nearest.pop() if len(nearest) == 1 else None


def _misspelled_city(words: Sequence[str], places: Places) -> str | None:
    """Return the one state of the cities whose name, with a letter wrong, is the whole text: "phily"."""
    said, found = " ".join(words), set[str]()
    if len(said) < SHORTEST_CITY - 1:
        return None
    for city, codes in places.by_city.items():
        near = len(city) >= SHORTEST_CITY and said[:1] == city[0]
        if near and OSA.distance(said, city, score_cutoff=1) <= 1:
            found |= codes
    return _only(frozenset(found))


def _phrases(words: Sequence[str], around: frozenset[str]) -> Iterator[str]:
    """Yield one to three words in a row of a text, without those that add nothing at their ends."""
    for size in range(1, 4):
        for at in range(len(words) - size + 1):
            part = words[at : at + size]
            if part[0] not in around and part[-1] not in around:
                yield " ".join(part)
