"""Signing a plan is not signing the consent form for testing."""

import pytest

from hotline.conversation.book.book import Book
from tests.conversation.talk import Talk

TESTING = {"who_will_test", "testing_halfway", "testing_deadline_near", "testing_done"}


def signed(book: Book, reminder: str) -> Talk:
    """Return a parent who signed the consent form and was later asked by this reminder."""
    talk = Talk(book).text(
        "hi", "1", "9", "no", "no", "no", "1", "1", "1", "1", "yes", "19140", "SIGNED", "today"
    )
    return talk.later(days=4).remind(reminder)


@pytest.mark.parametrize("reminder", ["testing_done", "iep_meeting_set", "plan_in_use"])
@pytest.mark.parametrize(
    "said", ["we signed the iep today", "i signed it today", "firme el iep hoy", "SIGNED"]
)
def test_signing_a_plan_does_not_restart_the_testing_clock(book: Book, reminder: str, said: str) -> None:
    talk = signed(book, reminder)
    day, before = talk.session.slot("signed_on"), talk.started
    talk.text(said)
    assert ("which_paper", day, before) == (talk.asked, talk.session.slot("signed_on"), talk.started)
    talk.text("1")
    assert "plan_starts" in talk.told
    assert {"plan_in_use", "yearly_review"} <= {*talk.started[len(before) :]}
    assert not TESTING.intersection(talk.started[len(before) :])


@pytest.mark.parametrize("reminder", ["iep_meeting_set", "plan_in_use"])
def test_a_parent_asked_about_a_plan_has_signed_for_testing(book: Book, reminder: str) -> None:
    talk = (
        Talk(book).text("hi", "1", "9", "no", "no", "no", "1", "1", "1", "1", "yes", "19140").later(days=90)
    )
    assert "which_paper" == talk.remind(reminder).text("i signed it today").asked


@pytest.mark.parametrize(
    "said", ["he got his iep and i signed it today", "i got the 504 and signed it", "firmamos el iep hoy"]
)
def test_a_named_plan_is_asked_about(book: Book, said: str) -> None:
    assert "which_paper" == Talk(book).text("hi", said).asked


@pytest.mark.parametrize(
    "said",
    ["i signed the consent form for the iep today", "hoy firme el permiso para el iep", "signed it today"],
)
def test_the_consent_form_starts_the_clock(book: Book, said: str) -> None:
    talk = Talk(book).text("hi", "1", "9", "no", "no", "no", "1", "1", "1", "1", "yes", "19140", said)
    assert TESTING & {*talk.started}


def test_the_consent_form_can_be_signed_again(book: Book) -> None:
    assert "signed_on" == signed(book, "testing_done").text("i signed it today", "2").asked
