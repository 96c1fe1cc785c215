"""What the center is told when a parent waits: how many, in which languages, and where the desk is.

Rule: nothing of a parent. A notice passes mail servers, carriers and other people's screens; who it is stands on the desk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from babel import Locale, UnknownLocaleError

from hotline.store.notices import Occasion
from hotline.store.requests import Request


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. `languages` counts the parents of each language, by its code."""

    hotline: str
    occasion: Occasion
    languages: tuple[tuple[str, int], ...]
    desk: str

    @property
    def count(self) -> int:
        """How many parents wait."""
        return sum(count for _, count in self.languages)

    @property
    def happened(self) -> str:
        """Such as "2 parents wait"."""
        one = self.count == 1
        match self.occasion:
            case Occasion.NEW:
                return "1 parent waits" if one else f"{self.count} parents wait"
            case Occasion.WAITED:
                who = "1 parent has" if one else f"{self.count} parents have"
                return f"{who} waited one working day"

    @property
    def text(self) -> str:
        """Such as "3 parents wait: 2 in Spanish, 1 in English. Desk: https://hotline.example.org/desk"."""
        if self.count == 1:
            languages = f", in {_name(self.languages[0][0])}"
        else:
            languages = ": " + ", ".join(f"{count} in {_name(code)}" for code, count in self.languages)
        return f"{self.happened}{languages}. Desk: {self.desk}"

    @property
    def subject(self) -> str:
        """The subject of an email."""
        return f"{self.hotline}: {self.happened}"

    @property
    def posted(self) -> dict[str, str | int | dict[str, int]]:
        """What a webhook gets, as JSON. Chat services show `text`."""
        return {
            "event": f"requests_{self.occasion}",
            "count": self.count,
            "languages": dict(self.languages),
            "text": self.text,
            "desk": self.desk,
        }


def notice_of(hotline: str, occasion: Occasion, requests: Iterable[Request], desk: str) -> Notice:
    """The notice of these requests."""
    languages = Counter(request.language for request in requests)
    return Notice(hotline, occasion, tuple(languages.most_common()), desk)


def _name(code: str) -> str:
    try:
        return Locale.parse(code).get_display_name("en") or code
    except (UnknownLocaleError, ValueError):
        return "another language"
