"""What an unclear text is asked about at an open question."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.engine.open_question import LEAVES_A_QUESTION, may_ask_which_topic
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.events import Channel, Event, EventKind, FollowUp, Texting
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.classifier import Scores
from hotline.conversation.nlu.cleaning import Cleaned
from hotline.conversation.nlu.reader import Reading
from tests.conversation.talk import NOON, Talk
from tests.rows import table

DOUBTFUL = Reading(
    Cleaned("some words", "some words", "some words"), asks=("records", "letter"), together=0.3
)


def building(book: Book, between: tuple[str, ...] = ()) -> TurnBuilder:
    """Return a turn after topics were offered."""
    event = Event("1", NOON, Channel.SMS, EventKind.SAID, "some words")
    return TurnBuilder(book, event, Session(between=between))


@pytest.mark.parametrize(
    ("question", "together", "asked"),
    [
        ("child_age", LEAVES_A_QUESTION - 0.01, False),
        ("child_age", LEAVES_A_QUESTION, True),
        ("menu", 0.3, True),
        ("which_topic", 0.9, True),
    ],
)
def test_a_screening_question_is_left_only_for_a_likely_topic(
    book: Book, question: str, together: float, *, asked: bool
) -> None:
    reading = replace(DOUBTFUL, together=together)
    assert asked is may_ask_which_topic(building(book), book.question(question), reading)


def test_a_doubtful_text_is_asked_about_where_no_question_is_open(book: Book) -> None:
    assert may_ask_which_topic(building(book), None, DOUBTFUL)


@pytest.mark.parametrize("question", ["sent_home", "sent_yet"])
def test_a_likely_answer_asks_again(book: Book, question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    likely = replace(DOUBTFUL, together=0.9)
    for no_answer, asked in ((0.4, False), (0.6, True)):
        scores = Scores((("-", no_answer), ("no", 1 - no_answer)))
        monkeypatch.setattr(TurnBuilder, "scores", lambda *_, found=scores: found)
        assert asked is may_ask_which_topic(building(book), book.question(question), likely)


def test_offered_topics_are_not_offered_again(book: Book) -> None:
    question = book.question("which_topic")
    for between, asked in ((("letter", "records", "none"), False), (("letter", "days", "none"), True)):
        assert asked is may_ask_which_topic(building(book, between), question, DOUBTFUL)


@table("""
    state | said | asked
    sent_on | I haven't sent it yet | letter
    sent_on | I have not sent it | letter
    sent_on | I didn't send it | letter
    sent_on | aún no la mando | letter
    sent_on | no la he mandado | letter
    signed_on | no I haven't signed it yet | not_signed_yet
    signed_on | no la he firmado | not_signed_yet
    begin | I have not sent it | letter
""")
@pytest.mark.parametrize("channel", list(Channel))
def test_not_yet_asks_for_no_day(book: Book, state: str, said: str, asked: str, channel: Channel) -> None:
    talk = Talk(book, Session(state=state)).say(channel, said)
    assert asked in (*talk.told, {"hear_letter": "letter"}.get(talk.asked or ""))  # a call offers it
    assert None is talk.session.slot("sent_on")
    assert None is talk.session.slot("signed_on")


@pytest.mark.parametrize("said", ["I don't remember", "no idea", "no me acuerdo", "i forgot"])
def test_counting_from_an_assumed_day_is_said(book: Book, said: str) -> None:
    talk = Talk(book, Session(state="rest")).text("sent", said)
    assert "sent_day_not_known" in talk.told
    assert "2026-11-23" == talk.session.slot("sent_on")


@pytest.mark.parametrize("said", ["not Monday", "text me no more", "do you not know"])
def test_a_no_to_something_else_is_none_to_the_day(book: Book, said: str) -> None:
    assert "letter" not in Talk(book, Session(state="sent_on")).text(said).told


@pytest.mark.parametrize(
    ("state", "said", "asked"),
    [("which_letter", "records", "next_line"), ("how_to_reach_you", "going on", "anything_else")],
)
def test_part_of_a_choices_words_chooses_it(book: Book, state: str, said: str, asked: str) -> None:
    assert asked == Talk(book, Session(state=state)).take(Channel.VOICE, EventKind.SPOKEN, said).asked


@pytest.mark.parametrize("said", ["sure", "the", "plan"])
def test_a_word_of_several_choices_chooses_none(book: Book, said: str) -> None:
    talk = Talk(book, Session(state="plan_now")).take(Channel.VOICE, EventKind.SPOKEN, said)
    assert "plan_now" == talk.session.state


@pytest.mark.parametrize("state", ["sent_yet", "sent_on"])
def test_not_sent_yet_keeps_the_reminders_going(book: Book, state: str) -> None:
    talk = Talk(book, Session(state=state, texting=Texting.YES)).text("not yet")
    assert ["will_ask_if_sent", "letter"] == talk.told[:2]
    assert [FollowUp("sent_yet_now", timedelta(days=4))] == [
        e for e in talk.effects if isinstance(e, FollowUp)
    ]


def test_a_phone_without_our_texts_gets_the_letter_and_no_promise(book: Book) -> None:
    talk = Talk(book, Session(state="sent_on", texting=Texting.NO)).text("not yet")
    assert "letter" == talk.told[0]
    assert not [e for e in talk.effects if isinstance(e, FollowUp)]


@pytest.mark.parametrize("channel", list(Channel))
@table("""
    said | plan
    a five o four | plan_504
    A 504 | plan_504
    section 504 | plan_504
    an eye ep | plan_iep
    special ed | plan_iep
    educación especial | plan_iep
    both | plan_iep
    un 504 | plan_504
""")
def test_a_plans_name_answers_the_plan_question(book: Book, said: str, plan: str, channel: Channel) -> None:
    """Of two plans the IEP wins."""
    assert plan == Talk(book, Session(state="plan_now")).say(channel, said).session.answer_to("plan_now")
    assert plan != Talk(book, Session(state="menu")).say(channel, said).session.answer_to("plan_now")


@table("""
    said | language
    yes go on | en
    yes let's continue | en
    yes keep going please | en
    sí vamos a seguir | es
    sí, continuar | es
""")
def test_a_caller_who_goes_on_answers_nothing_else(book: Book, said: str, language: str) -> None:
    """The yes was taken for the question that waits: "is your child suspended?"."""
    talk = Talk(book, Session(language=language)).ring().press("1", "3").hang_up().ring().speak(said)
    assert ("sent_home", None) == (talk.asked, talk.session.answer_to("sent_home"))


def test_a_caller_may_answer_what_waits_at_once(book: Book) -> None:
    """It says more than to go on."""
    talk = Talk(book).ring().press("1", "3").hang_up().ring().speak("yes he got suspended again")
    assert "yes" == talk.session.answer_to("sent_home")


@table("""
    said | language
    they answered but i havent read it | en
    yes they answered but its in english | en
    they called but i missed it | en
    me contestaron pero no le entiendo | es
    me llamaron pero no pude contestar | es
""")
def test_an_answer_that_the_parent_has_not_read_is_not_silence(book: Book, said: str, language: str) -> None:
    """We ask what they said."""
    talk = Talk(book, Session(language=language, texting=Texting.YES)).remind("did_they_answer").text(said)
    assert (["which_one"], "did_they_answer") == (talk.told, talk.asked)
