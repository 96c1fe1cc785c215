"""Text of the notices to the center: how many parents wait, in which languages, and the desk's address.

Rule: no personal data. A notice passes through mail servers, carriers and shared screens; who is waiting is
        shown only on the desk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from babel import Locale, UnknownLocaleError

from hotline.conversation.model.events import ReachBy
from hotline.store.notices import Occasion
from hotline.store.requests import Request


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice.

    `languages` counts the parents by language: its code or, if we do not speak it, its name. `by_text` counts those who
    want a text and no call, `urgent` those with signs of danger.
    """

    hotline: str
    occasion: Occasion
    languages: tuple[tuple[str, int], ...]
    by_text: int
    urgent: int
    desk: str

    @property
    def count(self) -> int:
        """The number of parents who wait."""
        return sum(count for _, count in self.languages)

    @property
    def happened(self) -> str:
        """The event in a phrase, such as "2 parents wait"."""
        one = self.count == 1
        match self.occasion:
            case Occasion.NEW:
                return "1 parent waits" if one else f"{self.count} parents wait"
            case Occasion.WAITED:
                who = "1 parent has" if one else f"{self.count} parents have"
                return f"{who} waited one working day"

    @property
    def text(self) -> str:
        """The text, such as "1 parent waits, in Spanish. Desk: https://hotline.example.org/desk"."""
        if self.count == 1:
            languages = f", in {_name(self.languages[0][0])}"
        else:
            languages = ": " + ", ".join(f"{count} in {_name(code)}" for code, count in self.languages)
        wants = "1 wants" if self.by_text == 1 else f"{self.by_text} want"
        by_text = f" {wants} a text, no call." if self.by_text else ""
        danger = f" {self.urgent} may be in danger." if self.urgent else ""
        return f"{self.happened}{languages}.{danger}{by_text} Desk: {self.desk}"

    @property
    def subject(self) -> str:
        """The subject line of an email."""
        return f"{self.hotline}: {self.happened}"

    @property
    def posted(self) -> dict[str, str | int | dict[str, int]]:
        """The JSON payload for a webhook. Chat services show `text`."""
        return {
            "event": f"requests_{self.occasion}",
            "count": self.count,
            "languages": dict(self.languages),
            "by_text": self.by_text,
            "urgent": self.urgent,
            "text": self.text,
            "desk": self.desk,
        }


def notice_of(hotline: str, occasion: Occasion, requests: Iterable[Request], desk: str) -> Notice:
    """Return the notice for these requests."""
    found = list(requests)
    languages = Counter(request.tongue or request.language for request in found)
    by_text = sum(request.by is ReachBy.TEXT for request in found)
    urgent = sum(request.urgent for request in found)
    return Notice(hotline, occasion, tuple(languages.most_common()), by_text, urgent, desk)


def _name(code: str) -> str:
    try:
        return Locale.parse(code).get_display_name("en") or code
    except (UnknownLocaleError, ValueError):
        return "another language"
