"""Texts that were misread once: each row of cases.tsv is played to the engine, at its question or as a new person."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hotline.channels.twiml import is_number
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question
from hotline.conversation.book.texts import offered
from hotline.conversation.model.events import Channel, EventKind, StopAll, Tell
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.reader import Reading
from tests.conversation.talk import Talk

ROWS = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parent / "cases.tsv").read_text(encoding="utf-8").splitlines()[1:]
]


@dataclass(frozen=True)
class Played:
    """The result of one text."""

    book: Book
    talk: Talk
    before: Session
    reading: Reading

    @property
    def choice(self) -> str | None:
        """Return the choice recorded for the open question."""
        given = [a.choice for a in self.talk.session.answers if a.state == self.before.state]
        return given[-1] if given else None

    @property
    def safe(self) -> bool:
        """Check that nothing about danger was said or asked."""
        return not self.alarmed and "safety_check" not in (self.talk.asked, self.talk.session.state)

    @property
    def alarmed(self) -> bool:
        """Check that the full danger words were said."""
        return any(told.startswith(("danger", "abuse")) for told in self.talk.told)

    @property
    def asked_whether_safe(self) -> bool:
        """Check that the person was asked whether anyone is in danger."""
        return self.talk.session.state == "safety_check"

    @property
    def stays(self) -> bool:
        """Check that the open question stays open, with no answer recorded."""
        return self.talk.session.state == self.before.state and self.choice is None

    @property
    def silent(self) -> bool:
        """Check that nothing was said and the place did not change."""
        return self.talk.replies == () and self.talk.session.state == self.before.state

    def led_to(self, *intents: str) -> bool:
        """Check that a state of one of these intents was said, asked or offered, without an alarm."""
        states = {self.book.topics[intent] for intent in intents if intent in self.book.topics}
        gone = {self.talk.session.state, self.talk.asked, *self.talk.told}
        offered_now = set(self.reading.asks) & set(intents)
        return self.safe and (bool(states & gone) or bool(offered_now) or self.reading.intent in intents)


def play(book: Book, place: str, language: str, channel: str, text: str) -> Played:
    """Send the text at the question of that name, or as a new person."""
    session = Session(state=place, language=language) if place in book.states else Session()
    kind = EventKind.SPOKEN if channel == "voice" else EventKind.SAID
    talk = Talk(book, session)
    if channel == "voice":
        talk.session = Talk(book).call().session
        if place in book.states:
            talk.session = Session(state=place, language=language)
    before = talk.session
    reading = book.reader.read(text, book.ours.__contains__)
    return Played(book, talk.take(Channel(channel), kind, text), before, reading)


def said_by_us(book: Book, state: str) -> str:
    """Return the words of a state, as a phone quotes them."""
    texts = book.texts["en"]
    return " ".join(texts[f"{book.states[state].file}.{state}.text"])


def menu_of(book: Book, place: str) -> str:
    """Return the choices of a question as a phone copies them."""
    return "\n".join(f"{n}: {choice.text}" for n, choice in enumerate(offered(book, "en", place), 1))


Check = Callable[[Played], bool]

SCREENING: Check = lambda p: p.led_to("screen", "quiz")  # noqa: E731 - a table of claims reads best in lines
DANGER: Check = lambda p: p.alarmed  # noqa: E731
ASKED_OR_DANGER: Check = lambda p: p.alarmed or p.asked_whether_safe  # noqa: E731
OPTED_OUT: Check = lambda p: any(isinstance(effect, StopAll) for effect in p.talk.effects)  # noqa: E731
OTHER_TONGUE = {"other_tongue", "tongue_for_staff"}
"""What answers a language that we do not speak."""

RIGHT: dict[str, Check] = {
    "screening (a child's story)": SCREENING,
    "screening": SCREENING,
    "discipline or screening": lambda p: p.led_to("discipline", "screen"),
    "not understood, or screening": lambda p: (
        p.safe and (p.talk.asked is not None or p.reading.intent is None)
    ),
    "K-12 where age is asked; else screening": SCREENING,
    "danger": DANGER,
    "danger or asked whether safe": ASKED_OR_DANGER,
    "504 (past or possible, not now)": lambda p: p.safe,
    "hello, and the menu": lambda p: p.talk.told == ["greeting"] and p.talk.asked == "menu",
    "no young child, no school that said no": lambda p: (
        p.safe
        and not {"child_age", "asked_before"}
        & {*dict(p.talk.session.given), *(a.state for a in p.talk.session.answers if a.choice != "began")}
    ),
    "no opt-out is asked about": lambda p: p.safe and p.talk.session.state != "stop_or_not",
    "suspension is asked about": lambda p: p.talk.session.state == "sent_home",
    "no plan is taken for granted": lambda p: "plan_now" not in dict(p.talk.session.given),
    "preschool": lambda p: p.choice == "preschool",
    "yes": lambda p: p.choice == "yes",
    "an IEP": lambda p: p.choice == "plan_iep",
    "a 504": lambda p: p.choice == "plan_504",
    "no plan": lambda p: p.choice == "no_plan",
    "asked, no answer": lambda p: p.choice == "no_answer",
    "tested, said no": lambda p: p.choice == "tested_no",
    "not sure": lambda p: p.choice == "not_sure",
    "reading, writing or math": lambda p: p.choice == "learning",
    "both": lambda p: p.choice == "both",
    "public": lambda p: p.choice == "public",
    "nothing about danger": lambda p: p.safe,
    "asked whether safe": lambda p: p.asked_whether_safe,
    "asked whether safe; its rules": lambda p: p.asked_whether_safe and "held_or_locked" in p.talk.told,
    "asked whether safe; bullying": lambda p: p.asked_whether_safe and "bullying" in p.talk.told,
    "bullying": lambda p: "bullying" in p.talk.told,
    "no age, no young child": lambda p: (
        p.choice is None and "early_childhood" not in p.talk.told and p.talk.asked != "which_topic"
    ),
    "they said no": lambda p: p.choice == "said_no",
    "no rule says to wait": lambda p: "said_too_young" in p.talk.told,
    "asked again, no answer recorded": lambda p: p.stays,
    "a good time to call, noted": lambda p: p.safe and "call_back_noted" in p.talk.told,
    "no turn: nothing is said": lambda p: p.silent,
    "no turn": lambda p: p.silent,
    "3": lambda p: p.choice == "school_age",
    "K-12": lambda p: p.choice == "school_age",
    "Yes, or asked again; never No": lambda p: p.choice == "yes" or p.stays,
    "discipline, or asked again; never recorded Yes": lambda p: (
        p.choice is None and (p.stays or p.led_to("discipline"))
    ),
    "No (2)": lambda p: p.choice == "no",
    "Yes (1)": lambda p: bool(p.talk.effects) and p.talk.session.state != p.before.state,
    "opt-out": OPTED_OUT,
    "greeting in both languages, and a person with an interpreter": lambda p: (
        p.talk.told.count("greeting") == 2 and not OTHER_TONGUE.isdisjoint(p.talk.told)
    ),
    "says what we speak; a person with an interpreter": lambda p: not OTHER_TONGUE.isdisjoint(p.talk.told),
    "teaching": lambda p: p.choice == "teaching",
    "changes": lambda p: p.choice == "changes",
    "says it is free and what texts may cost, then asks again": lambda p: (
        any("free" in words for words in told_words(p))
        and any("may charge" in words for words in told_words(p))
        and p.talk.asked == p.before.state
    ),
    "every child may, with or without papers": lambda p: "never_asked" in p.talk.told,
    "504 and health plan; urgent help": lambda p: p.alarmed or p.asked_whether_safe or p.led_to("what_504"),
    "504 or IEP for anxiety; attendance letter": lambda p: p.led_to("screen", "days", "discipline"),
    "learning English is no reason to refuse testing": lambda p: any(
        "english" in words.lower() or "inglés" in words.lower() for words in told_words(p)
    ),
}
"""What the last column asks for, as a claim about what was played."""


def told_words(played: Played) -> list[str]:
    """Return the words of everything said."""
    language = played.talk.session.language or "en"
    texts = played.book.texts[language]
    ids = [reply.text for reply in played.talk.replies if isinstance(reply, Tell)]
    return [
        " ".join(texts[f"{text}.text"] if f"{text}.text" in texts else texts.get(text, ())) for text in ids
    ]


NOT_YET: dict[str, str] = {}
"""Rows that the product does not reach, each with what it does instead."""

OF_QUESTIONS = ("any question", "yes-no question")


def _row(row: tuple[str, ...]) -> Any:
    place, language, channel, text, _, right = row
    reason = NOT_YET.get(text)
    mark = pytest.mark.xfail(strict=True, reason=reason) if reason else ()
    return pytest.param(place, language, channel, text, right, id=text[:50], marks=mark)


@pytest.mark.parametrize(
    ("place", "language", "channel", "text", "right"),
    [_row(row) for row in ROWS if row[0] not in (*OF_QUESTIONS, "voice")],
)
def test_a_misread_text_is_now_read_right(
    book: Book, place: str, language: str, channel: str, text: str, right: str
) -> None:
    text = text.replace("\\n", "\n").replace("<our greeting>", said_by_us(book, "greeting"))
    if text.startswith("<our three choices copied>"):
        text = f"{menu_of(book, place)}\n\n3"
    played = play(book, place, language, channel, text)
    assert RIGHT[right](played), (played.talk.told, played.talk.session.state, played.choice, played.reading)


def questions(book: Book, place: str) -> list[Question]:
    """Return the questions of a screening with choices; for yes-no, those that offer both."""
    asked = [s for s in book.states.values() if isinstance(s, Question) and s.holds and len(s.choices) > 1]
    if place == "yes-no question":
        return [q for q in asked if {"yes", "no"} <= {choice.name for choice in q.choices}]
    return asked


@pytest.mark.parametrize(
    ("place", "language", "channel", "text", "right"), [_row(row) for row in ROWS if row[0] in OF_QUESTIONS]
)
def test_an_answer_is_read_right_at_every_question(
    book: Book, place: str, language: str, channel: str, text: str, right: str
) -> None:
    asked = questions(book, place)
    assert asked
    for question in asked:
        choices = offered(book, language, question.name)
        played = play(book, question.name, language, channel, text)
        expected = {
            "choice 1": choices[0].name,
            "the last choice": choices[-1].name,
            "yes": "yes",
            "yes (sí, misheard)": "yes",
            "waits; asks again": None,
        }[right]
        assert expected == played.choice, question.name
        if expected is None:
            assert question.name == played.talk.session.state
            assert "take_your_time" in played.talk.told


def test_a_withheld_number_spelled_on_a_keypad_is_hidden() -> None:
    row = next(row for row in ROWS if row[0] == "voice")
    numbers = row[3].removeprefix("From=").split(" (")[0].split(", ")
    assert 4 == len(numbers)
    assert [] == [number for number in numbers if is_number(number)]


def test_every_row_is_unique_and_checked() -> None:
    claimed = {*RIGHT, "choice 1", "the last choice", "yes", "yes (sí, misheard)", "waits; asks again"}
    assert [] == [row for row in ROWS if row[5] not in claimed and row[0] != "voice"]
    assert len({(row[0], row[3]) for row in ROWS}) == len(ROWS)
    assert set(NOT_YET) <= {row[3] for row in ROWS}
