"""Which topic is acted on or asked about, by probability."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.topics import (
    ASKED_ABOUT,
    COMMAND_WORTH_ASKING,
    SURE,
    SURE_OF_COURTESY,
    WORTH_ASKING,
    decide_topic,
)


@pytest.mark.parametrize(
    ("ranked", "intent", "asks"),
    [
        ([("records", SURE), ("letter", 0.1)], "records", ()),
        ([("records", SURE - 0.01), ("letter", 0.02), ("days", 0.01)], None, ("records",)),
        ([("records", 0.6), ("letter", WORTH_ASKING), ("days", 0.01)], None, ("records", "letter")),
        (
            [("records", 0.3), ("delete_data", COMMAND_WORTH_ASKING - 0.01), ("days", 0.1)],
            None,
            ("records", "days"),
        ),
        (
            [("records", 0.3), ("back", COMMAND_WORTH_ASKING), ("days", 0.1)],
            None,
            ("records", "back", "days"),
        ),
        (
            [("records", 0.3), ("letter", 0.1), ("days", 0.06), ("notice", 0.05)],
            None,
            ("records", "letter", "days"),
        ),
        ([("records", ASKED_ABOUT - 0.05), ("letter", 0.02)], None, ()),
        ([("other", 0.5), ("records", 0.45), ("letter", 0.05)], None, ()),
        ([("records", 0.5), ("other", 0.4), ("letter", 0.1)], None, ("records", "letter")),
        ([("thanks", SURE_OF_COURTESY), ("records", 0.4)], "thanks", ()),
        ([("records", 0.5), ("thanks", 0.4), ("letter", 0.1)], None, ("records", "letter")),
        ([("stop", 0.9), ("records", 0.3), ("letter", 0.1)], None, ("records", "letter")),
        ([("delete_data", 0.9), ("records", 0.06), ("letter", 0.01)], None, ("delete_data", "records")),
        ([("said_doctor", 0.5), ("faq_diagnosis", 0.4)], "said_doctor", ()),
        ([("faq_diagnosis", 0.5), ("said_doctor", 0.4)], "faq_diagnosis", ()),
        ([("said_lazy", 0.4), ("said_home", 0.3), ("said_behavior", 0.2)], "school_refused", ()),
        ([("said_doctor", 0.3), ("faq_diagnosis", 0.2), ("letter", 0.1)], None, ("said_doctor", "letter")),
    ],
)
def test_uncertain_topics_are_asked_about(
    book: Book, ranked: list[tuple[str, float]], intent: str | None, asks: tuple[str, ...]
) -> None:
    found = decide_topic(ranked, book.roles)
    assert (intent, asks) == (found.intent, found.asks)
