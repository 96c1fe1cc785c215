"""Parses the grade that a child is in: "3rd", "grade 10", "en tercero", "kinder", "prek".

Rule: a lone 1 is not a grade, because it is the number of the choice to leave the grade blank; "1st" is one.
"""

from __future__ import annotations

from hotline.conversation.nlu.ages import AGE_AT_FIRST_GRADE, HIGHEST_GRADE, age_in_years
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalize

KINDERGARTEN, PREKINDERGARTEN = "K", "PK"
GRADES = (PREKINDERGARTEN, KINDERGARTEN, *map(str, range(1, HIGHEST_GRADE + 1)))
"""Every grade, from the lowest."""

AGE_IN_KINDERGARTEN, AGE_BEFORE = 6, 3
"""The ages that the lexicon gives the stages of that name."""


def read_grade(text: str, lexicon: Lexicon) -> str | None:
    """Return one of GRADES, or None if the text names none."""
    said = normalize(text)
    alone = lexicon.ordinals.get(said) or lexicon.numbers.get(said) or (int(said) if said.isdecimal() else 0)
    if alone:
        lone_choice = said.isdecimal() and alone == 1
        return str(alone) if alone <= HIGHEST_GRADE and not lone_choice else None
    stage = next((lexicon.stages[word] for word in (said, *said.split()) if word in lexicon.stages), None)
    if stage in (AGE_IN_KINDERGARTEN, AGE_BEFORE):
        return KINDERGARTEN if stage == AGE_IN_KINDERGARTEN else PREKINDERGARTEN
    if not any(grade in said.split() for grade in (*lexicon.ages["grade"], *lexicon.ordinals)):
        return None
    age = age_in_years(said, lexicon)
    grade = int(age) - AGE_AT_FIRST_GRADE if age is not None else 0
    return str(grade) if 1 <= grade <= HIGHEST_GRADE else None
