"""Keys, speech and silence of a call are parsed; replies are rendered as TwiML."""

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from hotline.channels import voice
from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Ask, EventKind, HangUp, Tell
from hotline.conversation.model.session import Session

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
CALL = {"CallSid": "CA1", "From": "+12025550123"}

HIDDEN = [
    *("anonymous", "unknown", "", "sip:a@b", "5105550100"),
    *("+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"),
    *("+1266696687", "+17378742833", "+12562533", "+18656696", "+186282452253"),
    *("+1555", "+15550100", "+999123456789", "+10000000000000"),
]
"""Words for a hidden caller in keypad digits, with and without the US's 1, and impossible numbers."""

TURNS = {
    "keys": ({"Digits": "2"}, EventKind.PRESSED, "2"),
    "speech": ({"SpeechResult": "number two", "Confidence": "0.8"}, EventKind.SPOKEN, "number two"),
    "keys before speech": ({"Digits": "1", "SpeechResult": "two"}, EventKind.PRESSED, "1"),
    "silence": ({}, EventKind.SILENT, ""),
    "empty keys are silence": ({"Digits": ""}, EventKind.SILENT, ""),
    "blank speech is silence": ({"SpeechResult": " "}, EventKind.SILENT, ""),
    "a message": (
        {"RecordingUrl": "x", "RecordingSid": "RE" + "1" * 32},
        EventKind.RECORDED,
        "RE" + "1" * 32,
    ),
    "no message": ({"RecordingUrl": "x"}, EventKind.RECORDED, ""),
    "a message of no id": ({"RecordingUrl": "x", "RecordingSid": "../<b>"}, EventKind.RECORDED, ""),
    "unstable speech is a decoy": ({"UnstableSpeechResult": "one"}, EventKind.SILENT, ""),
}


@pytest.mark.parametrize(("fields", "kind", "text"), TURNS.values(), ids=TURNS.keys())
def test_a_turn_of_a_call_becomes_an_event(fields: dict[str, str], kind: EventKind, text: str) -> None:
    event = voice.read_turn({**CALL, **fields}, 7, NOON)
    assert ("CA1:7", kind, text, True) == (event.id, event.kind, event.text, event.reachable)


@pytest.mark.parametrize(
    "number", [*HIDDEN, "+1\u0662\u0660\u0662\u0665\u0665\u0665\u0660\u0661\u0662\u0663", "+12025550123\n"]
)
def test_a_hidden_caller_cannot_be_texted(number: str) -> None:
    assert not voice.read_opened({**CALL, "From": number}, NOON).reachable


def test_a_question_is_asked_inside_a_gather(book: Book) -> None:
    document = voice.render(book, Session(), (Tell("hotline.unclear.text"), Ask("kind_of_school")), 3)
    gather, redirect = list(ET.fromstring(document))  # noqa: S314 -- our own document
    assert ("Gather", "Redirect", "/voice/turn?n=4#rc=2&rp=ct,5xx") == (
        gather.tag,
        redirect.tag,
        redirect.text,
    )
    assert {
        "input": "dtmf speech",
        "action": "/voice/turn?n=4#rc=2&rp=ct,5xx",
        "method": "POST",
        "timeout": "10",
        "speechTimeout": "2",
        "numDigits": "1",
        "finishOnKey": "",
        "language": "en-US",
    } == {name: value for name, value in gather.attrib.items() if name != "hints"}
    assert "charter" in gather.attrib["hints"].split(",")
    said = ["|".join(say.itertext()) for say in gather]
    assert [
        "Sorry, we did not get that.",
        "What kind of school?|Public or charter: press 1.|Private or religious: press 2.|Home school: press 3.",
    ] == said
    assert {"300ms"} == {pause.get("time") for pause in gather.iter("break")}


@pytest.mark.parametrize(
    ("asked", "language", "said"),
    [
        ("which_state", "en", {"New Jersey", "Puerto Rico"}),
        ("sent_on", "en", {"November", "Friday"}),
        ("meeting_on", "es", {"noviembre", "viernes"}),
        ("plan_now", "en", {"504", "IEP", "1"}),
    ],
)
def test_the_recognizer_expects_the_answers(book: Book, asked: str, language: str, said: set[str]) -> None:
    document = voice.render(book, Session(language=language), (Ask(asked),), 3)
    hints = ET.fromstring(document)[0].attrib["hints"].split(",")  # noqa: S314 -- our own document
    assert said <= set(hints)
    assert len(hints) <= voice.MAX_HINTS
    assert max(map(len, hints)) <= voice.LONGEST_HINT


def test_a_silent_caller_gets_more_time(book: Book) -> None:
    silent = Session(state="kind_of_school", silences=2)
    document = voice.render(book, silent, (Tell("hotline.silence.text"),), 3)
    gather = ET.fromstring(document)[0]  # noqa: S314 -- our own document
    assert "20" == gather.attrib["timeout"]
    assert "charter" in gather.attrib["hints"].split(",")


def test_a_goodbye_hangs_up(book: Book) -> None:
    document = voice.render(book, Session(), (Tell("hotline.goodbye.text"), HangUp()), 3)
    assert ["Say", "Hangup"] == [verb.tag for verb in ET.fromstring(document)]  # noqa: S314 -- our own


def test_a_stuck_call_ends(book: Book) -> None:
    document = voice.render(book, Session(), (Ask("menu"),), voice.MAX_TURNS)
    assert "<Hangup" in document


def test_no_spoken_text_takes_much_longer_than_half_a_minute(book: Book) -> None:
    for id, (_, said) in book.texts["en"].items():
        assert len(said.split()) <= 85, f"{id}: {len(said.split())} words"
