"""What the desk shows: who waits, the figures of the day, and whether the line is well; in words for staff.

Rule 1: a number is unsealed here, for the page, and put nowhere else.
Rule 2: nothing here changes anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hotline.config.settings import as_written
from hotline.conversation.book.states import Book, Question
from hotline.store.keys import Secrets
from hotline.store.requests import Request
from hotline.web.desk import words

HOW: Final = {"sms": "by text", "voice": "in a call"}

WELL: Final = "ok"
"""What a check of /status says when nothing is wrong."""

CHECKED: Final = {
    "settings": "The settings are meant as they stand",
    "webhooks": "The line hears texts and calls",
    "redis": "The store answers",
    "persistence": "What parents answer survives a crash",
    "memory": "Nothing is pushed out of the store",
    "queue": "What is due can be handed out",
    "clock": "The clock runs",
    "worker": "Texts are sent",
    "followups": "Reminders leave on time",
    "carrier": "The carrier takes our texts",
    "inbox": "Nothing that parents sent was missed",
    "replies": "Our replies reach parents",
    "records": "Everything that is kept can be read",
    "notify": "The notices that a parent waits arrive, if you set any up",
    "waiting": "Nobody has waited for longer than a working day",
    "spending": "Texts are within the day's budget",
    "flows": "The newest words are in use",
    "password": "The store asks for a password",
    "review": "The law in our words was reviewed in time",
}
"""What it means for the line that a check of /status is well."""

FIGURES: Final = (
    ("Conversations begun by text", ("text_opened",)),
    ("Calls", ("call_opened",)),
    ("Words of danger", ("word.crisis", "word.abuse")),
    ("Asked for a person", ("word.human",)),
    ("Not understood", ("miss",)),
    ("Texts stopped", ("stop",)),
    ("Texts that carriers filtered out", ("carrier.30007", "reply.lost.30007")),
)
"""What is counted each day, and the figures of the store that it is made of."""

OUTCOMES: Final = {
    "OUT-IEP": "An IEP evaluation",
    "OUT-504": "A 504 evaluation",
    "OUT-BOTH": "An evaluation for both, an IEP and a 504",
    "OUT-SUP": "Help in class first",
    "OUT-REV504": "A 504 to be looked at again",
    "OUT-REVIEP": "An IEP to be looked at again",
    "OUT-DISC": "Suspended or sent home",
    "OUT-EI": "Early intervention, under 3",
    "OUT-PREK": "A preschool evaluation, 3 to 5",
    "OUT-PRIV": "In a private school, besides",
    "OUT-HOME": "Home schooled, besides",
    "OUT-COLLEGE": "College",
}
"""What the desk calls an outcome; one that a center added itself goes by its id."""

OUTCOME: Final = "outcome."
"""Before the id of an outcome, in a figure's name."""


@dataclass(frozen=True, slots=True)
class Card:
    """One request as it is shown. `number` is "" for a hidden one, None when it cannot be read."""

    request: Request
    number: str | None
    written: str
    language: str
    how: str
    when: str
    asked: str
    us_state: str


@dataclass(frozen=True, slots=True)
class Cards:
    """Puts requests into words."""

    book: Book
    secrets: Secrets

    def card(self, request: Request) -> Card:
        """A request as it is shown, in the language of whoever asks for the page."""
        number = self.secrets.unseal(request.sealed) if request.sealed else ""
        place = self.book.places.states.get(request.us_state)
        return Card(
            request=request,
            number=number,
            written=as_written(number or ""),
            language=words.language_name(request.language),
            how=words.gettext(HOW.get(request.channel, request.channel)),
            when=words.gettext(self._good_time(request.when)) if request.when else "",
            asked=words.written_moment(request.at),
            us_state=place.name if place else request.us_state,
        )

    def _good_time(self, name: str) -> str:
        """The choice of this name, in English, as parents read it; the name itself where it is no more."""
        questions = (state for state in self.book.states.values() if isinstance(state, Question))
        choices = (choice for question in questions if question.calls_back for choice in question.choices)
        return next((choice.text for choice in choices if choice.name == name), name.replace("_", " "))


def figures_of(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    """The figures of a day, each with what it is called."""
    return [(label, sum(counted.get(name, 0) for name in names)) for label, names in FIGURES]


def outcomes_of(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    """How many reached each outcome, the most frequent first."""
    found = Counter({n.removeprefix(OUTCOME): count for n, count in counted.items() if n.startswith(OUTCOME)})
    return [(OUTCOMES.get(id, id), count) for id, count in found.most_common()]


def problems_in(checks: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each check of /status in plain words, with what is wrong, "" where nothing is."""
    return [(CHECKED.get(name, name), "" if state == WELL else state) for name, state in checks.items()]
