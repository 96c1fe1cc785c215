"""What the staff hear before they are joined with a parent, as a carrier reads it."""

from __future__ import annotations

import pytest

from devtools.twilio_sim import twiml
from devtools.twilio_sim.verbs import Gather, Hangup, Say, Verb
from hotline.channels import whisper
from hotline.conversation.book.book import Book


def read(document: str) -> tuple[Verb, ...]:
    """The verbs of a document, refused where a carrier would refuse it."""
    return twiml.read(document.encode(), "text/xml", "voice")


def words(document: str) -> str:
    """What is said first."""
    gather = read(document)[0]
    assert isinstance(gather, Gather)
    (say,) = gather.prompts
    assert isinstance(say, Say)
    assert "en-US" == say.language
    return say.text


def test_the_staff_hear_who_calls_and_are_asked_twice(book: Book) -> None:
    """In English, with time for a key; then it hangs up, so that a mailbox is never joined."""
    first, second, end = read(whisper.ask(book, "Parent Hotline", "es"))
    assert first == second
    assert isinstance(first, Gather)
    assert Hangup() == end
    assert (frozenset({"dtmf"}), 1, "", 8) == (
        first.inputs,
        first.num_digits,
        first.finish_on_key,
        first.timeout,
    )
    assert "/voice/whisper/accepted#rc=2&rp=ct,5xx" == first.action
    said = words(whisper.ask(book, "Parent Hotline", "es"))
    assert "A call from a parent, on Parent Hotline. The parent speaks Spanish. Press 1 to take it." == said


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "on Line. The parent speaks English. Press"), ("", "on Line. Press"), ("xx", "on Line. Press")],
)
def test_a_language_that_we_do_not_speak_is_not_named(book: Book, language: str, said: str) -> None:
    """It comes from the address, which anybody's mistake may have changed."""
    assert said in words(whisper.ask(book, "Line", language))


@pytest.mark.parametrize("name", ["Parents & <Co>", "Line\x0b One"])
def test_any_name_makes_a_document_that_can_be_read(book: Book, name: str) -> None:
    """Whatever the operator called the line."""
    assert f"on {name.replace(chr(11), '')}." in words(whisper.ask(book, name, "en"))


def test_one_key_joins_the_two(book: Book) -> None:
    """By a document with nothing in it; it is the key that the words ask for."""
    assert () == read(whisper.answer("1"))
    assert "Press 1" in words(whisper.ask(book, "Line", "en"))


@pytest.mark.parametrize("digits", ["", "2", "0", "#", "*", "11", " 1", "1 ", "１"])
def test_anything_else_hangs_up(digits: str) -> None:
    """The parent's call then goes on as if nobody had picked up."""
    assert (Hangup(),) == read(whisper.answer(digits))
