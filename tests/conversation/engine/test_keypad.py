"""Keys in a call; a spoken number is the key of that number."""

from dataclasses import replace

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Takes
from hotline.conversation.engine.speech import MOST_BY_EAR, has_more, part_offered
from hotline.conversation.model.events import AskPerson, Channel, EventKind, LineType, Texting
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.hours import takes_hours
from tests.conversation.talk import Talk

ALOUD = {
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "es": ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
}
TO_ASKED, TO_HARDEST = ("1", "3", "2", "2", "1"), ("1", "3", "2", "2", "1", "1")


def parts(book: Book) -> list[tuple[str, int]]:
    """Return every question of a call, with each of its parts, except those asking an age or grade."""
    found = []
    for question in book.states.values():
        if not isinstance(question, Question) or question.picks or question.takes is Takes.GRADE:
            continue
        if any(choice.ages for choice in question.choices):
            continue
        part = 0
        while True:
            found.append((question.name, part))
            if not has_more(question, part_offered(Channel.VOICE, question, part)):
                break
            part += 1
    return found


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_spoken_number_is_the_key_of_that_number(book: Book, language: str) -> None:
    """At every question and part, for all ten keys."""
    odd = []
    for name, part in parts(book):
        session = Session(state=name, part=part, language=language, paused="kind_of_help")
        question = book.question(name)
        words = {word for choice in question.choices for word in choice.words}
        if takes_hours(question.choices):  # "seven" is an hour there
            words |= {
                each
                for key in range(len(question.choices) + 1, 10)
                for each in (str(key), ALOUD[language][key])
            } - {"8"}
        for key, word in enumerate(ALOUD[language]):
            said = [each for each in (str(key), word) if each not in words]
            pressed = Talk(book, session).press(str(key))
            for each in said:
                spoken = Talk(book, session).speak(each)
                if (spoken.session, spoken.replies, spoken.effects) != (
                    pressed.session,
                    pressed.replies,
                    pressed.effects,
                ):
                    odd.append((name, part, each))
    assert odd == []
    assert len(parts(book)) > 100


@pytest.mark.parametrize(
    ("keys", "said", "key"),
    [
        (TO_ASKED, "four", "4"),
        (TO_ASKED, "number four", "4"),
        (TO_ASKED, "press four", "4"),
        (TO_ASKED, "four please", "4"),
        (TO_ASKED, "the second one", "2"),
        (TO_ASKED, "the last one", "4"),
        ((*TO_ASKED, "4"), "one", "1"),
        ((*TO_ASKED, "4"), "the last one", "2"),
        (TO_HARDEST, "four", "4"),
        ((*TO_HARDEST, "4"), "the second one", "2"),
        (("2", "4"), "one", "1"),
    ],
)
def test_a_number_picks_a_choice_just_heard(book: Book, keys: tuple[str, ...], said: str, key: str) -> None:
    talk = Talk(book).call(*keys[:1]).press(*keys[1:])
    while talk.session.more:
        talk.press("1")
    before = replace(talk.session)
    pressed = Talk(book, before).press(key)
    spoken = Talk(book, before).speak(said)
    assert (pressed.session, pressed.replies) == (spoken.session, spoken.replies)


def test_a_number_within_a_choices_words_chooses_it(book: Book) -> None:
    assert MOST_BY_EAR == 4
    talk = Talk(book, Session(state="call_back_time")).speak("6")
    assert "call_back_noted" in talk.told
    talk = Talk(book, Session(state="letter_grade", paused="kind_of_help"))
    assert "4" in str(talk.speak("four").session.answer_to("letter_grade"))


NO_TEXTS = {
    "landline": (Session(line=LineType.LANDLINE), True),
    "hidden": (Session(), False),
    "stopped": (Session(line=LineType.TEXTS, texting=Texting.STOPPED), True),
}
IN_VAIN = {"cannot_text", "texts_are_stopped", "no_text_back", "text_back_time", "text_back_noted"}


@pytest.mark.parametrize("line", NO_TEXTS)
def test_no_key_leads_to_a_text_that_cannot_arrive(book: Book, line: str) -> None:
    """On a landline, with a hidden number, and after STOP."""
    session, reachable = NO_TEXTS[line]
    odd = []
    for name, part in parts(book):
        for key in "1234":
            talk = Talk(book, replace(session, state=name, part=part, paused="kind_of_help"))
            talk.take(Channel.VOICE, EventKind.PRESSED, key, reachable=reachable)
            if IN_VAIN & {*talk.told, talk.asked} and name not in {*ABOUT_TEXTS, *IN_VAIN, "want_call_back"}:
                odd.append((name, key))
    assert odd == []


ABOUT_TEXTS = {"can_it_get_this", "can_it_get_answer", "may_we_text_this", "text_back_time"}
"""Questions that are asked only where a text may come. `want_call_back` is asked by text alone."""


@pytest.mark.parametrize("line", NO_TEXTS)
def test_text_me_on_a_landline_offers_a_call_back_or_message(book: Book, line: str) -> None:
    session, reachable = NO_TEXTS[line]
    talk = Talk(book, replace(session, state="how_to_reach_you", paused="kind_of_help"))
    talk.take(Channel.VOICE, EventKind.SPOKEN, "text me", reachable=reachable)
    assert "no_text_back" in talk.told
    assert talk.asked == ("leave_a_message" if line == "hidden" else "how_to_reach_you")
    assert [] == talk.effects_of(AskPerson)


def test_an_unknown_phone_is_asked_before_a_text_back(book: Book) -> None:
    talk = Talk(book, Session(state="how_to_reach_you", line=LineType.UNSURE)).press("2")
    assert "can_it_get_answer" == talk.asked
    assert "text_back_time" == Talk(book, talk.session).press("1").asked
    assert "how_to_reach_you" == talk.press("2").asked
