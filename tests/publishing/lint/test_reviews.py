"""Review dates are reported a month ahead."""

from datetime import date, timedelta

import pytest

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.book import Book
from hotline.publishing.letters import load_letters
from hotline.publishing.lint.check import SAMPLE_NAMES, check
from hotline.publishing.lint.graph_places import Walk
from hotline.publishing.lint.reviews import NOTICE, Review, due, line, reviews, summary

BY = date(2027, 2, 1)
ONE = Review(BY, "rights.toml [fape]", "34 CFR 300.101")
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("today", "told"),
    [
        (BY - NOTICE - DAY, ""),
        (BY - NOTICE, "statements of law: 1 due for review by 2027-02-01. Parents are still served. "),
        (
            BY,
            "rights.toml [fape] is due for review by 2027-02-01: review 34 CFR 300.101 again, then set its new dates",
        ),
        (BY + DAY, "statements of law: 1 past their review date. "),
    ],
)
def test_a_review_is_due_a_month_before(today: date, told: str) -> None:
    found = summary((ONE,), today)
    assert told in found
    assert bool(told) is bool(found)


def test_of_many_the_first_are_named() -> None:
    many = tuple(Review(BY + n * DAY, f"rights.toml [r{n}]", "a page") for n in range(9))
    found = summary(many, BY + DAY)
    assert "1 past their review date, 8 due for review by 2027-02-09" in found
    assert "[r2]" in found
    assert "and 6 more: `hotline check` lists them" in found
    assert "[r3]" not in found


def test_each_statement_of_law_has_a_review(book: Book, walk: Walk) -> None:
    far_off = date(2028, 6, 1)
    found = reviews(OWN_FLOWS, book, load_letters(OWN_FLOWS, SAMPLE_NAMES))
    assert {each.where.partition(".toml")[0].partition("/")[0] for each in found} >= {
        "rights",
        "letters",
        "reference",
    }
    assert list(found) == sorted(found)
    past = {each.where for each in due(found, far_off) if each.by < far_off}
    with_dates = {str(finding.where) for finding in check(OWN_FLOWS, SAMPLE_NAMES, far_off, walk).findings}
    assert past == {where for where in with_dates if where in {each.where for each in found}}
    assert past
    assert "was due for review" in line(found[0], far_off)
