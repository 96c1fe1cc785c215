"""Transcripts: playing them, and errors in them."""

import re
from pathlib import Path

import pytest

from hotline.conversation.book.book import Book
from hotline.publishing.lint.check import SAMPLE_NAMES
from hotline.publishing.lint.transcript import play
from hotline.publishing.loader import load_book
from tests.copied_flows import copied_flows, edit

OPENING = "A screening.\n\nParent: hi\n\nParent: 1\n\nParent: 3\n\nParent: 2\n"
OTHERS = {
    "screening.txt": OPENING,
    "rights.txt": "Rights.\nBegins: as screening.txt, to child_age\n\nParent: rights\n",
    "spanish.txt": OPENING.replace("\n", "\nLanguage: es\n", 1),
}


def test_a_transcript_may_be_in_another_language(book: Book) -> None:
    language = book.languages[-1]
    played = play(book, f"A title.\nLanguage: {language}\n\nParent: hi\n")
    assert played.startswith(f"A title.\nLanguage: {language}\n\nParent: hi\nHotline: ")
    assert book.texts[language]["hotline.menu.text"][0] in played
    assert played == play(book, played)
    with pytest.raises(ValueError, match="the languages are en"):
        play(book, "A title.\nLanguage: xx\n\nParent: hi\n")


def begun(book: Book, begins: str, others: dict[str, str] = OTHERS) -> str:
    """Return a transcript with this opening that says 2."""
    return play(book, f"No plan.\nBegins: {begins}\n\nParent: 2\n", others)


def test_an_opening_is_played_and_only_its_last_question_shown(book: Book) -> None:
    whole = play(book, OPENING)
    before, last = whole.rsplit("\nParent: 2\n", 1)
    played = begun(book, "as screening.txt, to sent_home")
    assert played == (
        "No plan.\nBegins: as screening.txt, to sent_home\n\n"
        + before[before.rindex("Hotline: For a child in K-12") :]
        + "\nParent: 2\n"
        + last
    )
    assert played == play(book, played, OTHERS)


def test_an_opening_ends_where_the_question_is_first_open(book: Book) -> None:
    others = {"again.txt": "Unclear.\n\nParent: hi\n\nParent: 1\n\nParent: hm\n\nParent: 3\n"}
    assert "Sorry" not in begun(book, "as again.txt, to child_age", others)


def test_a_text_after_a_call_comes_after_the_question(book: Book) -> None:
    others = {"consent.txt": OPENING + "".join(f"\nParent: {w}\n" for w in "11111111")}
    shown, *_ = begun(book, "as consent.txt, to which_state", others).partition("\nParent: ")
    assert re.findall("^Hotline: (.{10})", shown, re.MULTILINE) == ["Thank you.", "Next step:"]


def test_changed_words_of_an_opening_change_only_its_own_file(book: Book, tmp_path: Path) -> None:
    flows = edit(copied_flows(tmp_path / "flows"), "screening.toml", "Which age group", "Which group of ages")
    other, begins = load_book(flows, SAMPLE_NAMES), "as screening.txt, to plan_now"
    assert play(book, OPENING) != play(other, OPENING)
    assert begun(book, begins) == begun(other, begins)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ("Begins: screening, 3 turns", "screening, 3 turns: write as FILE.txt, to QUESTION"),
        ("Begins: as screaning.txt, to sent_home", "no file beside this one named 'screaning.txt'; did you mean 'screening.txt'?"),
        ("Begins: as rights.txt, to sent_home", "rights.txt itself begins as screening.txt, to child_age; name a file that is written out"),
        ("Begins: as spanish.txt, to sent_home", "its facts are {'Language': 'es'}, here they are {}; write the same below the title"),
        ("Begins: as screening.txt, to how_often", "screening.txt never gets there; it reaches menu, child_age, sent_home, plan_now"),
        ("Begin: as screening.txt, to sent_home", "Begin: below the title stand Language, Line, Staff, Requests, Begins"),
    ],
)  # fmt: skip
def test_a_wrong_fact_is_refused_with_what_is_right(facts: str, said: str, book: Book) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        play(book, f"Title.\n{facts}\n\nParent: 2\n", OTHERS)
