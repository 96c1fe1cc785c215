"""The announcement to staff before they are joined with a parent, parsed as a carrier would."""

import pytest

from devtools.twilio_sim import twiml
from devtools.twilio_sim.verbs import Gather, Hangup, Say, Verb
from hotline.channels import voice, whisper
from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Transfer
from hotline.conversation.model.session import Session


def read(document: str) -> tuple[Verb, ...]:
    """Parse a document into its verbs; raise where a carrier would reject it."""
    return twiml.read(document.encode(), "text/xml", "voice")


def words(document: str) -> str:
    """Return the text of the first prompt."""
    gather = read(document)[0]
    assert isinstance(gather, Gather)
    (say,) = gather.prompts
    assert isinstance(say, Say)
    assert "en-US" == say.language
    return say.text


def test_the_staff_hear_who_is_calling_and_are_asked_twice(book: Book) -> None:
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
    [
        ("en", "on Line. The parent speaks English. Press"),
        ("haitian_creole", "on Line. The parent speaks Haitian Creole. Press"),
        ("", "on Line. Press"),
        ("xx", "on Line. Press"),
    ],
)
def test_a_language_without_a_name_is_not_named(book: Book, language: str, said: str) -> None:
    assert said in words(whisper.ask(book, "Line", language))


@pytest.mark.parametrize("name", ["Parents & <Co>", "Line\x0b One"])
def test_any_name_makes_a_valid_document(book: Book, name: str) -> None:
    assert f"on {name.replace(chr(11), '')}." in words(whisper.ask(book, name, "en"))


def test_one_key_joins_the_staff_and_the_parent(book: Book) -> None:
    assert () == read(whisper.answer("1"))
    assert "Press 1" in words(whisper.ask(book, "Line", "en"))


@pytest.mark.parametrize("digits", ["", "2", "0", "#", "*", "11", " 1", "1 ", "１"])
def test_any_other_key_hangs_up(digits: str) -> None:
    assert (Hangup(),) == read(whisper.answer(digits))


def test_the_staff_hear_the_language_that_a_parent_named(book: Book) -> None:
    session = Session(tongue="chinese", language="es")
    phones = voice.Staff((("+15105550111", ("es",)), ("+15105550112", ("en",))), "+15105550100")
    document = voice.render(book, session, (Transfer(),), 1, phones)
    assert "/voice/whisper?lang=chinese" in document
    assert "+15105550112" not in document
