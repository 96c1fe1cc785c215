"""Parents are not told to do what they have done."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question
from hotline.conversation.book.texts import state_of
from hotline.conversation.engine.step import step
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Channel, Event, EventKind, FollowUp, Tell, Texting
from hotline.conversation.model.session import Answer, Session
from hotline.publishing.lint.graph import MOMENT
from hotline.publishing.lint.graph_places import Walk, answers
from tests.conversation.talk import Talk

ASKS_FOR_TESTING = frozenset(
    {
        *("outcome_iep", "outcome_504", "outcome_both", "outcome_preschool", "outcome_out_no_plan"),
        *("letter", "next_steps_ask", "next_step_now", "where_to_send", "sent_yet", "sent_yet_now"),
    }
)
"""What tells a parent to ask the school for testing, or for the first time to write."""

ASKS_TO_SEND = frozenset({"next_step_now", "where_to_send", "sent_yet", "sent_yet_now"})
"""Reminders to send the letter."""

ASKED = ("no_answer", "said_no", "tested_no", "will_test")
ON = {Channel.SMS: EventKind.SAID, Channel.VOICE: EventKind.SPOKEN}


def test_a_parent_who_asked_is_not_told_to_ask(book: Book, walk: Walk) -> None:
    tried = 0
    for where, session in walk.places.items():
        if session.answer_to("asked_before") not in ASKED or session.more or session.paused:
            continue
        for words in ("letter", "what do i do next", "how do i do that"):
            event = Event("e", MOMENT, where.line.channel, ON[where.line.channel], words)
            said = step(book, session, event).replies
            told = {state_of(reply.text) for reply in said if isinstance(reply, Tell)}
            if "what_about_504" in {answer.state for answer in session.answers}:
                continue
            assert not told & ASKS_FOR_TESTING, (where, words, told)
            tried += 1
    assert tried > 50


def test_no_outcome_after_asking_tells_or_reminds_to_ask(book: Book) -> None:
    for age in ("2", "3"):
        for sent in ("1", "2", "3") if age == "3" else ("",):
            for asked in "2345":
                keys = [age, sent, "1", asked] if sent else [age, asked]
                talk = Talk(book).text("hi", "1", *keys)
                told = list(talk.told)
                talk.text("1")
                if talk.asked == "may_we_text":
                    talk.text("1")
                started = set(talk.started)
                assert not {*told, *started} & ASKS_FOR_TESTING, (keys, told, started)
                assert talk.session.outcomes


def test_a_letter_sent_before_consent_counts(book: Book) -> None:
    talk = Talk(book).text("hi", "1", *"3211111", "sent it today", "1", "1")
    assert "sent_on" in dict(talk.session.known)
    talk.effects.clear()
    if talk.asked == "may_we_text":
        talk.text("1")
    started = set(talk.started)
    assert not started & ASKS_FOR_TESTING
    assert isinstance(book.states["did_they_answer"], Question)
    assert "letter_again" in talk.text("LETTER").told
    assert "next_steps_sent" in talk.text("what do i do next").told


def test_a_parent_who_sent_it_is_nowhere_told_to_send_it(book: Book, walk: Walk) -> None:
    tried = 0
    for where, session in walk.places.items():
        wants_another = (
            session.state in ("sent_on", "asked_before") or session.answer_to("what_about_504") == "want_iep"
        )
        if not session.slot("sent_on") or session.more or session.paused or wants_another:
            continue
        speaking = ON[where.line.channel]
        moves = [(speaking, "letter"), (speaking, "what do i do next"), *answers(book, where)]
        for kind, words in moves:
            turn = step(book, session, Event("e", MOMENT, where.line.channel, kind, words))
            said = {state_of(reply.text) for reply in turn.replies if isinstance(reply, Tell)}
            if kind is speaking and words in ("letter", "what do i do next"):
                assert not said & ASKS_FOR_TESTING, (where, words, said)
            started = {effect.reminder for effect in turn.effects if isinstance(effect, FollowUp)}
            takes_it_back = bool(said & {"will_ask_if_sent", "will_ask_again"})
            if not takes_it_back and not {"child_age", "letter"} & {session.state, turn.session.state}:
                assert not started & ASKS_TO_SEND, (where, words, started)
            tried += 1
    assert tried > 300


@pytest.mark.parametrize(
    ("answers", "for_testing"),
    [
        ((("plan_now", "plan_504"), ("what_about_504", "not_working")), False),
        ((("plan_now", "plan_504"), ("what_about_504", "want_iep")), True),
        ((("plan_now", "plan_iep"), ("what_about_iep", "not_followed")), False),
        ((("plan_now", "no_plan"), ("asked_before", "said_no")), False),
        ((("plan_now", "no_plan"), ("asked_before", "tested_no")), False),
        ((("plan_now", "no_plan"), ("asked_before", "no")), True),
        ((), True),
    ],
)
@pytest.mark.parametrize("said", ["sent it yesterday", "SENT", "la mande ayer"])
def test_a_testing_limit_is_only_for_a_testing_request(
    book: Book, said: str, answers: tuple[tuple[str, str], ...], *, for_testing: bool
) -> None:
    talk = Talk(book, Session(state="menu", known=(("which_state", "TX"),), texting=Texting.YES))
    talk.session = replace(
        talk.session, answers=tuple(Answer(question, choice) for question, choice in answers)
    )
    talk.text(said)
    if talk.asked == "sent_on":
        talk.text("1")
    assert for_testing == ("when_they_answer" in talk.told) == bool(talk.session.slot("sent_on"))
    assert for_testing == ("answer_due" in talk.started)


def test_another_child_has_sent_nothing_yet(book: Book) -> None:
    talk = Talk(book, Session(state="menu", known=(("which_state", "TX"), ("sent_on", "2026-11-20"))))
    known = talk.text("another child").session.known
    assert (("which_state", "TX"), ("another_child", "second")) == known
