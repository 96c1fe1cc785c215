"""Reads what a few words say about danger: nobody is in any, someone is, it was before, or help is there.

Rule 1: only a text all of whose words are known is read so; the classifier reads every other.
Rule 2: order counts. "No one is safe" and "nobody in danger but me" say that someone is in danger, and what says so is
        looked for first.
Rule 3: each word is replaced by the letter of its list (LETTERS), and the letters are matched: "nobody is hurt" is "nah".
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

IN_DANGER = re.compile(
    "|".join(
        (
            r"n[av]*[wl]",  # "no one is safe"
            r"d[apsv]*[wl]",  # "she isnt ok"
            r"ov+[wl]|ol",  # "no esta bien"
            r"(?:^|[nocwlh][apsv]*)e[av]*[ps][apsv]*d?$",  # "nobody but me", "im safe but she isnt"
            r"^[oca]*[ps][apsv]*h[apsv]*$",  # "he is hurt"
            r"^[ca]*v[apsv]*h[apsv]*$|^a*ha*$",  # "hay peligro", "yes hurt"
            r"[wh][av]*[ps][apsv]*d$",  # "im ok he isnt"
            r"[do][av]*h[av]*[ps]+[av]+$",  # "im not hurt he is"
            r"^a*[ps]+o[av]*[ps][apsv]*$",  # "a mi no a mi hija"
        )
    )
)

WELL = "[apsv]*[psv][apsv]*{}[av]*"
UNHURT = "[apsv]*(?:(?:[od][av]*)?[ond][av]*h[av]*|n[av]*hp*)"
NO = "(?:[co]+(?=[psond])|c+)?"
SAFE = re.compile(f"{NO}(?:{WELL.format('w')}|{UNHURT})+")
UNHURT_ONLY = re.compile(f"{NO}(?:{UNHURT})+")
THERE = re.compile(f"{NO}(?:{WELL.format('[wl]')}|{UNHURT})+")
BEFORE = re.compile("[apsvr]*r[apsvr]*|.*[wh][av]*s[apsv]*")
HELPED = re.compile(f"{NO}[apsvlwgzktmqru]*")
HELP = re.compile("(?:^|[^ps])k(?!a*[psg]+a*$)|k[aps]*[zt]|[psv][apsvu]*t|[zt][av]*[lm]|q|w.*g|g.*w")
"""After danger: "i called", and not "i called her uncle"; "she called 911", "hes in the hospital", "police came", "hes safe now, grandma is with him"."""


class Safety(StrEnum):
    """What a text says about danger."""

    SAFE = "safe"
    UNHURT = "unhurt"
    """The same, and it names the danger: "nobody is hurt". It is no danger wherever it is said."""
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
        without = said.replace("f", "")
        for pattern, safety in MEANINGS:
            if pattern.fullmatch(without):
                return safety if said == without else Safety.UNCLEAR
        if HELPED.fullmatch(said) is None:
            return None
        beside = "g" in said and "k" not in said  # not "hablé con él"
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
        return f"c{said[1:]}" if said[:1] == "o" and PAUSED.match(text) else said


PAUSED = re.compile(r"^\s*\w+\s*[,.;:!\n–—-]")
"""A first word with a pause after it: "no, esta bien"."""

MEANINGS: Final = (
    (UNHURT_ONLY, Safety.UNHURT),
    (SAFE, Safety.SAFE),
    (THERE, Safety.THERE),
    (BEFORE, Safety.UNCLEAR),
)
