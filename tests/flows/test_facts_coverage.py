"""Every fact of the project is in the flows, or in unsaid.toml with a reason."""

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
    """Map each fact's id to the states that say it."""
    states: dict[str, list[Question | Statement]] = defaultdict(list)
    for state in book.states.values():
        if isinstance(state, Fork):
            continue
        outcome = [state.outcome.id] if isinstance(state, Statement) and state.outcome else []
        for fact in {*state.basis.facts, *outcome}:
            states[fact].append(state)
    return states


def test_each_fact_is_said_or_has_a_reason(said: Sayers) -> None:
    assert sorted({*FACTS, *OURS} - set(said) - set(UNSAID)) == []


def test_no_fact_is_both_said_and_unsaid(said: Sayers) -> None:
    assert sorted(set(said) & set(UNSAID)) == []


def test_no_unknown_fact_is_named(said: Sayers) -> None:
    assert sorted({*said, *UNSAID} - {*FACTS, *OURS}) == []


@pytest.mark.parametrize("fact", UNSAID, ids=str)
def test_each_reason_is_in_words(fact: str) -> None:
    assert len(UNSAID[fact].split()) >= 4


@pytest.mark.parametrize("fact", [fact for fact in FACTS if FACTS[fact]["code"] in NOT_READ])
def test_an_unverified_fact_is_phrased_as_a_question(fact: str, said: Sayers, book: Book) -> None:
    for state in said.get(fact, []):
        words = book.texts["en"][f"{state.file}.{state.name}.text"][0]
        assert "ask" in words.lower(), (
            f"{state.file}.toml [{state.name}] states {fact}, which is {FACTS[fact]['code']}"
        )


def test_each_fact_has_a_code_and_a_source() -> None:
    for name, fact in FACTS.items():
        assert fact["code"] in ("V1", "V2", "G", "U"), name
        assert fact["source"], name
