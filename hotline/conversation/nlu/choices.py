"""What an answer to a question meant: the choice, or nothing sure.

Rule 1: a number chooses when it is all that was said: "2", "#2", "number two", "opcion 2". A number
        inside a sentence does not: in "he is 2 and not talking" it is an age, and chooses by age where
        choices stand for ages.
Rule 2: the choice's own words choose wherever they stand whole; a slip in a long word is mended.
Rule 3: refuse to guess. Words that fit two choices choose none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

from hotline.conversation.model.events import Choice
from hotline.conversation.nlu.normalize import normalise

NUMBERS = {
    "1": 1,
    "one": 1,
    "uno": 1,
    "una": 1,
    "first": 1,
    "1st": 1,
    "primero": 1,
    "primera": 1,
    "won": 1,
    "2": 2,
    "two": 2,
    "dos": 2,
    "second": 2,
    "2nd": 2,
    "segundo": 2,
    "segunda": 2,
    "too": 2,
    "to": 2,
    "3": 3,
    "three": 3,
    "tres": 3,
    "third": 3,
    "3rd": 3,
    "tercero": 3,
    "tercera": 3,
    "tree": 3,
    "4": 4,
    "four": 4,
    "cuatro": 4,
    "fourth": 4,
    "4th": 4,
    "cuarto": 4,
    "cuarta": 4,
    "for": 4,
    "5": 5,
    "five": 5,
    "cinco": 5,
    "fifth": 5,
    "5th": 5,
    "quinto": 5,
    "quinta": 5,
}
"""Figures and number words; "to", "for" and the like are how a recogniser hears a lone figure."""

AROUND_A_NUMBER = frozenset(
    "number no num press option choice answer the one i pick choose say its it is um uh er ok please reply "
    "numero opcion oprima marque marco respuesta la el es pues por favor".split()
)
"""What may stand beside a number that chooses."""

MEANT = {
    "yes": frozenset(
        "yes yeah yep yea yup ya y k kk sure ok okay si claro sip correct right definitely".split()
    ),
    "no": frozenset("no nope nah n never nel nunca".split()),
}
"""What says yes and no alone, where choices of these names are offered."""

BEGINS = {
    "yes": frozenset("yes yeah yep yup si sip".split()),
    "no": frozenset("no nope nah".split()),
}
"""What says yes and no at the beginning of more: "yes he cant focus". "Right now" is no yes."""

YES_OR_NO = MEANT["yes"] | MEANT["no"]
"""Words that stand in many a sentence: "he has no friends" answers nothing. Alone, or first, they choose."""

NEGATIONS = frozenset(
    "not no dont doesnt didnt havent hasnt hadnt isnt arent wasnt wont cant never without had waiting "
    "sin nunca ni tampoco todavia aun".split()
)
NEGATED_WITHIN = 3
"""Words after a negation that it may stand for: "he doesnt have an iep" names no plan."""

UNSURE = frozenset(
    {
        *("not sure", "unsure", "dont know", "i dont know", "do not know", "i do not know", "idk", "dunno"),
        *("no idea", "depends", "it depends", "no se", "no estoy seguro", "no estoy segura", "quien sabe"),
        *("im not sure", "i am not sure", "not really sure", "maybe", "skip", "depende", "quizas", "tal vez"),
    }
)
"""What says "not sure", which is an answer everywhere."""

SHORTEST_MENDED = 5
"""Letters of a word in which one slip is mended; shorter ones are too near to each other."""

REFUSES = re.compile(r"(?:(?:no|nope|nah)\b|(?:i )?(?:dont|do not) want |no quiero )")
ENDS_MORE = frozenset(
    "stop stopall unsubscribe cancel end quit revoke optout alto parar paren para basta baja cancelar never nunca "
    "more mas anymore again ever ya wrong number list lista remove delete leave".split()
)
"""What makes more of a no than an answer: "no more texts"."""

ASKING = frozenset(
    "what whats how can could should would will does do did is are who which why when where if "
    "que cual cuales como cuando donde quien pueden podria deberia".split()
)
"""How a question begins."""

AGE = re.compile(
    r"\b(?P<number>\d{1,2})(?P<half> 1 2| and a half| y medio)?\s?"
    r"(?P<unit>years?|yrs?|y|yo|anos?|anitos|months?|mos?|mo|meses|mes|weeks?|semanas?)?\b"
)
BEFORE_AN_AGE = re.compile(
    r"\b(?:is|hes|shes|turned|turning|age|aged|tiene|cumplio|edad|almost|nearly|casi|shell be|hell be)$"
)
NOT_QUITE = re.compile(r"\b(?:almost|nearly|about to be|casi|por cumplir)$")
MONTHS_IN_A_YEAR, WEEKS_IN_A_YEAR, OLDEST = 12, 52, 22


def choose(choices: Sequence[Choice], text: str, unsure: str) -> Choice | None:
    """The choice that `text` answers with, or None when none is sure. Never raises.

    `unsure` names the choice that "not sure" stands for.
    """
    said = normalise(text)
    number = _number(said)
    if number is not None and 1 <= number <= len(choices):
        return choices[number - 1]
    if number is not None and (aged := _of_age(choices, number)):
        return aged
    exact = [choice for choice in choices if said in _wordings(choice)]
    if exact:
        return exact[0] if len(exact) == 1 else None
    if said in UNSURE:
        return next((choice for choice in choices if choice.name == unsure), None)
    if aged := _of_age(choices, age_in_years(text)):
        return aged
    if number is not None:
        return None
    held = {choice.name: length for choice in choices if (length := _held(said, choice))}
    longest = [choice for choice in choices if held.get(choice.name) == max(held.values(), default=0)]
    return longest[0] if len(longest) == 1 else None


def says_exactly(choice: Choice, text: str) -> bool:
    """Whether `text` is a number, or one of the choice's wordings and nothing else."""
    said = normalise(text)
    return _number(said) is not None or said in _wordings(choice)


def asks(text: str) -> bool:
    """Whether the text asks, rather than answers: "can they suspend him"."""
    return "?" in text or normalise(text).split(" ", 1)[0] in ASKING


def only_refuses(text: str) -> bool:
    """Whether words that would be a STOP elsewhere only say no to an offer of texts: "no i dont want texts"."""
    said = normalise(text)
    return bool(REFUSES.match(said)) and not ENDS_MORE.intersection(said.split())


def age_in_years(text: str) -> float | None:
    """The age that a text tells, in years; None when it tells none. A bare figure tells none."""
    said = normalise(text)
    for found in AGE.finditer(said):
        before = said[: found.start()].rstrip()
        told = found["unit"] or found["half"] or BEFORE_AN_AGE.search(before)
        if not told or found[0].strip() == "504":
            continue
        years = float(found["number"]) + (0.5 if found["half"] else 0)
        unit = found["unit"] or "y"
        if unit.startswith("m"):
            years /= MONTHS_IN_A_YEAR
        elif unit.startswith(("w", "s")):
            years /= WEEKS_IN_A_YEAR
        if NOT_QUITE.search(before):
            years -= 0.1
        if years <= OLDEST:
            return years
    return None


def _number(said: str) -> int | None:
    """The number that is all that was said."""
    words = [word for word in said.split() if word not in AROUND_A_NUMBER] or said.split()
    if len(words) != 1:
        return None
    if words[0] in NUMBERS:
        return NUMBERS[words[0]]
    return int(words[0]) if words[0].isdecimal() and len(words[0]) <= 2 else None


def _of_age(choices: Sequence[Choice], years: float | None) -> Choice | None:
    """The choice that stands for this age, where choices stand for ages."""
    if years is None:
        return None
    return next((c for c in choices if c.ages and c.ages[0] <= years < c.ages[1]), None)


@lru_cache(maxsize=2048)
def _wordings(choice: Choice) -> frozenset[str]:
    """All that says exactly this choice."""
    said = {
        normalise(words) for words in (choice.text, choice.say, choice.name.replace("_", " "), *choice.words)
    }
    return frozenset(said | MEANT.get(choice.name, frozenset())) - {""}


@lru_cache(maxsize=2048)
def _phrases(choice: Choice) -> tuple[tuple[str, ...], ...]:
    """What says this choice inside more, word by word."""
    return tuple(tuple(wording.split()) for wording in _wordings(choice) - YES_OR_NO)


def _held(said: str, choice: Choice) -> int:
    """How many words the longest of the choice's wordings has that stands in what was said, as whole words
    and not negated; 0 for none.
    """
    words = said.split()
    there = set(words)
    begins = 1 if words and any(words[0] in BEGINS[kind] for kind in _kinds(choice)) else 0
    possible = (
        phrase for phrase in _phrases(choice) if phrase[0] in there or len(phrase[0]) >= SHORTEST_MENDED
    )
    return max((len(phrase) for phrase in possible if _stands(phrase, words)), default=begins)


@lru_cache(maxsize=2048)
def _kinds(choice: Choice) -> tuple[str, ...]:
    """Whether the choice says yes, or no, besides what else it says."""
    return tuple(kind for kind in BEGINS if kind in _wordings(choice))


def _stands(wording: tuple[str, ...], words: list[str]) -> bool:
    for start in range(len(words) - len(wording) + 1):
        if all(_same(meant, words[start + at]) for at, meant in enumerate(wording)):
            before = words[max(0, start - NEGATED_WITHIN) : start]
            return wording[0] in NEGATIONS or not NEGATIONS.intersection(before)
    return False


def _same(meant: str, word: str) -> bool:
    if meant == word:
        return True
    long_enough = min(len(meant), len(word)) >= SHORTEST_MENDED
    return long_enough and meant[0] == word[0] and OSA.distance(meant, word, score_cutoff=1) <= 1
