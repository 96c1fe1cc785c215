"""Replays every transcript in this folder and compares it with the accepted words. `make accept` writes them
again. A transcript with `Begins: as FILE.txt` plays that opening without comparing it. They use the flows in
FLOWS_DIR, with FLOWS_OVERLAY.
"""

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
    return {path.name: path.read_text(encoding="utf-8") for path in TRANSCRIPTS if path.parent == folder}


@pytest.fixture(scope="module")
def book() -> Book:
    """Return the flows in use, in place of this repository's."""
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
def test_no_paragraph_is_repeated_within_a_turn(channel: str) -> None:
    for path in TRANSCRIPTS:
        if path.parent.name != channel:
            continue
        for turn in path.read_text(encoding="utf-8").split("\n\n"):
            said = [line for line in turn.splitlines() if line.startswith("Hotline: ")]
            assert len(said) == len(set(said)), f"{path.name}: {turn}"


def test_every_outcome_has_a_transcript(book: Book) -> None:
    """For a lawyer to read: each outcome, word for word, by text."""
    texts = "\n".join(path.read_text(encoding="utf-8") for path in TRANSCRIPTS if path.parent.name == "sms")
    said = " ".join(texts.split())
    for state in book.states.values():
        if isinstance(state, Statement) and state.outcome:
            words = book.texts["en"][f"{state.file}.{state.name}.text"][0]
            assert words in said, f"no transcript reaches {state.name}"


def test_there_are_at_least_five_calls() -> None:
    assert len([path for path in TRANSCRIPTS if path.parent.name == "voice"]) >= 5


@pytest.mark.parametrize(("language", "most"), [("en", 4), ("es", 5)])
def test_the_question_comes_soon_after_a_letter(book: Book, language: str, most: int) -> None:
    hello = {"en": "hi", "es": "hola"}[language]
    talk = Talk(book).text(hello, *"18", "no", "no", "no", "1", "3")
    assert "outcome_both" in talk.told
    assert len(sms.bodies(book, language, talk.replies)) <= most
