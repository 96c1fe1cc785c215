"""Show how a text is interpreted, and why: `hotline understand`.

Rule 1: it uses the same book and functions as the service; nothing is decided here.
Rule 2: it uses only its arguments and stores nothing.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question
from hotline.conversation.engine.interpret import read_choice, reading_of, value_of
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.events import Channel, Event, EventKind
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.language import language_of
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known

COLUMNS = ("text", "lang", "place", "intent")
"""The columns of a file of texts; only the first is required."""


@dataclass(frozen=True, slots=True)
class Understood:
    """The interpretation of one text at one place."""

    text: str
    language: str
    reading: Reading
    choice: str | None = None
    error: str = ""
    intent: str | None = None
    """The topic of what is acted on, or else the likeliest one to ask about, danger first; or None."""
    asks: tuple[str, ...] = ()
    """The topics that are asked about."""

    def as_json(self) -> str:
        """Return one line of JSON: text, lang, intent, choice, sure, asks, danger.

        Add `error` if the place is not a question.
        """
        reading = self.reading
        row = {
            "text": self.text,
            "lang": self.language,
            "intent": self.intent,
            "choice": self.choice,
            "sure": round(max(reading.sure, reading.danger_sure if reading.danger is Danger.ALARM else 0), 3),
            "asks": list(self.asks),
            "danger": reading.danger.value if reading.danger in (Danger.ASK, Danger.ALARM) else "none",
        }
        return json.dumps(row | ({"error": self.error} if self.error else {}), ensure_ascii=False)


def understand(book: Book, text: str, language: str = "", place: str = "") -> Understood:
    """Return the interpretation of `text` as an answer to the question `place`; "" for no question.

    Detect the language if `language` is not one of the book's.
    """
    said = language
    if language not in book.languages:
        said = language_of(text, book.languages, book.reader.lexicon, book.own_words)
    event = Event("understand", datetime.now(UTC), Channel.SMS, EventKind.SAID, text)
    builder = TurnBuilder(book, event, Session(state=place, language=said))
    reading = reading_of(builder, text)
    asks = (Known.STOP,) if reading.intent == Known.STOP_UNCLEAR else reading.asks
    topics = tuple(book.reader.topic_of(name, reading) for name in asks)
    acted_on = reading.acted_on
    intent = book.reader.topic_of(acted_on, reading) if acted_on else next(iter(topics), None)
    understood = partial(Understood, text, said, reading, intent=intent, asks=topics)
    if not place:
        return understood()
    question = book.states.get(place)
    if not isinstance(question, Question):
        return understood(error=f"{place!r} is not a question in these flows")
    choice = read_choice(builder, question, reading)
    return understood(choice=choice.name if choice else value_of(builder, question, text))


def understand_file(book: Book, content: str) -> Iterator[Understood]:
    """Yield the interpretation of each row of a tab-separated file.

    A header may name the columns text, lang, place, intent. Without one, the columns are text and lang.
    Raise ValueError if rows without a header have more than two columns.
    """
    lines = list(csv.reader(io.StringIO(content), delimiter="\t", quoting=csv.QUOTE_NONE))
    names: list[str] = list(COLUMNS[:2])
    if lines and "text" in lines[0]:
        names, lines = lines[0], lines[1:]
    elif lines and len(lines[0]) > len(names):
        raise ValueError("more than two columns need a header that names them: text, lang, place, intent")
    for line in lines:
        if not line:
            continue
        row = dict(zip(names, line, strict=False))
        yield understand(book, row.get("text", ""), row.get("lang", ""), row.get("place", ""))


def explained(understood: Understood) -> str:
    """Return a readable report: the parts removed, the danger, the intents, and their probabilities."""
    reading = understood.reading
    lines = [f"text       {understood.text!r} ({understood.language})"]
    if reading.cleaned.reaction:
        return "\n".join([*lines, "cut        all of it: a reaction is not a turn and gets no answer"])
    lines.append(
        f"cut        {', '.join(reading.cleaned.cut) or 'nothing'}; read as {reading.cleaned.core!r}"
    )
    danger = reading.danger.value
    if reading.danger in (Danger.ASK, Danger.ALARM):
        danger += f" ({reading.danger_class}), by {reading.danger_by}"
    lines.append(f"danger     {danger}; {reading.danger_sure:.0%} likely")
    if reading.asks:
        lines.append(f"intent     asked about: {', '.join(reading.asks)}")
    else:
        of = f" ({understood.intent})" if reading.intent and understood.intent != reading.intent else ""
        lines.append(
            f"intent     {reading.intent or 'none'}{of}, by {reading.by or 'nothing'}, {reading.sure:.0%} sure"
        )
    if reading.ranked:
        lines.append("likeliest  " + ", ".join(f"{name} {p:.0%}" for name, p in reading.ranked))
    if understood.choice or understood.error:
        lines.append(f"answer     {understood.choice or understood.error}")
    return "\n".join(lines)
