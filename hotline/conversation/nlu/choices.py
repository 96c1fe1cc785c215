"""Matches an answer to a question's choices by rules.

Rule 1: a number, an ordinal, a letter or a position matches if it is the whole text: "2", "#2", "the last
        one". At a question about ages, an ordinal is a grade and a number past the choices is an age.
Rule 2: yes and no match if the whole text says so (`polarity`).
Rule 3: a choice's own words match if they appear complete and not negated; a typo in a long word is
        corrected.
Rule 4: do not guess. A text that fits two choices matches neither.

The trained classifier reads sentences that need more than that (`classifier`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

from hotline.conversation.model.events import Choice
from hotline.conversation.nlu.ages import NEGATED_WITHIN, age_in_years
from hotline.conversation.nlu.call_words import CallWords
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import opening_answer, yes_or_no
from hotline.conversation.nlu.said import begins, has_entry
from hotline.conversation.nlu.spoken_names import SpokenNames

SHORTEST_CORRECTED = 5
"""Letters from which one typo in a word is corrected; shorter words are too similar."""

LONGEST_ANSWER = 8
"""The longest text, in words, in which a choice's words match; longer ones go to the classifier."""

LONGEST_PART = 3
"""The most words by which a caller names a part of what was offered."""

LETTERS = "abcde"


def choose(choices: Sequence[Choice], said: str, unsure: str, lexicon: Lexicon) -> Choice | None:
    """Return the choice that a normalized text answers with, or None if unsure. Never raises.

    `said` has its courtesy phrases removed (see `cleaning`); `unsure` names the choice for "not sure".
    """
    words = said.split()
    if not words or said in lexicon.wait.words:
        return None
    if exact := exact_choice(choices, said, lexicon):
        return exact
    by_age = any(choice.ages for choice in choices)
    number = _number(words, lexicon, letters=not _is_yes_no(choices, lexicon))
    if number == 0:
        return None  # reaches a person
    if number is not None:
        return choices[number - 1] if 1 <= number <= len(choices) else choice_for_age(choices, number)
    if (place := _place(words, lexicon, by_age=by_age)) is not None:
        return choices[place - 1] if place <= len(choices) else None
    if position := _position(words, lexicon):
        return choices[{"first": 0, "middle": len(choices) // 2, "last": -1}[position]]
    if said in lexicon.unsure:
        return next((choice for choice in choices if choice.name == unsure), None)
    aged = choice_for_age(choices, age_in_years(said, lexicon)) if by_age else None
    affirmed = yes_or_no(words, lexicon)
    return aged or (choice_of_kind(choices, affirmed, lexicon) if affirmed else None)


def number_said(choices: Sequence[Choice], last: int, said: str, lexicon: Lexicon) -> int | None:
    """Return the number that is the whole text, by number, ordinal or position, as a caller says the key for it.

    `last` is the highest number offered: "the last one". None if the text is not a number, or is the wording of a choice.
    """
    words = said.split()
    if not words or said in lexicon.wait.words or exact_choice(choices, said, lexicon):
        return None
    number = _number(words, lexicon, letters=not _is_yes_no(choices, lexicon))
    if number is None:
        number = _ordinal(words, lexicon)
    if number is None and (position := _position(words, lexicon)):
        number = {"first": 1, "middle": last // 2 + 1, "last": last}[position]
    return number


def _place(words: Sequence[str], lexicon: Lexicon, *, by_age: bool) -> int | None:
    """Return the list position, from 1, that an ordinal names.

    At a question about ages an ordinal is a grade, except in "the second one".
    """
    if by_age and not (len(words) > 1 and words[-1] in lexicon.beside and lexicon.option.intersection(words)):
        return None
    return _ordinal(words, lexicon)


def only_counts(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Return whether a text is nothing but two or more different numbers, which name no choice: "one two"."""
    values = {
        lexicon.numbers.get(word, int(word) if word.isascii() and word.isdecimal() else -1) for word in words
    }
    return len(values) > 1 and -1 not in values


def named_choice(choices: Sequence[Choice], said: str, lexicon: Lexicon) -> Choice | None:
    """Return the one choice whose wording of two or more words a text contains: "7, cant read, no plan"."""
    words = said.split()
    found = [
        choice
        for choice in choices
        if any(
            " " in wording and _stands(wording.split(), words, lexicon)
            for wording in _wordings(choice, lexicon.names)
        )
    ]
    return found[0] if len(found) == 1 else None


def contained_choice(choices: Sequence[Choice], said: str, lexicon: Lexicon) -> Choice | None:
    """Return the choice whose words a short text contains, not negated; None if two fit equally."""
    words = said.split()
    if len(words) > LONGEST_ANSWER or is_question(said, lexicon) or is_conditional(words, lexicon):
        return None
    lengths = {choice.name: length for choice in choices if (length := _held(words, choice, lexicon))}
    longest = [c for c in choices if lengths.get(c.name) == max(lengths.values(), default=0)]
    return longest[0] if len(longest) == 1 else None


def choice_for_several(choices: Sequence[Choice], words: Sequence[str], lexicon: Lexicon) -> Choice | None:
    """Return the choice that stands for several if a short text names two others: "reading and focus"."""
    all_of = next((c for c in choices if lexicon.several & _wordings(c, lexicon.names)), None)
    named = [choice for choice in choices if choice is not all_of and _held(words, choice, lexicon)]
    plain = len(words) <= LONGEST_ANSWER and (lexicon.contrast | lexicon.negation).isdisjoint(words)
    return all_of if plain and len(named) > 1 else None


def denies_choice(choice: Choice, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Return whether a text names a choice only to deny it: "not public", "no es privada"."""
    own = _wordings(choice, lexicon.names) - lexicon.yes.words - lexicon.no.words
    return has_entry(" ".join(words), own) and not _held(words, choice, lexicon)


def is_question(said: str, lexicon: Lexicon) -> bool:
    """Return whether a text is a question rather than an answer: "can they suspend him", "hold on can they do that"."""
    words = normalize(said)
    if words.startswith(lexicon.no_question):
        words = words.removeprefix(next(filter(words.startswith, lexicon.no_question)))
    return "?" in said or words.split(" ", 1)[0] in lexicon.asking


def is_conditional(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Return whether a text opens with a condition, "if they suspend him"."""
    return begins(words, lexicon.conditional)


def _number(words: Sequence[str], lexicon: Lexicon, *, letters: bool) -> int | None:
    """Return the number that is the whole text, or None."""
    words = lexicon.numbers_in_digits(" ".join(words)).split()
    if len(words) == 1 and words[0] in lexicon.homophones:
        return lexicon.homophones[words[0]]
    if len({lexicon.numbers[word] for word in words if word in lexicon.numbers}) > 1:
        return None  # "one two" names neither
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


def choice_for_age(choices: Sequence[Choice], years: float | None) -> Choice | None:
    """Return the choice whose age range contains `years`, or None."""
    if years is None:
        return None
    return next((c for c in choices if c.ages and c.ages[0] <= years < c.ages[1]), None)


def age_between(choices: Sequence[Choice], said: str, lexicon: Lexicon) -> float | None:
    """Return the age in years that a text gives if it lies between the ages of two choices, or None."""
    number = _number(said.split(), lexicon, letters=False)
    years = age_in_years(said, lexicon) if number is None else number
    ranges = [choice.ages for choice in choices if choice.ages]
    if years is None or choice_for_age(choices, years) or (number is not None and number <= len(choices)):
        return None
    return (
        years
        if any(years >= end for _, end in ranges) and any(years < start for start, _ in ranges)
        else None
    )


def exact_choice(choices: Sequence[Choice], said: str, lexicon: Lexicon) -> Choice | None:
    """Return the choice one of whose wordings is the whole text, or None."""
    exact = [choice for choice in choices if said in _wordings(choice, lexicon.names)]
    bare = lexicon.calls.bare(said)
    if not exact and not (bare.isdecimal() or bare in lexicon.numbers or bare in lexicon.ordinals):
        exact = [choice for choice in choices if bare in _bare_wordings(choice, lexicon.names, lexicon.calls)]
    return exact[0] if len(exact) == 1 else None


def named_in_part(choices: Sequence[Choice], said: str, lexicon: Lexicon) -> Choice | None:
    """Return the one choice as offered that a few words are a part of, with its first or its last: "records"."""
    words = lexicon.calls.bare(said).split()
    plain = lexicon.yes.words | lexicon.no.words | lexicon.unsure | lexicon.calls.leads | lexicon.beside
    if not 0 < len(words) <= LONGEST_PART or all(word in plain for word in words):
        return None
    said, found = f" {' '.join(words)} ", []
    for choice in choices:
        offered = lexicon.calls.bare(normalize(lexicon.names.written_out(choice.say or choice.text)))
        if said in f" {offered} ":
            found.append((choice, f" {offered} ".startswith(said) or f" {offered} ".endswith(said)))
    return found[0][0] if len(found) == 1 and found[0][1] else None


def names_other_choice(choices: Sequence[Choice], text: str, lexicon: Lexicon) -> bool:
    """Return whether another choice's words follow an opening yes or no: "no - sent home daily"."""
    opened = opening_answer(text, lexicon)
    other = contained_choice(choices, normalize(text).partition(" ")[2], lexicon) if opened else None
    return other is not None and other.name != opened


def choice_of_kind(choices: Sequence[Choice], kind: str, lexicon: Lexicon) -> Choice | None:
    """Return the choice that says `kind`, which is yes or no, or None."""
    return next((choice for choice in choices if kind in _wordings(choice, lexicon.names)), None)


def choice_at_start(choices: Sequence[Choice], words: Sequence[str], lexicon: Lexicon) -> Choice | None:
    """Return the choice that two or more of a text's first words name, or None: "not sent", of "not sent, im scared"."""
    sayable = [choice for choice in choices if not choice.whole]
    for length in range(min(LONGEST_PART + 1, len(words) - 1), 1, -1):
        if choice := exact_choice(sayable, " ".join(words[:length]), lexicon):
            return choice
    return None


def _is_yes_no(choices: Sequence[Choice], lexicon: Lexicon) -> bool:
    return all(choice_of_kind(choices, kind, lexicon) is not None for kind in ("yes", "no"))


@lru_cache(maxsize=2048)
def _wordings(choice: Choice, names: SpokenNames) -> frozenset[str]:
    """Return all normalized texts that mean exactly this choice."""
    ways = (choice.text, choice.say, choice.name.replace("_", " "), *choice.words)
    return frozenset(normalize(names.written_out(words)) for words in ways) - {""}


@lru_cache(maxsize=2048)
def _bare_wordings(choice: Choice, names: SpokenNames, calls: CallWords) -> frozenset[str]:
    """Return the wordings of a choice without what they are offered or repeated with."""
    return frozenset(map(calls.bare, _wordings(choice, names)))


def _held(words: Sequence[str], choice: Choice, lexicon: Lexicon) -> int:
    """Return the length in words of the choice's longest wording in the text, 0 if none."""
    there = set(words)
    alone = lexicon.yes.words | lexicon.no.words
    lengths = [
        len(phrase)
        for wording in _wordings(choice, lexicon.names) - alone
        if (phrase := wording.split())
        and (phrase[0] in there or len(phrase[0]) >= SHORTEST_CORRECTED)
        and _stands(phrase, words, lexicon)
    ]
    return max(lengths, default=0)


def _stands(wording: Sequence[str], words: Sequence[str], lexicon: Lexicon) -> bool:
    if any(len(meant) < SHORTEST_CORRECTED and meant not in words for meant in wording):
        return False  # most wordings: a short word counts only as it is
    letter = wording[0][0]
    for start in range(len(words) - len(wording) + 1):
        if words[start][0] == letter and all(
            _same(meant, words[start + at]) for at, meant in enumerate(wording)
        ):
            before = words[max(0, start - NEGATED_WITHIN) : start]
            return wording[0] in lexicon.negation or not lexicon.negation.intersection(before)
    return False


def _same(meant: str, word: str) -> bool:
    if meant == word:
        return True
    long_enough = min(len(meant), len(word)) >= SHORTEST_CORRECTED
    return long_enough and meant[0] == word[0] and OSA.distance(meant, word, score_cutoff=1) <= 1
