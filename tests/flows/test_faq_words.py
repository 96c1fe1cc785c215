"""Common questions in parents' own words."""

from typing import Any

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.reader import Danger
from tests.rows import rows

ASKED = rows(__file__, "questions_about_plans")


WIDER = {"tiene 504 pero no le ayuda": "start_screening", "LETTERS": "letter_wanted"}
"""What gets a wider answer than its own today."""


def _row(words: str, state: str) -> Any:
    wider = WIDER.get(words)
    mark = pytest.mark.xfail(strict=True, reason=f"leads to {wider}, which is wider") if wider else ()
    return pytest.param(words, state, id=words, marks=mark)


@pytest.mark.parametrize(("words", "state"), [_row(*row) for row in ASKED])
def test_a_question_in_own_words_gets_its_own_answer(words: str, state: str, book: Book) -> None:
    reading = book.reader.read(words)
    offered = [reading.intent] if reading.intent else list(reading.asks)
    assert state in [book.topics.get(intent or "") for intent in offered]


MORE_URGENT = [
    ("he was suspended do i have to sign something", "discipline"),
    ("kids bully him and the school never answered", "bullying"),
    ("stop texting me", "stop"),
    ("he has good grades but wants to die", "crisis"),
    ("she hurts herself over the summer", "crisis"),
    ("can i talk to a real person", "human"),
    ("my kid has good grades but cant sit still", "screen"),
    ("they want to move him to another school", None),
]


LESS_URGENT = {"he was suspended do i have to sign something": "is told about signing alone"}


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        pytest.param(
            words,
            intent,
            id=words,
            marks=pytest.mark.xfail(strict=True, reason=LESS_URGENT[words]) if words in LESS_URGENT else (),
        )
        for words, intent in MORE_URGENT
    ],
)
def test_urgent_topics_win_over_common_questions(words: str, intent: str | None, book: Book) -> None:
    reading = book.reader.read(words)
    if intent == "crisis":
        assert reading.danger in (Danger.ASK, Danger.ALARM)
    elif intent:
        assert reading.intent == intent
    else:
        assert not str(reading.intent).startswith("faq_")
