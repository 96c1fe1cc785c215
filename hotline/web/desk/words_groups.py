"""The texts in groups that a director knows, in place of the order of the files.

Rule: every text is in one group. A file that no group names is in the last one, so nothing is ever missing from the page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Role
from hotline.web.desk.words_state import TextRow, Words

DANGER: Final = "Danger and abuse"
LETTERS: Final = "Letters"
OTHER: Final = "Other texts"

GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "The first text, the menu, HELP and STOP": ("hotline",),
    DANGER: (),
    "The first questions, and what they lead to": ("screening",),
    "Calls, and a person": ("people",),
    "Reminders": ("reminders",),
    "Next steps, and what the school answered": ("next_steps",),
    LETTERS: ("letter_for_you", "letters"),
    "Meetings, and days out of school": ("meetings", "days_out"),
    "Questions that parents ask": ("faq",),
    "504 Plans and IEPs": ("plans",),
    "Rights and complaints": ("rights", "complaint_clock"),
    "What a school says, and what to answer": ("objections",),
    "Sentences said aloud for a parent": ("speak_for_me",),
    "Words on school papers": ("glossary",),
    "The parent's state, and dates": ("places",),
    "Teachers, relatives, and other languages": ("who_writes",),
    "The privacy page and the terms": ("pages",),
    OTHER: (),
}
"""The label of each group, in the order of the page, and the files whose texts are in it."""

_OF_FILE: Final = {file: label for label, files in GROUPS.items() for file in files}

ABOUT_DANGER: Final = frozenset(
    {
        *(Role.DANGER, Role.DANGER_STILL, Role.AFTER_DANGER, Role.ABUSE, Role.ABUSE_STILL, Role.AFTER_ABUSE),
        *(Role.HELP_IS_THERE, Role.SAFE_TO_GO_ON, Role.SAFETY_CHECK, Role.SAFETY_MEANT),
        *(Role.NOT_ALONE, Role.SAFE_WORDS, Role.STOPPED_IN_DANGER),
    }
)
"""States that speak to a parent in danger, besides those of each class of danger."""


@dataclass
class Listed:
    """A text, and what belongs to it: the choices of a question, or what is said instead."""

    row: TextRow
    parts: list[TextRow] = field(default_factory=list)


@dataclass
class Group:
    """A group: its untranslated label, its texts, and how many there are with their parts."""

    label: str
    listed: list[Listed] = field(default_factory=list)
    texts: int = 0


def groups(now: Words) -> list[Group]:
    """Return the groups that have texts, in the order of the page; the texts in the order of the flows."""
    found = {label: Group(label) for label in GROUPS}
    last = ""
    for row in now.rows.values():
        group, owner = found[group_of(now.book, row)], row.state
        group.texts += 1
        if owner and owner == last and group.listed:
            group.listed[-1].parts.append(row)
        else:
            group.listed.append(Listed(row))
        last = owner
    return [group for group in found.values() if group.listed]


def group_of(book: Book, row: TextRow) -> str:
    """Return the label of a text's group."""
    file = row.id.split(".")[0]
    if row.state in ABOUT_DANGER or row.state in book.safety.values():
        return DANGER
    if file == "next_steps" and "letter" in row.state:
        return LETTERS
    return _OF_FILE.get(file, OTHER)
