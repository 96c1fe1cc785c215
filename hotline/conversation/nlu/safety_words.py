"""Reads what a few words say about danger: nobody is in any, someone is, it was before, or help is there.

Rule 1: this reads only texts whose words are all known; the classifier reads the others.
Rule 2: order counts. "No one is safe" and "nobody in danger but me" say that someone is in danger, and what says so is
        looked for first.
Rule 3: a pattern is a regular expression over words, each written as the name of its list: "nobody is* hurt". To match it,
        each word of a text becomes the letter of its list (LETTERS), and so does each name in a pattern.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.said import entry_at

LETTERS: Final = {
    "people": "p",
    "subjects": "s",
    "being": "v",
    "around": "a",
    "no": "o",
    "well": "w",
    "there": "l",
    "nobody": "n",
    "denies": "d",
    "hurt": "h",
    "excepts": "e",
    "for_now": "f",
    "before": "r",
    "called": "k",
    "helpers": "z",
    "places": "t",
    "came": "m",
    "moved": "u",
    "helped": "q",
    "beside": "g",
}
"""The lists of [safety] in a lexicon, each with its letter. "-" stands for any other word."""

SCHOOL = "school"
"""The list of [safety] with the words that only an answer about school has."""

SAFETY_PARTS: Final = (*LETTERS, SCHOOL)

LONGEST = 12
"""The most words that are read so."""

NUMBER = "a"
"""The letter of a number: "2 days ago"."""

PAUSE = "c"
"""The letter of a no with a pause after it: "no, esta bien"."""

NAMES: Final = LETTERS | {"pause": PAUSE, "is": "[av]", "fine": "[wl]", "who": "[ps]", "any": "[apsv]"}
"""What a pattern may name: a list of [safety], or one of several: `is` for `around` and `being`, `any` for these and `who`."""


def _over_lists(*patterns: str) -> re.Pattern[str]:
    """Return a regular expression over letters that matches where one of some patterns over lists does (Rule 3)."""
    lettered = re.sub(r"[a-z_]+", lambda name: NAMES[name[0]], "|".join(patterns))
    return re.compile(lettered.replace(" ", ""))


IN_DANGER = _over_lists(
    "nobody is* fine",  # "no one is safe"
    "denies any* fine",  # "she isnt ok"
    "no being+ fine | no there",  # "no esta bien"
    "(?: ^ | [nobody no pause well there hurt] any*) excepts is* who any* denies? $",  # "nobody but me"
    "^ [no pause around]* who any* hurt any* $",  # "he is hurt"
    "^ [pause around]* being any* hurt any* $ | ^ around* hurt around* $",  # "hay peligro", "yes hurt"
    "[well hurt] is* who any* denies $",  # "im ok he isnt"
    "[denies no] is* hurt is* who+ is+ $",  # "im not hurt he is"
    "^ around* who+ no is* who any* $",  # "a mi no a mi hija"
)

NO = "(?: [pause no]+ (?= [people subjects no nobody denies]) | pause+ )?"
IS_WELL = "any* [people subjects being] any* {} is*"
NOT_HURT = "any* (?: (?: [no denies] is*)? [no nobody denies] is* hurt is* | nobody is* hurt people* )"
UNHURT_ONLY = _over_lists(f"{NO} (?: {NOT_HURT} )+")
SAFE = _over_lists(f"{NO} (?: {IS_WELL.format('well')} | {NOT_HURT} )+")
THERE = _over_lists(f"{NO} (?: {IS_WELL.format('fine')} | {NOT_HURT} )+")
BEFORE = _over_lists(
    "[around people subjects being before]* before [around people subjects being before]*",
    ".* [well hurt] is* subjects any*",
)
HELPED = _over_lists(
    f"{NO} [around people subjects being there well beside helpers called places came helped before moved]*"
)
HELP = _over_lists(
    "(?: ^ | [^people subjects]) called (?! around* [people subjects beside]+ around* $)",  # no "i called her uncle"
    "called [around people subjects]* [helpers places]",  # "she called 911"
    "[people subjects being] [around people subjects being moved]* places",  # "hes in the hospital"
    "[helpers places] is* [there came]",  # "police came"
    "helped",
    "well .* beside | beside .* well",  # "hes safe now, grandma is with him"
)
"""What says after danger that help was called or is there."""


class Safety(StrEnum):
    """What a text says about danger."""

    SAFE = "safe"
    UNHURT = "unhurt"
    """The same, and it names the danger: "nobody is hurt". It is never danger, wherever it is said."""
    THERE = "there"
    """A child is back: good news of who was missing, and none of who is feared."""
    IN_DANGER = "in danger"
    UNCLEAR = "unclear"
    """It was before, is so for now, or another is named: "im fine its my son"."""
    HELPED = "helped"
    """Someone was called, or the child is where help is."""
    BESIDE = "beside"
    """Someone is with the child: good news only where nothing else means danger."""


@dataclass(frozen=True, slots=True)
class SafetyWords:
    """The [safety] tables of the lexicons, of all languages together."""

    letters: Mapping[str, str]
    """The letter of each entry."""
    longest: int
    school: frozenset[str]
    help: frozenset[str]

    @classmethod
    def of(cls, lists: Mapping[str, frozenset[str]]) -> Self:
        """Return the words of the lists of [safety]."""
        letters = {entry: letter for part, letter in LETTERS.items() for entry in sorted(lists[part])}
        return cls(
            letters,
            max((len(entry.split()) for entry in letters), default=0),
            lists[SCHOOL],
            lists["helpers"] | lists["places"],
        )

    def says(self, text: str) -> Safety | None:
        """Return what all words of a text say about danger, or None."""
        said = self._lettered(text)
        if not said or "-" in said:
            return None
        if IN_DANGER.search(said):
            return Safety.IN_DANGER
        without = said.replace(LETTERS["for_now"], "")
        for pattern, safety in MEANINGS:
            if pattern.fullmatch(without):
                return safety if said == without else Safety.UNCLEAR
        if HELPED.fullmatch(said) is None:
            return None
        beside = LETTERS["beside"] in said and LETTERS["called"] not in said  # not "hablé con él"
        return Safety.HELPED if HELP.search(said) else Safety.BESIDE if beside else None

    def is_about_school(self, text: str) -> bool:
        """Return whether a text has words that only an answer about school has, and none of help: "sent him to the er"."""
        words = normalize(text).split()
        return not self.school.isdisjoint(words) and self.help.isdisjoint(words)

    def _lettered(self, text: str) -> str:
        """Return the letter of each entry of a text, or "" if it asks or is long; a "no" before a pause is "c"."""
        words = normalize(text).split()
        if len(words) > LONGEST or "?" in text:
            return ""
        said, at = "", 0
        while at < len(words):
            length = entry_at(words, at, self.letters, self.longest) or 1
            entry = " ".join(words[at : at + length])
            said += self.letters.get(entry, NUMBER if entry.isdecimal() else "-")
            at += length
        return f"{PAUSE}{said[1:]}" if said[:1] == LETTERS["no"] and PAUSED.match(text) else said


PAUSED = re.compile(r"^\s*\w+\s*[,.;:!\n–—-]")
"""A first word with a pause after it: "no, esta bien"."""

MEANINGS: Final = (
    (UNHURT_ONLY, Safety.UNHURT),
    (SAFE, Safety.SAFE),
    (THERE, Safety.THERE),
    (BEFORE, Safety.UNCLEAR),
)
