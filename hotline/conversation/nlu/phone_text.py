"""Find what phones and mail programs write around a text: reactions, mail headers, quoted lines.

Rule 1: the words stand in `flows/lexicon` ([reactions] and [mail]); here is only how they are put together.
Rule 2: linear: each pattern is bounded, and is tried where a line begins.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

OPEN, CLOSE = "\"“„«‘'", "\"”“»’'"
MARKS = "\u200b\u200a\u200c\u200d\ufeff\u2060 "
ANYTHING, ONE_SIGN = "...", "*"
"""Wildcards in an entry: for anything, and for one emoji or word."""

PARTS_OF_A_MESSAGE = r"\(con'?t\)(?: \d+ of \d+)?|\(end\)"
"""How a carrier's gateway numbers the parts of a long mail."""

GATEWAY = re.compile(
    r"^\s{0,8}(?:frm:\S{1,80}\s{1,8})?(?:subj:[^\n]{0,200}\n)?\s{0,8}msg:\s{0,8}", re.IGNORECASE
)
"""How a carrier's mail gateway begins a text: FRM:address, SUBJ:, MSG:."""

NOTHING = r"(?!)"


def plain_letters(text: str) -> str:
    """Return `text` in small letters without accents, each character in its place."""
    if text.isascii():
        return text.lower()
    return "".join(unicodedata.normalize("NFKD", c)[0].lower()[:1] or c for c in text)


def _any_of(entries: Iterable[str]) -> str:
    """Return the pattern of any of the entries, the longest first."""
    found = (_pattern(entry) for entry in sorted(entries, key=lambda entry: (-len(entry), entry)))
    return "|".join(found) or NOTHING


def _pattern(entry: str) -> str:
    written = {ANYTHING: r".{0,60}", ONE_SIGN: r"\S{1,16}"}
    return r"\s".join(written.get(part) or re.escape(part) for part in plain_letters(entry).split())


@dataclass(frozen=True, slots=True)
class PhoneText:
    """The patterns of what phones and mail programs write, in the words of all languages."""

    reaction: re.Pattern[str]
    """`quoted` is the text that it is about, `rest` what the sender wrote after it."""
    emoji_reaction: re.Pattern[str]
    """The form of Google Messages: the emoji, "to", and what it is about in quotes."""
    header: re.Pattern[str]
    """A line that a mail gateway or a mail program added, or quoted."""

    @classmethod
    def of(cls, reactions: Mapping[str, Iterable[str]], mail: Mapping[str, Iterable[str]]) -> Self:
        """Return the patterns of the entries of [reactions] and [mail]."""
        quote = rf"[{OPEN}](?P<quoted>.*)[{CLOSE}][{MARKS}.]*(?P<rest>.*)"
        verbs, objects, about = (_any_of(reactions[part]) for part in ("verbs", "objects", "about"))
        fields, lines, wrote, sent = (_any_of(mail[part]) for part in ("fields", "lines", "wrote", "sent"))
        return cls(
            re.compile(rf"^[{MARKS}]*(?:{verbs})\s*[:,]?[{MARKS}]*(?:{quote}|(?:{objects})\.?)$", re.DOTALL),
            re.compile(
                rf"^[{MARKS}]{{0,8}}[^\w\s{OPEN}]{{1,16}}[{MARKS}]{{0,8}}(?:{about})\s+[{MARKS}]*{quote}$",
                re.DOTALL,
            ),
            re.compile(
                rf"^\s*(?:(?:{fields})\s*:.*|-{{2,}}\s*(?:{lines})\s*-*|(?:{wrote}):|(?:{sent})"
                rf"|{PARTS_OF_A_MESSAGE}|>.*)\s*$"
            ),
        )

    def after_reaction(self, text: str) -> str | None:
        """Return what the sender wrote after a reaction; None if the text is not a reaction."""
        plain = plain_letters(text)
        found = self.reaction.match(plain) or self.emoji_reaction.match(plain)
        if not found:
            return None
        at = found.start("rest") if "rest" in found.groupdict() and found["rest"] else len(text)
        return text[at:].strip()

    def is_header(self, line: str) -> bool:
        """Return whether a mail program, and not the sender, wrote this line."""
        return bool(self.header.match(plain_letters(line)))
