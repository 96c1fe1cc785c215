"""Nobody remembers five choices by ear: a call offers them in parts, and a text all at once."""

from __future__ import annotations

import pytest

from hotline.channels import sms
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question
from hotline.conversation.engine.speech import MOST_BY_EAR, in_parts, sayings
from hotline.conversation.model import session_json
from hotline.conversation.model.events import Ask, Channel
from hotline.publishing.lint.graph_places import Line, Walk
from tests.conversation.talk import Talk

ASKED = ("1", "3", "2", "2", "1")
"""Keys to the question whether the school was asked, which has five choices."""


def heard(talk: Talk) -> str:
    """What the last turn of a call said."""
    return " ".join(said.words for said in sayings(talk.book, talk.session.language, talk.replies))


def test_no_turn_of_a_call_offers_more_than_four_keys(book: Book, walk: Walk) -> None:
    """In both languages, at every question that can be come to."""
    for language in book.languages:
        turns = [turn for line, turn in walk.turns if line == Line(Channel.VOICE, language)]
        asks = {
            reply for turn in turns for reply in in_parts(book, language, turn)[0] if isinstance(reply, Ask)
        }
        assert len(asks) > 80
        press = {"en": ": press ", "es": ": oprima "}[language]
        for ask in asks:
            said = sayings(book, language, (ask,))[0].words
            offered = max(
                said.count(press), len([w for w in said.split() if w[:-1].isdigit() and w[-1] == ":"])
            )
            assert offered <= MOST_BY_EAR, said


def test_the_key_for_more_offers_the_rest(book: Book) -> None:
    """The first part ends with it, the last one does not; star says a part again."""
    talk = Talk(book).call(*ASKED)
    assert "You asked, they said no: press 3. More: press 4." in heard(talk)
    rest = "They tested and said no: press 1. They will test: press 2."
    assert heard(talk.press("4")).endswith(rest)
    assert heard(talk.press("*")).endswith(rest)
    assert "asked_before" == talk.asked
    assert heard(talk.press("4")).startswith("Sorry"), "no such key there"
    assert heard(talk).endswith("2: they will test.")


def test_a_key_chooses_among_those_that_were_offered(book: Book) -> None:
    """1 is another choice in the second part, and BACK asks that part again."""
    assert "no" == Talk(book).call(*ASKED).press("1").session.answer_to("asked_before")
    talk = Talk(book).call(*ASKED).press("4", "1")
    assert "tested_no" == talk.session.answer_to("asked_before")
    assert "outcome_tested_no" in talk.session.outcomes
    assert heard(talk.press("#")).endswith("They will test: press 2.")
    assert "more" not in heard(talk)


def test_back_in_the_rest_undoes_no_answer(book: Book) -> None:
    """It leads to the first part; once more, to the question before."""
    talk = Talk(book).call(*ASKED).press("4", "#")
    assert ("asked_before", True) == (talk.asked, "press 4" in heard(talk))
    assert "plan_now" == talk.press("#").asked


@pytest.mark.parametrize(
    ("words", "choice"),
    [("they tested and said no", "tested_no"), ("no not yet", "no"), ("they will test", "will_test")],
)
@pytest.mark.parametrize("part", [0, 1])
def test_what_is_said_is_any_of_the_choices(book: Book, words: str, choice: str, part: int) -> None:
    """Whichever part was offered."""
    talk = Talk(book).call(*ASKED).press(*["4"] * part).speak(words)
    assert choice == talk.session.answer_to("asked_before")


def test_more_can_be_said(book: Book) -> None:
    """It is the next part, not a topic."""
    talk = Talk(book).call(*ASKED).speak("more")
    assert heard(talk).endswith("They will test: press 2.")


def test_a_text_offers_all_at_once(book: Book) -> None:
    """Also to a person who was in the second part of a call."""
    talk = Talk(book).call(*ASKED).press("4").hang_up()
    talk.text("repeat")
    body = sms.bodies(book, "en", talk.replies)[-1]
    assert "1 No, not yet" in body
    assert "5 They will test" in body
    assert "will_test" == talk.text("5").session.answer_to("asked_before")


def test_a_part_is_kept_with_the_session(book: Book) -> None:
    """Between two requests of a call."""
    talk = Talk(book).call(*ASKED).press("4")
    assert 1 == session_json.decode(session_json.encode(talk.session)).part
    assert isinstance(book.states[talk.session.state], Question)
