"""Read an answer to a question by rules: the choice it names, or nothing sure.

Rule 1: a number, an ordinal, a letter or a position chooses when it is all that was said: "2", "#2", "the last one".
        At a question about ages, an ordinal is a grade and a number past the choices is an age.
Rule 2: yes and no count when all of the text says so. A word that only opens a sentence ("no le va bien") does not.
Rule 3: a choice's own words choose where they stand whole and are not negated; a slip in a long word is mended.
Rule 4: refuse to guess. Words that fit two choices choose none.

Sentences that need more than that are read by the trained classifier (`classifier`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

from hotline.conversation.model.events import Choice
from hotline.conversation.nlu.lexicon import Lexicon, Said
from hotline.conversation.nlu.normalize import normalise

NEGATED_WITHIN = 3
"""Words after a negation that it may stand for: "he doesnt have an iep" names no plan."""

SHORTEST_MENDED = 5
"""Letters of a word in which one slip is mended; shorter ones are too near to each other."""

LONGEST_ANSWER = 8
"""Words up to which a choice's own words may stand among others. Longer texts are read for what they mean."""

AGE = re.compile(
    r"(?<!\d)(?P<number>\d{1,2})(?P<half> 1 2)?\s?(?P<unit>years?|yrs?|y o|yo|y|anos?|anitos?|anios|months?|mos?|mths|meses|mes|weeks?|wks?|semanas?)?(?: old)?(?![\w])"
)
MONTHS_IN_A_YEAR, WEEKS_IN_A_YEAR, OLDEST = 12, 52, 22
AGE_AT_FIRST_GRADE = 5
"""Added to the number of a grade, it gives the age at which most children are in it."""
HIGHEST_GRADE = 12

LETTERS = "abcde"
PUNCTUATED = re.compile(r"^\s*(\w+)\s*[,.;:!–—-]")
"""An opening word that a sign sets apart from what follows: "No, he is fine"."""


def choose(choices: Sequence[Choice], said: str, unsure: str, lexicon: Lexicon) -> Choice | None:
    """Return the choice that a normalized text answers with, or None when none is sure. Never raises.

    `said` is free of courtesy (see `cleaning`); `unsure` names the choice that "not sure" stands for.
    """
    words = said.split()
    if not words or said in lexicon.wait:
        return None
    if whole := _whole(choices, said):
        return whole
    by_age = any(choice.ages for choice in choices)
    number = _number(words, lexicon, letters=not _is_yes_no(choices))
    if number is not None:
        return choices[number - 1] if 1 <= number <= len(choices) else of_age(choices, number)
    if (place := _place(words, lexicon, by_age=by_age)) is not None:
        return choices[place - 1] if place <= len(choices) else None
    if position := _position(words, lexicon):
        return choices[{"first": 0, "middle": len(choices) // 2, "last": -1}[position]]
    if said in lexicon.unsure:
        return next((choice for choice in choices if choice.name == unsure), None)
    aged = of_age(choices, age_in_years(said, lexicon)) if by_age else None
    affirmed = yes_or_no(words, lexicon)
    return aged or (_of_kind(choices, affirmed) if affirmed else None)


def _place(words: Sequence[str], lexicon: Lexicon, *, by_age: bool) -> int | None:
    """The place in the list that an ordinal names. Where ages are asked, an ordinal is a grade, but in "the second one"."""
    if by_age and not (len(words) > 1 and words[-1] in lexicon.beside and lexicon.option.intersection(words)):
        return None
    return _ordinal(words, lexicon)


def asks_to_wait(said: str, lexicon: Lexicon) -> bool:
    """Return whether a short text only asks us to wait: "one second", "hold on baby crying"."""
    words = said.split()
    opens = any(tuple(words[: len(entry)]) == entry for entry in lexicon.wait_opens)
    return said in lexicon.wait or (opens and len(words) <= LONGEST_ANSWER)


def says_well(text: str, lexicon: Lexicon) -> bool:
    """Return whether a text says that something goes well, or is no trouble: it is no yes to a question about trouble."""
    words = normalise(text).split()
    return any(
        tuple(words[at : at + len(entry)]) == entry for entry in lexicon.well for at in range(len(words))
    )


def names(choices: Sequence[Choice], said: str, lexicon: Lexicon) -> Choice | None:
    """Return the one choice that a text of any length names by two words or more of it: "7, cant read, no plan"."""
    words = said.split()
    found = [
        choice
        for choice in choices
        if any(" " in wording and _stands(wording.split(), words, lexicon) for wording in _wordings(choice))
    ]
    return found[0] if len(found) == 1 else None


def held(choices: Sequence[Choice], said: str, lexicon: Lexicon) -> Choice | None:
    """Return the choice whose own words stand in a short text, whole and not negated; None where two fit."""
    words = said.split()
    if len(words) > LONGEST_ANSWER or asks(said, lexicon) or is_conditional(words, lexicon):
        return None
    lengths = {choice.name: length for choice in choices if (length := _held(words, choice, lexicon))}
    longest = [c for c in choices if lengths.get(c.name) == max(lengths.values(), default=0)]
    return longest[0] if len(longest) == 1 else None


def yes_or_no(words: Sequence[str], lexicon: Lexicon) -> str | None:
    """Return "yes" or "no" where all the words say so; None otherwise."""
    yes, no = lexicon.yes.is_all(words), lexicon.no.is_all(words)
    if yes == no:
        return None
    if yes and any(word in lexicon.negation for word in words):
        return None
    return "yes" if yes else "no"


def opening(text: str, lexicon: Lexicon) -> str | None:
    """Return what a sentence opens with, "yes" or "no", where the rest may still say otherwise: "yes he cant focus".

    A "si" or a "no" opens only where a sign sets it apart: "si lo suspenden" is an if.
    """
    said = normalise(text)
    first = said.split(" ", 1)[0] if said else ""
    apart = PUNCTUATED.match(text)
    for kind, ways in (("yes", lexicon.yes), ("no", lexicon.no)):
        if kind == "yes" and _opens(said, ways):
            return kind
        if apart and normalise(apart[1]) == first and first in ways.words:
            return kind
    return None


def only_refuses(said: str, lexicon: Lexicon) -> bool:
    """Return whether words that would be a STOP elsewhere only say no to an offer of texts: "no i dont want texts"."""
    words = said.split()
    begins = any(tuple(words[: len(entry)]) == entry for entry in lexicon.refuses)
    return begins and not lexicon.ends.intersection(words)


def asks(said: str, lexicon: Lexicon) -> bool:
    """Return whether a text asks, rather than answers: "can they suspend him"."""
    return "?" in said or normalise(said).split(" ", 1)[0] in lexicon.asking


def is_conditional(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Return whether a text opens with a condition, "if they suspend him": what is not so yet."""
    return any(tuple(words[: len(entry)]) == entry for entry in lexicon.conditional)


def age_in_years(said: str, lexicon: Lexicon) -> float | None:
    """Return the age that a normalized text tells, in years, from an age, a grade or a stage; None when it tells none.

    A bare figure inside a sentence tells none. A grade wins over an age: it says which school the child is in.
    """
    words = said.split()
    graded = _grade(words, lexicon)
    if graded is not None:
        return graded
    staged = _stage(words, lexicon)
    ages = set(_ages(said, lexicon))
    if staged is not None:
        return staged
    return ages.pop() if len(ages) == 1 else None


def _ages(said: str, lexicon: Lexicon) -> list[float]:
    figures = " ".join(
        str(lexicon.numbers.get(word, word)) if _counted(word, i, said, lexicon) else word
        for i, word in enumerate(said.split())
    )
    found = []
    for match in AGE.finditer(figures):
        before = figures[: match.start()].split()
        unit = match["unit"] or ""
        told = unit or match["half"] or _follows(before, lexicon.ages["before"])
        after = figures[match.end() :].split()
        if after and after[0] in lexicon.ages["grade"] and not unit:
            continue
        if not told:
            continue
        years = float(match["number"]) + (
            0.5 if match["half"] or " ".join(after[:2]) in lexicon.ages["half"] else 0
        )
        if unit in lexicon.ages["months"]:
            years /= MONTHS_IN_A_YEAR
        elif unit in lexicon.ages["weeks"]:
            years /= WEEKS_IN_A_YEAR
        if _follows(before, lexicon.ages["almost"]):
            years -= 0.1
        if years <= OLDEST:
            found.append(years)
    return found


def _counted(word: str, at: int, said: str, lexicon: Lexicon) -> bool:
    """Whether a number word stands for an age here: before a unit, or behind "he is"."""
    if word not in lexicon.numbers:
        return False
    words = said.split()
    units = lexicon.ages["years"] | lexicon.ages["months"] | lexicon.ages["weeks"]
    return (at + 1 < len(words) and words[at + 1] in units) or (
        at == len(words) - 1 and _follows(words[:at], lexicon.ages["before"])
    )


def _follows(before: Sequence[str], entries: frozenset[str]) -> bool:
    return any(" ".join(before[-length:]) in entries for length in (1, 2, 3, 4) if length <= len(before))


def _grade(words: Sequence[str], lexicon: Lexicon) -> float | None:
    """The age of a grade: "2nd", "third grade", "grade 5", "va en tercero"."""
    grade = lexicon.ages["grade"]
    for at, word in enumerate(words):
        place = lexicon.ordinals.get(word)
        following = " ".join(words[at + 1 : at + 3])
        named = any(following.startswith(entry) for entry in grade)
        if place is not None and (len(words) <= 5 or named):
            return float(place + AGE_AT_FIRST_GRADE)
        figure = int(word) if word.isdecimal() and len(word) <= 2 else lexicon.numbers.get(word)
        if figure is None or not 1 <= figure <= HIGHEST_GRADE:
            continue
        behind = at and words[at - 1] in grade and words[at - 1] not in lexicon.ages["years"]
        if behind or (named and words[at + 1] not in lexicon.ages["years"]):
            return float(figure + AGE_AT_FIRST_GRADE)
    return None


def _stage(words: Sequence[str], lexicon: Lexicon) -> float | None:
    """The age of the stage that a text names, where it names one: "freshman", "en kinder"; a negated one is none."""
    found: dict[str, int] = {}
    for length in (3, 2, 1):
        for at in range(len(words) - length + 1):
            entry = " ".join(words[at : at + length])
            age = lexicon.stages.get(entry)
            negated = lexicon.negation.intersection(words[max(0, at - NEGATED_WITHIN) : at])
            if age is not None and not negated and not any(entry in longer for longer in found):
                found[entry] = age
    ages = set(found.values())
    return float(max(ages)) if ages and (max(ages) - min(ages) <= 6 or len(ages) == 1) else None


def _number(words: Sequence[str], lexicon: Lexicon, *, letters: bool) -> int | None:
    """The number that is all that was said."""
    if len(words) == 1 and words[0] in lexicon.homophones:
        return lexicon.homophones[words[0]]
    rest = [word for word in words if word not in lexicon.beside]
    if not rest and len(words) <= 3:
        rest = [word for word in words if word in lexicon.numbers][-1:]
        if len(words) > 1 and not lexicon.option.intersection(words):
            return None
    said = " ".join(rest)
    if said in lexicon.numbers:
        return lexicon.numbers[said]
    if len(rest) != 1:
        return None
    if letters and rest[0] in LETTERS and len(words) <= 3:
        return LETTERS.index(rest[0]) + 1
    return int(rest[0]) if rest[0].isdecimal() and len(rest[0]) <= 2 else None


def _ordinal(words: Sequence[str], lexicon: Lexicon) -> int | None:
    rest = [word for word in words if word not in lexicon.beside]
    return lexicon.ordinals.get(rest[0]) if len(rest) == 1 else None


def _position(words: Sequence[str], lexicon: Lexicon) -> str | None:
    for said in (" ".join(words), " ".join(word for word in words if word not in lexicon.beside)):
        if said in lexicon.positions:
            return lexicon.positions[said]
    return None


def of_age(choices: Sequence[Choice], years: float | None) -> Choice | None:
    """Return the choice that stands for this age, where choices stand for ages."""
    if years is None:
        return None
    return next((c for c in choices if c.ages and c.ages[0] <= years < c.ages[1]), None)


def _whole(choices: Sequence[Choice], said: str) -> Choice | None:
    exact = [choice for choice in choices if said in _wordings(choice)]
    return exact[0] if len(exact) == 1 else None


def _of_kind(choices: Sequence[Choice], kind: str) -> Choice | None:
    """The choice that says yes, or no, if one does."""
    return next((choice for choice in choices if kind in _wordings(choice)), None)


def _is_yes_no(choices: Sequence[Choice]) -> bool:
    return _of_kind(choices, "yes") is not None and _of_kind(choices, "no") is not None


@lru_cache(maxsize=2048)
def _wordings(choice: Choice) -> frozenset[str]:
    """All that says exactly this choice."""
    said = {
        normalise(words) for words in (choice.text, choice.say, choice.name.replace("_", " "), *choice.words)
    }
    return frozenset(said) - {""}


def _held(words: Sequence[str], choice: Choice, lexicon: Lexicon) -> int:
    """How many words the longest of the choice's wordings has that stands here; 0 for none."""
    there = set(words)
    alone = lexicon.yes.words | lexicon.no.words
    lengths = [
        len(phrase)
        for wording in _wordings(choice) - alone
        if (phrase := wording.split())
        and (phrase[0] in there or len(phrase[0]) >= SHORTEST_MENDED)
        and _stands(phrase, words, lexicon)
    ]
    return max(lengths, default=0)


def _stands(wording: Sequence[str], words: Sequence[str], lexicon: Lexicon) -> bool:
    for start in range(len(words) - len(wording) + 1):
        if all(_same(meant, words[start + at]) for at, meant in enumerate(wording)):
            before = words[max(0, start - NEGATED_WITHIN) : start]
            return wording[0] in lexicon.negation or not lexicon.negation.intersection(before)
    return False


def _same(meant: str, word: str) -> bool:
    if meant == word:
        return True
    long_enough = min(len(meant), len(word)) >= SHORTEST_MENDED
    return long_enough and meant[0] == word[0] and OSA.distance(meant, word, score_cutoff=1) <= 1


def _opens(said: str, ways: Said) -> bool:
    return any(said.startswith(f"{entry} ") for entry in ways.opens)
