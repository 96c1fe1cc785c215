"""The answers for carrier registration match what the hotline sends, and fit the forms."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotline.config.settings import Settings
from hotline.connect.forms import LONGEST_ANSWER, LONGEST_FLOW, LONGEST_SAMPLE, SAMPLES, fields, samples
from hotline.conversation.book.book import Book


@pytest.fixture
def answers(book: Book, settings: Settings) -> dict[str, str]:
    """Return the answers by field name."""
    center = replace(settings, public_base_url="https://line.bayparents.org", center_name="Bay Parents")
    return {field.name: field.answer for field in fields(center, book)}


def test_samples_are_texts_that_the_hotline_sends(book: Book) -> None:
    """The opt-in question is there in every language."""
    assert len(SAMPLES) + len(book.languages) - 1 == len(samples(book))
    assert all(20 <= len(each) <= LONGEST_SAMPLE for each in samples(book))
    assert 2 <= sum("STOP" in each for each in samples(book))
    assert any("Parent Hotline" in each for each in samples(book))


def test_the_answers_fit_the_forms_and_name_the_center(answers: dict[str, str]) -> None:
    """Within the length limits of the forms."""
    flow = answers["How people agree (message flow, opt-in)"]
    assert 40 <= len(flow) <= LONGEST_FLOW
    for name in ("Opt-in message", "Opt-out message", "Help message"):
        assert 20 <= len(answers[name]) <= LONGEST_ANSWER, name
    assert "Bay Parents" in flow
    assert "https://line.bayparents.org/privacy" == answers["Privacy policy"]
    assert "https://line.bayparents.org/terms" == answers["Terms and conditions"]


def test_the_message_flow_promises_what_the_opt_in_question_says(answers: dict[str, str], book: Book) -> None:
    """A reviewer compares the two."""
    asked = book.texts["en"][SAMPLES[0]][0]
    flow = answers["How people agree (message flow, opt-in)"]
    for said in ("for up to a year", "t most 12 texts in any 90 days", "data rates may apply", "STOP"):
        assert said in asked
        assert said in flow
    assert all(answers.values()), "no answer is empty"
