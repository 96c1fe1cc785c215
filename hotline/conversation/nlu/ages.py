"""Parses a child's age: in years, months or weeks, as a grade, or as a stage of childhood.

Rule 1: a bare number inside a sentence is not an age. A unit, or words such as "he is" before it, make it
        one.
Rule 2: a grade takes precedence over an age: it says which school the child is in. So does a stage, unless the
        number contradicts it: "my baby is 4", "Junior is 3".
Rule 3: a birthday or a kindergarten to come is not reached: "turns 3 in March", "starts kindergarten next fall".
Rule 4: do not guess. Two ages in one text count as none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hotline.conversation.nlu.lexicon import Lexicon

NEGATED_WITHIN, LIKENED_WITHIN, ENTERED_WITHIN = 3, 2, 3
"""Words after which a negation, a likeness or a start may apply: "not in kindergarten", "like a baby", "starts at the kinder"."""

MONTHS_IN_A_YEAR, WEEKS_IN_A_YEAR, OLDEST = 12, 52, 22
AGE_AT_FIRST_GRADE = 5
"""Added to a grade's number, gives the age at which most children are in it."""
HIGHEST_GRADE = 12
PRESCHOOL, KINDERGARTEN, FARTHEST_STAGE = 3, 6, 2
"""The ages of two stages, and the most years that a younger child's number may differ from its stage."""
JUST_BEFORE = 0.1
"""Taken from the age at a birthday to come."""
FIGURE = re.compile(r"\d{1,2}(?!\d)")
"""The beginning of a word that may be an age: "8", "8yo", "3rd", but not "911"."""
LONGEST_TIME_PASSED = 6
"""The longest text, in words, that only tells how much time has passed."""
ORDINAL_ALONE = 5
"""The longest text, in words, in which a bare ordinal is a grade if no age is given: "hes a 2nd"."""


def age_in_years(said: str, lexicon: Lexicon) -> float | None:
    """Return the age in years that a normalized text gives as an age, grade or stage, or None."""
    said = lexicon.numbers_in_digits(said)
    words = said.split()
    graded = _grade(words, lexicon)
    if graded is not None:
        return graded
    ages = set(_ages(said, lexicon))
    age = next(iter(ages)) if len(ages) == 1 else None
    if _is_before_kindergarten(words, age, lexicon):
        return float(PRESCHOOL)
    staged = _stage(words, lexicon)
    if staged is not None:
        return staged if age is None or _fits(age, staged) else age
    if ages:
        return age
    places = [lexicon.ordinals[word] for at, word in enumerate(words) if _may_be_grade(words, at, lexicon)]
    return float(places[0] + AGE_AT_FIRST_GRADE) if places and len(words) <= ORDINAL_ALONE else None


def only_time_passed(said: str, lexicon: Lexicon) -> bool:
    """Return whether a short text tells how long ago something began, and no age: "for 3 years", "hace 2 meses"."""
    said = lexicon.numbers_in_digits(said)
    if len(said.split()) > LONGEST_TIME_PASSED:
        return False
    units = (m for m in lexicon.age_pattern.finditer(said) if m["unit"])
    passed = any(_is_elapsed(said[: m.start()].split(), said[m.end() :].split(), lexicon) for m in units)
    return passed and age_in_years(said, lexicon) is None


def only_years_passed(said: str, lexicon: Lexicon) -> bool:
    """Return whether a short text tells that something began years ago, and nothing else: "for 3 years"."""
    units = lexicon.ages["years"]
    return not units.isdisjoint(said.split()) and only_time_passed(said, lexicon)


def _may_be_grade(words: Sequence[str], at: int, lexicon: Lexicon) -> bool:
    """Return whether a bare ordinal counts nothing else: "third he reads bad", and not "first time here"."""
    if words[at] not in lexicon.ordinals:
        return False
    after = next(iter(words[at + 1 :]), "")
    plain = lexicon.age_words | lexicon.stated["joins"] | lexicon.subjects | lexicon.negation
    return not after or after in plain


def _fits(age: float, stage: float) -> bool:
    """Return whether a child of this age may be at this stage."""
    youngest = min(age, stage)
    near = abs(age - stage) <= FARTHEST_STAGE
    return youngest >= PRESCHOOL and (youngest >= KINDERGARTEN or near)


def only_an_age(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Return whether all the words are of an age, a grade, or whose it is: "my son is 8", "8yo", "in 3rd grade"."""
    return all(word in lexicon.age_words or FIGURE.match(word) for word in words)


def _ages(said: str, lexicon: Lexicon) -> list[float]:
    figures = " ".join(
        str(lexicon.numbers.get(word, word)) if _counted(word, i, said, lexicon) else word
        for i, word in enumerate(said.split())
    )
    found = []
    for match in lexicon.age_pattern.finditer(figures):
        before = figures[: match.start()].split()
        unit = match["unit"] or ""
        after = figures[match.end() :].split()
        if not _is_age(match, before, after, lexicon):
            continue
        half = match["half"] or any(
            " ".join(after[:length]) in lexicon.ages["half"] for length in range(1, len(after[:3]) + 1)
        )
        years = float(match["number"]) + (0.5 if half else 0)
        if unit in lexicon.ages["months"]:
            years /= MONTHS_IN_A_YEAR
        elif unit in lexicon.ages["weeks"]:
            years /= WEEKS_IN_A_YEAR
        if _follows(before, lexicon.ages["almost"]) and not _is_today(figures, lexicon):
            years -= JUST_BEFORE
        if years <= OLDEST:
            found.append(years)
    return found


def _is_age(match: re.Match[str], before: Sequence[str], after: Sequence[str], lexicon: Lexicon) -> bool:
    """Return whether a number is an age, by its unit or the words before it."""
    unit = match["unit"]
    if not unit:
        is_grade = bool(after) and after[0] in lexicon.ages["grade"]
        return not is_grade and (bool(match["half"]) or _follows(before, lexicon.ages["before"]))
    return not lexicon.ages["old"].isdisjoint(unit.split()) or not _is_elapsed(before, after, lexicon)


def _is_today(said: str, lexicon: Lexicon) -> bool:
    """Return whether a text names the present day: "turns 3 today"."""
    return any(lexicon.days_ahead.get(word) == 0 for word in said.split())


def _is_elapsed(before: Sequence[str], after: Sequence[str], lexicon: Lexicon) -> bool:
    """Return whether the words around a number of months or years make it a time: "for 2 years", "3 months ago"."""
    return (bool(before) and before[-1] in lexicon.elapsed["before"]) or (
        bool(after) and after[0] in lexicon.elapsed["after"]
    )


def _counted(word: str, at: int, said: str, lexicon: Lexicon) -> bool:
    """Return whether a number word is an age here: before a unit, or after "he is" where nothing is counted by it."""
    if word not in lexicon.numbers:
        return False
    words = said.split()
    units = lexicon.ages["years"] | lexicon.ages["months"] | lexicon.ages["weeks"]
    following = words[at + 1] if at + 1 < len(words) else ""
    joined = following in lexicon.stated["joins"] or following in lexicon.negation
    joined = joined or following in lexicon.elapsed["before"]  # "she turned three last week"
    ends = not following or (joined and lexicon.numbers[word] > 1)  # "there is one and it is bad"
    return following in units or (ends and _follows(words[:at], lexicon.ages["before"]))


def _follows(before: Sequence[str], entries: frozenset[str]) -> bool:
    return any(" ".join(before[-length:]) in entries for length in (1, 2, 3, 4) if length <= len(before))


def _grade(words: Sequence[str], lexicon: Lexicon) -> float | None:
    """Return the age for a grade: "2nd", "third grade", "grade 5", "va en tercero"."""
    grade = lexicon.ages["grade"]
    for at, word in enumerate(words):
        place = lexicon.ordinals.get(word)
        figure = int(word) if word.isdecimal() and len(word) <= 2 else lexicon.numbers.get(word)
        if place is None and figure is None:
            continue
        following = " ".join(words[at + 1 : at + 3])
        named = any(f"{following} ".startswith(f"{entry} ") for entry in grade)
        attends = _follows(words[:at], lexicon.ages["attends"])
        if place is not None and (named or attends):
            return float(place + AGE_AT_FIRST_GRADE)
        if figure is None or not 1 <= figure <= HIGHEST_GRADE:
            continue
        after = at and words[at - 1] in grade and words[at - 1] not in lexicon.ages["years"]
        if after or (named and words[at + 1] not in lexicon.ages["years"]):
            return float(figure + AGE_AT_FIRST_GRADE)
    return None


def _stage(words: Sequence[str], lexicon: Lexicon) -> float | None:
    """Return the age for a stage, "freshman" or "en kinder"; None if there is none, or it is negated or a comparison."""
    found: dict[str, int] = {}
    for length in (3, 2, 1):
        for at in range(len(words) - length + 1):
            entry = " ".join(words[at : at + length])
            age = lexicon.stages.get(entry)
            if age is None or any(entry in longer for longer in found):
                continue
            negated = lexicon.negation.intersection(words[max(0, at - NEGATED_WITHIN) : at])
            likened = lexicon.ages["like"].intersection(words[max(0, at - LIKENED_WITHIN) : at])
            if not negated and not likened:
                to_come = age == KINDERGARTEN and _is_to_come(words, at, lexicon)
                found[entry] = PRESCHOOL if to_come else age
    ages = set(found.values())
    if len(ages) > 1:
        ages.discard(0)  # "my baby is in kindergarten"
    return float(max(ages)) if ages and (max(ages) - min(ages) <= 6 or len(ages) == 1) else None


def _is_before_kindergarten(words: Sequence[str], age: float | None, lexicon: Lexicon) -> bool:
    """Return whether a child of about five is not in kindergarten: "hes 5 not in kinder yet", "5 not in kinder"."""
    if age is None and words[:1] and words[0].isdecimal():
        age = float(words[0])
    at = next((at for at, word in enumerate(words) if lexicon.stages.get(word) == KINDERGARTEN), 0)
    negated = lexicon.negation.intersection(words[max(1, at - NEGATED_WITHIN) : at])
    return age is not None and PRESCHOOL <= age <= KINDERGARTEN and bool(negated)


def _is_to_come(words: Sequence[str], at: int, lexicon: Lexicon) -> bool:
    """Return whether the school named at this place begins later: "starts kinder next fall", "entra al kinder en agosto"."""
    later = lexicon.ages["later"]
    dated = any(word in later or word in lexicon.months or word in lexicon.days_ahead for word in words)
    return dated and not lexicon.ages["enters"].isdisjoint(words[max(0, at - ENTERED_WITHIN) : at])
