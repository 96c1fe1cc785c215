"""Every fact that the project rests on is said in the flows, or stands in unsaid.toml with a reason."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Fork, Question, Statement

REFERENCE = OWN_FLOWS / "reference"

NOT_READ = ("G", "U")
"""Codes of what nobody has read in its source yet: a text may say to ask, not state it."""

Sayers = Mapping[str, list[Question | Statement]]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((REFERENCE / name).read_text(encoding="utf-8"))


FACTS, UNSAID = _read("facts.toml"), _read("unsaid.toml")
OURS = {*FACTS.pop("outcomes"), *FACTS.pop("followups")}
"""What the flows name like facts, though it is their own: an outcome, a text that leaves by itself."""


@pytest.fixture(scope="module")
def said(book: Book) -> Sayers:
    """Each fact's id, with the states that say it. A state that is an outcome says that outcome."""
    states: dict[str, list[Question | Statement]] = defaultdict(list)
    for state in book.states.values():
        if isinstance(state, Fork):
            continue
        outcome = [state.outcome.id] if isinstance(state, Statement) and state.outcome else []
        for fact in {*state.basis.facts, *outcome}:
            states[fact].append(state)
    return states


def test_each_fact_is_said_or_has_a_reason_not_to_be(said: Sayers) -> None:
    """None is forgotten."""
    assert sorted({*FACTS, *OURS} - set(said) - set(UNSAID)) == []


def test_no_fact_is_both_said_and_unsaid(said: Sayers) -> None:
    """A reason not to say it would be wrong."""
    assert sorted(set(said) & set(UNSAID)) == []


def test_no_unknown_fact_is_named(said: Sayers) -> None:
    """A slip in an id is found."""
    assert sorted({*said, *UNSAID} - {*FACTS, *OURS}) == []


@pytest.mark.parametrize("fact", UNSAID, ids=str)
def test_a_reason_is_given(fact: str) -> None:
    """In words, not a mark."""
    assert len(UNSAID[fact].split()) >= 4


@pytest.mark.parametrize("fact", [fact for fact in FACTS if FACTS[fact]["code"] in NOT_READ])
def test_what_was_not_read_in_its_source_is_asked_not_stated(fact: str, said: Sayers, book: Book) -> None:
    """Each state that touches it says "ask", or nothing says it."""
    for state in said.get(fact, []):
        words = book.texts["en"][f"{state.file}.{state.name}.text"][0]
        assert "ask" in words.lower(), (
            f"{state.file}.toml [{state.name}] states {fact}, which is {FACTS[fact]['code']}"
        )


def test_each_fact_has_a_code_and_a_source() -> None:
    """One of four codes, and where it stands."""
    for name, fact in FACTS.items():
        assert fact["code"] in ("V1", "V2", "G", "U"), name
        assert fact["source"], name
