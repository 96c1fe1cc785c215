"""Joins texts of a word or two that are sent one after another: "my", "son", "cant", "read".

Rule 1: only the numbers of public-list words (flows/model/words.txt) are remembered: no name, nothing rare,
        at most LONGEST_TAIL of them, for JOINED_WITHIN. Calls remember nothing.
Rule 2: the texts are read together only if the last one alone means nothing. All of them are checked for
        danger; other intents are read only in those since one was acted on: "no" was an answer, and
        "quiero" after it is not part of one.
Rule 3: joined texts give no STOP and no other command: those are sent alone.
"""

from __future__ import annotations

from hotline.conversation.engine.interpret import only_answers, read_choice
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.events import Channel, Erase, StopAll
from hotline.conversation.model.session import JOINED_WITHIN
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known

LONGEST_PIECE = 2
"""The most words of a text that may be part of a longer one."""

LONGEST_TAIL = 14
"""The most words remembered: about a sentence."""

ACTED_UPON = "0"
"""Marks a text in the tail that was acted on: no word has this number."""


def joined(builder: TurnBuilder, reading: Reading) -> Reading | None:
    """Return the reading of the recent short texts together with this one, or None if it stands alone."""
    question = builder.question()
    if not _is_piece(builder, reading) or (question and only_answers(builder, question, reading)):
        return None
    if reading.by == "rule" or reading.danger is Danger.ALARM:
        return None
    remembered = _remembered(builder)
    if not any(remembered):
        return None
    reader, last = builder.book.reader, reading.cleaned.said
    together = reader.read(" ".join([*(word for word in remembered if word), last]))
    if together.danger is Danger.ALARM:
        return together
    if reading.danger is not Danger.NONE or together.danger is Danger.ASK:
        return together if reading.danger is Danger.NONE else None
    since = remembered[len(remembered) - remembered[::-1].index("") :] if "" in remembered else remembered
    if not since:
        return None
    together = reader.read(" ".join([*since, last]))
    if together.by == "rule" or together.intent in (*reader.roles.by_rule_alone, Known.STOP_UNCLEAR):
        return None
    answers = question is not None and read_choice(builder, question, together) is not None
    return together if together.intent is not None or answers else None


def remember(builder: TurnBuilder, reading: Reading) -> None:
    """Store the numbers of a short text's words for the next turn, unless it ended the conversation."""
    ended = any(isinstance(effect, Erase | StopAll) for effect in builder.effects)
    if ended or not _is_piece(builder, reading):
        return
    reader = builder.book.reader
    places = [str(reader.places[word]) for word in _words(reading) if word in reader.places]
    before = builder.start.tail.split() if _is_fresh(builder) else []
    acted_upon = builder.answered or reading.intent is not None
    tail = [*before, *places, *([ACTED_UPON] if acted_upon and places else [])]
    builder.tail = " ".join(tail[-LONGEST_TAIL:])


def _is_piece(builder: TurnBuilder, reading: Reading) -> bool:
    words = _words(reading)
    return (
        builder.event.channel is Channel.SMS
        and 1 <= len(words) <= LONGEST_PIECE
        and all(word.isalpha() for word in words)
    )


def _is_fresh(builder: TurnBuilder) -> bool:
    seen = builder.start.seen
    return seen is not None and builder.event.at - seen <= JOINED_WITHIN


def _remembered(builder: TurnBuilder) -> list[str]:
    """Return the words of the unexpired tail, with "" after those already acted on."""
    public = builder.book.reader.public
    places = [int(place) for place in builder.start.tail.split()] if _is_fresh(builder) else []
    return [public[place - 1] if place else "" for place in places if place <= len(public)]


def _words(reading: Reading) -> list[str]:
    return reading.cleaned.said.split()
