"""A person's position in the flows, read from the service's data.

Rule: nothing about a person is written. The session, records and book are the service's own, with the words that
      were published at the desk.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from devtools.twilio_sim.errors import REFUSALS, UNDELIVERED
from hotline.config.settings import Settings
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Fork, Question, State, Statement
from hotline.conversation.book.texts import offered, state_of, text_id, wording
from hotline.conversation.model.events import Channel
from hotline.conversation.model.session import Session
from hotline.store.followup_record import kind_of
from hotline.web.service import Service

NO_EVENT = ""
"""An id that no event has: loading it gives the person's current session."""

UNFINISHED = ("waiting", "claimed", "sent")


@dataclass(frozen=True, slots=True)
class Found:
    """The service's data about one person."""

    session: Session
    records: dict[str, dict[str, Any]]


class Whereabouts:
    """Reads the service's store and book. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        """Open the service on first use, because reading the book takes seconds."""
        self._settings = settings
        self._opened: Service | None = None
        self._opening = threading.Lock()

    def find(self, caller: str, now: datetime) -> Found:
        """Return the data of a caller: a number, or the call id if hidden. Raises StoreBusy and FlowError."""
        service = self._service()
        who = service.secrets.who(caller)
        return Found(service.turns.load(who, NO_EVENT, now).session, service.followups.records(who))

    def shown(self, found: Found, language: str) -> dict[str, Any]:
        """Return the data for the page, in `language` where the book has it. Raises FlowError."""
        book = self._service().versions.for_session(found.session)
        return {
            "language": found.session.language,
            "texting": found.session.texting.value,
            "here": _place(book, found.session, language),
            "answers": list(_answers(book, found.session, language)),
            "records": _records(book, found, language, self._settings),
        }

    def _service(self) -> Service:
        with self._opening:
            if self._opened is None:
                self._opened = Service(self._settings)
            return self._opened


def _place(book: Book, session: Session, language: str) -> dict[str, Any] | None:
    name = here(book, session)
    if not name:
        return None
    state = book.states[name]
    return {
        "name": name,
        "file": state.file,
        "words": _words(book, state, language),
        "rests": session.state != name,
        "aside_of": session.paused,
        "ways": list(_ways(book, state, language)),
    }


def here(book: Book, session: Session) -> str:
    """Return a person's current state: the pending question, else the last statement; "" if neither exists."""
    if session.state in book.states:
        return session.state
    last = state_of(session.last[-1].text) if session.last else ""
    return last if last in book.states else ""


def _words(book: Book, state: State, language: str) -> str:
    return "" if isinstance(state, Fork) else wording(book, language, Channel.SMS, text_id(state))


def _ways(book: Book, state: State, language: str) -> Iterator[dict[str, str]]:
    """Yield the choices of a question, each with its target state."""
    if isinstance(state, Question):
        for choice in offered(book, language, state.name):
            yield {"words": choice.text, "to": choice.go}


def _answers(book: Book, session: Session, language: str) -> Iterator[dict[str, str]]:
    """Yield the choices made in this screening, the outcomes reached, and the slot values."""
    for answer in reversed(session.screening):
        state = book.states.get(answer.state)
        if isinstance(state, Statement):
            yield {
                "state": answer.state,
                "asked": _words(book, state, language),
                "outcome": state.outcome.id if state.outcome else "",
            }
        elif isinstance(state, Question):
            chosen = (c.text for c in offered(book, language, state.name) if c.name == answer.choice)
            asked, answered = _words(book, state, language), next(chosen, answer.choice)
            yield {"state": answer.state, "asked": asked, "answered": answered}
    for name, value in session.known:
        state = book.states.get(name)
        yield {"state": name, "asked": _words(book, state, language) if state else "", "answered": value}


def _records(book: Book, found: Found, language: str, settings: Settings) -> list[dict[str, Any]]:
    """Return the follow-ups, unfinished ones first, each group by due date."""
    rows = sorted(found.records.items(), key=lambda row: (row[1]["state"] not in UNFINISHED, row[1]["due"]))
    return [_record(book, id, record, language, settings) for id, record in rows]


def _record(book: Book, id: str, record: dict[str, Any], language: str, settings: Settings) -> dict[str, Any]:
    state = book.states.get(record.get("reminder", ""))
    due = datetime.fromtimestamp(record["due"], settings.time_zone)
    return {
        "reminder": called(id, record),
        "words": _words(book, state, language) if state else "",
        "state": record["state"],
        "due": due.isoformat(timespec="seconds"),
        "attempts": record["attempts"],
        "reason": record.get("reason", ""),
        "why": _why(record.get("reason", "")),
    }


def called(id: str, record: dict[str, Any]) -> str:
    """Return a record's name: its reminder, or else its kind."""
    return str(record.get("reminder") or kind_of(id).value)


def _why(reason: str) -> str:
    """Return Twilio's description of an error code; "" if the reason is not a known code."""
    code = int(reason) if reason.isdecimal() else 0
    return UNDELIVERED.get(code, ("", ""))[1] or REFUSALS.get(code, (0, ""))[1]
