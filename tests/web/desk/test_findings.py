"""Findings at the desk: in an editor's words and language, with the text that each is about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, g

from hotline.conversation.model.events import FlowError
from hotline.publishing.lint.finding import NOWHERE, Finding, Place, finding, unfit
from hotline.web.desk.findings import Shown, all_in_words, in_words, read
from hotline.web.desk.words_state import words_now

GREETING = "hotline.greeting.text"
HARD = finding(
    Place("hotline.toml [greeting] (es)", GREETING, "es"),
    "reads at grade %(grade)s",
    "grade %(allowed)s is allowed: shorter sentences",
    grade="9.5",
    allowed=6,
)


@pytest.fixture
def shown_in(desk_app: Flask) -> Iterator[None]:
    with desk_app.test_request_context("/desk"):
        yield


def test_a_finding_has_place_problem_and_fix() -> None:
    said = "hotline.toml [greeting] (es): reads at grade 9.5; grade 6 is allowed: shorter sentences"
    assert said == str(HARD)
    assert HARD == Finding.from_json(HARD.to_json())
    assert "100% of it" == str(Finding(NOWHERE, "100% of it"))


@pytest.mark.usefixtures("shown_in")
@pytest.mark.parametrize(
    ("language", "sentence", "named"),
    [
        ("en", "It is hard to read: school grade 9.5, and the limit is 6.", "Spanish"),
        ("es", "Es difícil de leer: nivel de grado 9.5, y el máximo es 6.", "Español"),
    ],
)
def test_findings_are_translated(language: str, sentence: str, named: str, desk_app: Flask) -> None:
    g.desk_language = language
    rows = words_now(desk_app.extensions["hotline"]).rows
    there, here = in_words(HARD, rows), in_words(HARD, rows, GREETING)
    assert there.sentence.startswith(sentence)
    assert (GREETING, named, True) == (there.text_id, there.language, bool(there.title))
    assert ("", named, there.sentence) == (here.text_id, here.language, here.sentence)
    assert "" == there.detail
    assert 1 == len(all_in_words([HARD, HARD], rows))


@pytest.mark.usefixtures("shown_in")
def test_a_developers_finding_can_be_passed_on(desk_app: Flask) -> None:
    rows = words_now(desk_app.extensions["hotline"]).rows
    for found in (
        unfit(FlowError("faq.toml: no {such}")),
        Finding(Place("x.toml"), "is odd", "make it even"),
    ):
        assert str(found) == in_words(found, rows).detail
    assert Shown("it says XQZ", "") == in_words(read("it says XQZ"), rows)
