"""A call offers long choices in parts; a text offers all at once."""

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
    """Return what the last turn of a call said."""
    return " ".join(said.words for said in sayings(talk.book, talk.session.language, talk.replies))


def test_a_call_offers_at_most_four_keys_at_once(book: Book, walk: Walk) -> None:
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
    talk = Talk(book).call(*ASKED)
    assert "You asked, they said no: press 3. More: press 4." in heard(talk)
    rest = "They tested and said no: press 1. They will test: press 2."
    assert heard(talk.press("4")).endswith(rest)
    assert heard(talk.press("*")).endswith(rest)
    assert "asked_before" == talk.asked
    assert heard(talk.press("4")).startswith("Sorry"), "no such key there"
    assert heard(talk).endswith("2: they will test.")


def test_a_key_chooses_from_the_part_just_heard(book: Book) -> None:
    assert "no" == Talk(book).call(*ASKED).press("1").session.answer_to("asked_before")
    talk = Talk(book).call(*ASKED).press("4", "1")
    assert "tested_no" == talk.session.answer_to("asked_before")
    assert "outcome_tested_no" in talk.session.outcomes
    assert heard(talk.press("#")).endswith("They will test: press 2.")
    assert "more" not in heard(talk)


def test_back_in_the_second_part_returns_to_the_first(book: Book) -> None:
    talk = Talk(book).call(*ASKED).press("4", "#")
    assert ("asked_before", True) == (talk.asked, "press 4" in heard(talk))
    assert "plan_now" == talk.press("#").asked


@pytest.mark.parametrize(
    ("words", "choice"),
    [("they tested and said no", "tested_no"), ("no not yet", "no"), ("they will test", "will_test")],
)
@pytest.mark.parametrize("part", [0, 1])
def test_any_choice_can_be_spoken_in_any_part(book: Book, words: str, choice: str, part: int) -> None:
    talk = Talk(book).call(*ASKED).press(*["4"] * part).speak(words)
    assert choice == talk.session.answer_to("asked_before")


def test_more_can_be_spoken(book: Book) -> None:
    talk = Talk(book).call(*ASKED).speak("more")
    assert heard(talk).endswith("They will test: press 2.")


def test_a_text_offers_all_choices(book: Book) -> None:
    talk = Talk(book).call(*ASKED).press("4").hang_up()
    talk.text("repeat")
    body = sms.bodies(book, "en", talk.replies)[-1]
    assert "1 No, not yet" in body
    assert "5 They will test" in body
    assert "will_test" == talk.text("5").session.answer_to("asked_before")


def test_the_part_is_stored_with_the_session(book: Book) -> None:
    talk = Talk(book).call(*ASKED).press("4")
    assert 1 == session_json.decode(session_json.encode(talk.session)).part
    assert isinstance(book.states[talk.session.state], Question)
