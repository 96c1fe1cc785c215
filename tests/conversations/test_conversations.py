"""Every transcript in this folder, played again: the words, in order, as they were when accepted.

`make accept` writes them anew; the difference is what gets reviewed. One that begins as another plays that one's opening
without its words: those are compared where they are written, and a file that is named is written out. They are played with the flows in use: FLOWS_DIR, with
FLOWS_OVERLAY on top.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from hotline.channels import sms
from hotline.config.settings import flows_folder, flows_overlay
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Statement
from hotline.publishing.lint.check import SAMPLE_NAMES
from hotline.publishing.lint.transcript import play
from hotline.publishing.loader import load_book
from hotline.publishing.overlay_folder import Overlays
from tests.conversation.talk import Talk

HERE = Path(__file__).parent
TRANSCRIPTS = sorted(HERE.glob("*/*.txt"))


@cache
def in_folder(folder: Path) -> dict[str, str]:
    """The transcripts of a folder, by file name."""
    return {path.name: path.read_text(encoding="utf-8") for path in TRANSCRIPTS if path.parent == folder}


@pytest.fixture(scope="module")
def book() -> Book:
    """The flows in use, in place of this repository's."""
    flows = Overlays(flows_overlay(os.environ)).on(flows_folder(os.environ))
    return load_book(flows.sources, SAMPLE_NAMES)


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_conversation_goes_as_written(path: Path, book: Book) -> None:
    written = path.read_text(encoding="utf-8")
    try:
        played = play(book, written, in_folder(path.parent))
    except ValueError as wrong:
        pytest.fail(f"{path}: {wrong}", pytrace=False)
    if os.environ.get("ACCEPT"):
        path.write_text(played, encoding="utf-8")
        return
    assert written == played, "the words have changed; read them, then: make accept"


@pytest.mark.parametrize("channel", ["sms", "voice"])
def test_nothing_is_said_twice_in_one_breath(channel: str) -> None:
    """No paragraph follows on itself within one turn."""
    for path in TRANSCRIPTS:
        if path.parent.name != channel:
            continue
        for turn in path.read_text(encoding="utf-8").split("\n\n"):
            said = [line for line in turn.splitlines() if line.startswith("Hotline: ")]
            assert len(said) == len(set(said)), f"{path.name}: {turn}"


def test_every_outcome_has_a_transcript(book: Book) -> None:
    """What a lawyer should read: each statement of an outcome, word for word, by text."""
    texts = "\n".join(path.read_text(encoding="utf-8") for path in TRANSCRIPTS if path.parent.name == "sms")
    said = " ".join(texts.split())
    for state in book.states.values():
        if isinstance(state, Statement) and state.outcome:
            words = book.texts["en"][f"{state.file}.{state.name}.text"][0]
            assert words in said, f"no transcript reaches {state.name}"


def test_at_least_five_calls_are_written_down() -> None:
    """Calls are read aloud too."""
    assert len([path for path in TRANSCRIPTS if path.parent.name == "voice"]) >= 5


@pytest.mark.parametrize(("language", "most"), [("en", 4), ("es", 5)])
def test_the_question_after_a_letter_stands_within_a_few_texts(book: Book, language: str, most: int) -> None:
    """With the outcome, the words to copy and where to get help: nobody scrolls up from a wall of eight."""
    hello = {"en": "hi", "es": "hola"}[language]
    talk = Talk(book).text(hello, *"18", "no", "no", "no", "1", "3")
    assert "outcome_both" in talk.told
    assert len(sms.bodies(book, language, talk.replies)) <= most
