"""Finds facts about the child in a text, by rule: a plan, an age or grade, short facts in a list.

Rule 1: only about this child: "my nephew has an iep" and "if she has an iep" say nothing about the child's plan.
Rule 2: the past says nothing about today: "he had an iep in preschool", "diagnosed at 3".
"""

from __future__ import annotations

import re

from hotline.conversation.nlu.ages import age_in_years
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.said import has_entry

LONGEST_BETWEEN = 3
"""Words between "has" and the plan."""

FEWEST_WORDS = 2
"""A text about a plan has at least a verb and a name."""

WITHIN = 5
"""How many words before "has" are checked for another person, an "if" or a negation."""

PAST_WITHIN = 2
"""How many words before "on a 504" or the like are checked for what was once."""

NO_PLAN = "no plan"

LONGEST_OF_ANOTHER, OWN_WITHIN = 20, 4
"""The most words of a text that comes to another child, and the words within which it says whose: "also my 10 yr old daughter"."""

SHORTEST_OPENER = 3
"""Minimum words of a text that describes the child or what a school said, rather than naming a topic."""

SHORTEST_WITH_AGE, SCHOOL_AGES = 4, range(1, 22)
"""Minimum words of a text whose leading number may be an age, and the ages it may be."""

CLAUSES = re.compile(r"[,;\n]+|\.(?:\s|$)")
FEWEST_FACTS, LONGEST_FACT = 3, 5
"""What a list of facts has: at least this many, each of at most so many words."""


def plan_stated(text: str, lexicon: Lexicon) -> str | None:
    """Return the plan that the child has by a text, `NO_PLAN` if the text says that there is none, or None if it says neither."""
    if len(text.split()) < FEWEST_WORDS:
        return None
    words = normalize(lexicon.names.written_out(text)).split()
    stated = lexicon.stated
    for at, word in enumerate(words):
        pair = " ".join(words[max(0, at - 1) : at + 1])
        asked = at > 1 and words[at - 2] in lexicon.asking  # "do we have an iep"
        has = word in stated["has"] or (pair in stated["has"] and not asked)
        if has and (plan := _after_has(words[at + 1 :], lexicon)):
            before = set(words[max(0, at - WITHIN) : at])
            near = words[max(0, at - PAST_WITHIN) : at]
            if stated["joins"].isdisjoint(near) and not stated["past"].isdisjoint(near):
                continue  # "his last school had him on a 504"
            if not before & (stated["if"] | stated["others"] | lexicon.negation):
                return plan
    said = f" {' '.join(words)} "
    return NO_PLAN if any(f" {entry} " in said for entry in stated["no_plan"]) else None


def _after_has(words: list[str], lexicon: Lexicon) -> str | None:
    """Return the plan that follows "has", after nothing but small words."""
    stated = lexicon.stated
    for at, word in enumerate(words[: LONGEST_BETWEEN + 1]):
        if word in stated["plans"]:
            return None if stated["behind"].intersection(words[at + 1 : at + 3]) else word
        if word not in stated["between"]:
            return None
    return None


def age_stated(text: str, lexicon: Lexicon) -> float | None:
    """Return the child's present age in years that a text states, or None if it may be someone else's."""
    words = normalize(text).split()
    stated = lexicon.stated
    if stated["others"].intersection(words):
        return None
    if not _is_of_the_past(words, lexicon):
        return age_in_years(" ".join(words), lexicon)
    clauses: list[list[str]] = [[]]
    for word in words:
        if word in stated["joins"]:
            clauses.append([])
        clauses[-1].append(word)
    now = [clause for clause in clauses if not _is_of_the_past(clause, lexicon)]
    return age_in_years(" ".join(word for clause in now for word in clause), lexicon)


def _is_of_the_past(words: list[str], lexicon: Lexicon) -> bool:
    """Return whether words are about what was once: "he had"; not "hasnt had", which is so today."""
    past = (at for at, word in enumerate(words) if word in lexicon.stated["past"])
    return any(not at or words[at - 1] not in lexicon.negation for at in past)


def mentions_two_children(text: str, lexicon: Lexicon) -> bool:
    """Return whether a text mentions two or more children: "two boys, one 6 one 9", "the older is 14 and the younger 6"."""
    said, stated = normalize(text), lexicon.stated
    if has_entry(said, stated["two"]):
        return True
    return has_entry(said, stated["one_of_two"]) and has_entry(said, stated["other_of_two"])


def ages_of_two(text: str, lexicon: Lexicon) -> list[int]:
    """Return the ages in a text about two children: its numbers except the number of children.

    [] if the text tells of one and the other, but gives only one number: "one is in kinder and the other is 3". Twins have one age.
    """
    said = f" {normalize(text)} "
    for entry in lexicon.stated["two"]:
        said = said.replace(f" {entry} ", "  ")
    ages = [int(word) for word in said.split() if word.isdecimal() and int(word) in SCHOOL_AGES]
    apart = len(ages) == 1 and not has_entry(normalize(text), lexicon.stated["two"])
    return [] if apart else ages


def about_another_child(text: str, lexicon: Lexicon) -> str:
    """Return the part of a text about another child of the parent, with that child's age, or "": "also my 10 yr old keeps ..."."""
    words = text.split()
    if not SHORTEST_OPENER <= len(words) <= LONGEST_OF_ANOTHER:
        return ""
    said = normalize(text)
    opens = next((entry for entry in lexicon.another if f" {entry} " in f" {said} "), "")
    before, _, rest = f" {said} ".partition(f" {opens} ") if opens else ("", "", "")
    stated, near = lexicon.stated, rest.split()[: OWN_WITHIN + 1]
    happened = stated["past"].intersection(said.split()) or lexicon.negation.intersection(before.split())
    if happened or stated["own"].isdisjoint(near) or age_in_years(rest.strip(), lexicon) is None:
        return ""  # "no but my other son was tested at 6"
    return rest.strip()


def before_another_child(text: str, lexicon: Lexicon) -> str:
    """Return the words of a text before those about another child, or "": "no", of "no but my other son is 12 and they tested him"."""
    words = normalize(text).split()
    at = next((at for at, word in enumerate(words) if word in lexicon.contrast), 0)
    clause = normalize(CLAUSES.split(text.lstrip(" ,;.\n"))[0]).split()
    at = min(at or len(words), len(clause))
    return " ".join(words[:at]) if has_entry(" ".join(words[at:]), lexicon.another) else ""


def leading_age(text: str, lexicon: Lexicon) -> int | None:
    """Return the age that a text opens with: "4 and not in school yet". Use it only where no numbered choices were offered."""
    words = normalize(text).split()
    if len(words) < SHORTEST_WITH_AGE or words[1] not in lexicon.stated["joins"] or words[2].isdecimal():
        return None
    return int(words[0]) if words[0].isdecimal() and int(words[0]) in SCHOOL_AGES else None


def listed_facts(text: str) -> tuple[str, ...]:
    """Return the parts of a text that is a list of short facts: "5th grade, no plan, not suspended"; () of any other."""
    parts = tuple(part for each in CLAUSES.split(text) if (part := each.strip()))
    short = all(len(part.split()) <= LONGEST_FACT for part in parts)
    return parts if len(parts) >= FEWEST_FACTS and short else ()
