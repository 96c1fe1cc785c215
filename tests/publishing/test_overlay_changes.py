"""Differences of two overlays, and reverting one of them."""

from datetime import date

import pytest

from hotline.publishing.overlay import FaqWords, Overlay, OwnDay, OwnFaq, OwnReview, OwnText, Wording
from hotline.publishing.overlay_changes import changes


def own(now: str, was: str = "flows", spoken: str = "") -> OwnText:
    return OwnText(Wording(now, spoken), Wording(was))


BASE = Overlay(
    texts={("en", "a"): own("one"), ("es", "a"): own("uno"), ("en", "b"): own("two")},
    reminders={"sent_yet": OwnDay("6 days", "10 days")},
)


def test_a_text_is_one_change_in_all_languages() -> None:
    after = Overlay(
        texts={
            **BASE.texts,
            ("en", "a"): own("ONE", spoken="won"),
            ("en", "c"): own("three"),
            ("es", "c"): own("tres", "flujos"),
        },
        reminders=BASE.reminders,
    )
    first, second = changes(BASE, after)
    assert {"en": (Wording("one"), Wording("ONE", "won")), "es": (Wording("uno"), Wording("uno"))} == (
        first.wordings()
    )
    assert {"en": (Wording("flows"), Wording("three")), "es": (Wording("flujos"), Wording("tres"))} == (
        second.wordings()
    )
    assert {"en": (Wording("three"), Wording("flows")), "es": (Wording("tres"), Wording("flujos"))} == (
        changes(after, BASE)[1].wordings()
    )


@pytest.mark.parametrize(
    "after",
    [
        Overlay(texts={**BASE.texts, ("en", "b"): own("2")}, reminders=BASE.reminders),
        Overlay(texts=BASE.texts),
        Overlay(texts=BASE.texts, reminders={"sent_yet": OwnDay("4 days", "10 days")}),
        Overlay(texts={("en", "b"): own("two")}, reminders=BASE.reminders),
        Overlay(BASE.texts, BASE.reminders, {"law": OwnReview(date(2026, 1, 1), date(2027, 1, 1))}),
        Overlay(BASE.texts, BASE.reminders, faqs={"camp": OwnFaq({"en": FaqWords("Camp", "July")})}),
    ],
    ids=["a text", "no reminder", "another day", "no text", "a review", "a topic"],
)
def test_one_change_is_taken_back_and_what_came_later_stays(after: Overlay) -> None:
    (change,) = changes(BASE, after)
    later = Overlay(texts={("en", "z"): own("later"), ("es", "z"): own("después")}).on_top_of(after)
    assert change.is_in(later)
    back = change.taken_back(later)
    assert not change.is_in(back)
    assert {("texts", "z")} == {(each.kind, each.name) for each in changes(BASE, back)}


def test_a_text_changed_again_is_not_revertible() -> None:
    after = Overlay(texts={**BASE.texts, ("es", "a"): own("UNO")}, reminders=BASE.reminders)
    (change,) = changes(BASE, after)
    assert change.is_in(after)
    assert not change.is_in(Overlay(texts={("en", "a"): own("eins")}).on_top_of(after))


def test_equal_overlays_have_no_changes() -> None:
    assert () == changes(BASE, Overlay(dict(BASE.texts), dict(BASE.reminders)))
