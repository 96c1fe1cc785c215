"""Spoken words whose meaning differs from a text's."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question
from hotline.conversation.engine.speech import sayings
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import (
    Ask,
    Channel,
    Consent,
    EventKind,
    FollowUp,
    HangUp,
    Nudge,
    StopAll,
    Tell,
    Texting,
)
from hotline.conversation.model.session import Session
from tests.conversation.talk import Talk
from tests.rows import table

SCREENING = ("child_age", "sent_home", "plan_now", "asked_before", "hardest", "kind_of_help", "how_often")
CONSENTS = ("may_we_text", "if_call_drops", "may_we_text_this", "may_we_text_on")
LINE_CHECKS = (
    *("hello?", "um hello are you still there", "hello hello", "can you hear me", "hi are you there"),
    *("¿bueno?", "bueno", "este bueno", "pues bueno", "¿aló?", "diga", "hola me escucha", "¿sigue ahí?"),
)
FILLERS = ("um", "uh", "the", "um so", "este", "eh este", "pues")


def says(book: Book, session: Session, said: str) -> Talk:
    """Return the conversation after the caller says this."""
    return Talk(book, session).speak(said)


@pytest.mark.parametrize("said", LINE_CHECKS)
def test_a_check_of_the_line_is_not_an_answer(book: Book, said: str) -> None:
    """Mexicans say "bueno" into a quiet line; it must never be consent."""
    for name in (*SCREENING, *CONSENTS):
        talk = says(book, Session(state=name, paused="a_person"), said)
        assert ("we_are_here", name) == (talk.told[-1], talk.asked), name
        assert [] == talk.effects_of(Consent)


@pytest.mark.parametrize("said", FILLERS)
def test_a_filler_waits_and_is_not_a_stop(book: Book, said: str) -> None:
    for name in (*SCREENING, *CONSENTS):
        talk = says(book, Session(state=name), said)
        assert (["take_your_time"], name) == (talk.told, talk.session.state), name
        assert Texting.UNASKED is talk.session.texting


def test_bueno_si_is_a_yes(book: Book) -> None:
    for said in ("bueno sí", "este sí", "um yes", "pues sí"):
        assert "yes" == says(book, Session(state="sent_home"), said).session.answer_to("sent_home"), said


def more(question: str) -> Session:
    heard, rest = Tell("hotline.help.text"), Tell("hotline.not_stopped.text")
    return Session(state=question, texting=Texting.YES, last=(heard,), more=(rest, rest, Ask(question)))


@pytest.mark.parametrize(
    "said", ["no more", "no more thanks", "no más", "no más gracias", "enough", "that's enough"]
)
def test_no_more_skips_to_the_question(book: Book, said: str) -> None:
    talk, no = says(book, more("plan_now"), said), says(book, more("plan_now"), "no")
    assert (no.replies, no.session) == (talk.replies, talk.session)
    assert [] == talk.effects_of(StopAll)


def test_no_more_is_a_no_to_what_else(book: Book) -> None:
    for said in ("no more", "no más", "ya no"):
        assert "goodbye" in says(book, Session(state="anything_else", texting=Texting.YES), said).told
        assert "no" == says(book, Session(state="sent_home"), said).session.answer_to("sent_home")


@pytest.mark.parametrize(
    ("said", "told"),
    [("I'm done", "say_letter"), ("done", "say_letter"), ("ya terminé", "say_letter"), ("not yet", "")],
)
def test_done_at_ready_is_not_a_stop(book: Book, said: str, told: str) -> None:
    talk = Talk(book, Session(texting=Texting.YES)).call("1", "3", "2", "2", "1", "1", "1", "1", "1")
    while talk.asked != "next_line":
        talk.press("1")
    line = talk.session.last[-1]
    says_done = says(book, talk.session, said)
    assert "next_line" == says_done.asked
    assert bool(told) == (says_done.session.last[-1] != line)
    assert Texting.YES is says_done.session.texting


@pytest.mark.parametrize(
    "said",
    ["stop", "para", "stop texting me", "no more texts", "no más mensajes", "wrong number stop texting me"],
)
def test_a_stop_is_always_obeyed(book: Book, said: str) -> None:
    for session in (Session(state="plan_now", texting=Texting.YES), more("plan_now"), more("anything_else")):
        talk = says(book, session, said)
        assert [StopAll()] == talk.effects_of(StopAll)
        assert Texting.STOPPED is talk.session.texting


@pytest.mark.parametrize(
    "said", ["wrong number", "I think I have the wrong number", "sorry wrong number", "número equivocado"]
)
def test_wrong_number_ends_the_call_and_keeps_the_texts(book: Book, said: str) -> None:
    session = Session(state="plan_now", texting=Texting.YES, nudge=Nudge.YES)
    talk = says(book, session, said)
    assert (["wrong_number"], HangUp()) == (talk.told, talk.replies[-1])
    assert ("plan_now", Texting.YES) == (talk.session.state, talk.session.texting)
    assert [] == talk.hang_up().effects_of(StopAll, FollowUp)


@pytest.mark.parametrize(
    "said", ["never mind", "texting", "end call please now", "suficiente", "I don't want to hear any more"]
)
def test_an_unanswered_doubtful_stop_in_a_call_changes_nothing(book: Book, said: str) -> None:
    talk = says(book, Session(state="plan_now", texting=Texting.YES), said)
    for kind in (EventKind.SILENT, EventKind.SILENT, EventKind.LEFT):
        talk.take(Channel.VOICE, kind)
    assert [] == talk.effects_of(StopAll)
    assert Texting.YES is talk.session.texting


def test_a_confirmed_stop_in_a_call_is_obeyed(book: Book) -> None:
    for key, said in (("1", ""), ("", "yes"), ("", "stop")):
        talk = says(book, Session(state="plan_now", texting=Texting.YES), "never mind")
        assert "stop_or_not" == talk.asked
        talk = talk.press(key) if key else talk.speak(said)
        assert Texting.STOPPED is talk.session.texting


GOODBYES = (
    *("goodbye", "okay goodbye", "bye", "that's it thank you bye", "I'm all done thank you", "hang up"),
    *("adiós", "gracias adiós", "no gracias eso es todo adiós"),
)


@pytest.mark.parametrize("said", GOODBYES)
def test_a_goodbye_ends_the_call_and_keeps_the_place(book: Book, said: str) -> None:
    for name in SCREENING:
        talk = says(book, Session(state=name, nudge=Nudge.YES), said)
        assert ("goodbye", HangUp()) == (talk.told[-1], talk.replies[-1]), name
        talk.hang_up()
        assert [] == talk.effects_of(FollowUp)
        assert name == talk.ring().press("1").asked


def test_a_goodbye_is_not_an_answer_about_danger(book: Book) -> None:
    assert "goodbye" not in says(book, Session(state="safety_check"), "goodbye").told


@table("""
    question | said
    call_back_time | tonight after eight
    call_back_time | tomorrow night
    sent_on | I'm going to send it tomorrow
    sent_on | I gave it to them yesterday
    plan_now | he had one at his old school
    how_often | sometimes at night
    anything_else | I want to hear more
""")
def test_plain_answers_mean_no_danger(book: Book, question: str, said: str) -> None:
    assert "safety_check" != says(book, Session(state=question), said).asked


@pytest.mark.parametrize(
    "said",
    ["tengo mucho miedo", "its happening again", "tonight I will hurt him", "he has marks", "I want out"],
)
def test_other_short_words_may_mean_danger_in_a_call(book: Book, said: str) -> None:
    asked = says(book, Session(state="call_back_time"), said).asked
    assert asked in ("safety_check", "safe_to_go_on")


def test_after_eight_silences_the_place_is_kept(book: Book) -> None:
    for question in book.states.values():
        if not isinstance(question, Question) or not question.holds or question.picks:
            continue
        talk = Talk(book, Session(state=question.name, nudge=Nudge.YES))
        for _ in range(8):
            talk.be_silent()
        assert (["goodbye"], HangUp()) == (talk.told, talk.replies[-1])
        talk.hang_up()
        assert ["call_dropped"] == talk.started
        talk.later(days=1).ring()
        assert "welcome_back" == talk.asked, question.name
        assert question.name == talk.press("1").asked


SPANISH = Tell("hotline.this_language.text", language="es")


@pytest.mark.parametrize("said", ["key arrow a blar", "hola"])
def test_spanish_is_offered_until_something_is_understood(book: Book, said: str) -> None:
    opened = Talk(book).call()
    assert SPANISH in says(book, opened.session, said).replies
    assert SPANISH in Talk(book, opened.session).be_silent().replies
    answered = Talk(book).call("1", "3", "2").session
    assert SPANISH not in says(book, answered, said).replies
    assert SPANISH not in Talk(book, answered).be_silent().replies


def test_clear_spanish_in_an_english_call_is_told_the_key(book: Book) -> None:
    talk = says(book, Session(state="sent_home"), "mi hijo tiene siete años y no sabe leer")
    assert (SPANISH, "en") == (talk.replies[0], talk.session.language)


@pytest.mark.parametrize(
    "said", ["no hablo inglés", "yo no hablo inglés", "no entiendo inglés", "solo hablo español"]
)
def test_a_caller_without_english_gets_spanish(book: Book, said: str) -> None:
    assert "es" == says(book, Talk(book).call().session, said).session.language
    assert "es" == Talk(book).text("hi", said).session.language


def test_key_8_switches_the_language_at_the_age_question(book: Book) -> None:
    assert ("es", "child_age") == (
        (talk := Talk(book).call("1").press("8")).session.language,
        talk.session.state,
    )
    assert "school_age" == says(book, Talk(book).call("1").session, "eight").session.answer_to("child_age")


def test_bueno_goes_on_between_parts(book: Book) -> None:
    assert "we_are_here" not in says(book, more("plan_now"), "bueno").told
    assert "we_are_here" in says(book, replace(more("plan_now"), silences=1), "bueno").told


@pytest.mark.parametrize(
    "said",
    [
        "somebody called from here I think",
        "please cancel it I don't need it anymore",
        "pues ya cancélelo mejor",
    ],
)
def test_a_likely_stop_from_a_caller_without_texts_is_not_a_stop(book: Book, said: str) -> None:
    assert "stop_or_not" != says(book, Session(state="begin"), said).asked
    assert (
        "stop_or_not"
        == says(book, Session(state="begin", texting=Texting.YES), "cancel it i dont need it").asked
    )


@pytest.mark.parametrize("said", ["yes ga", "Yes. Go ahead.", "yes GA"])
def test_a_relay_operators_words_are_ignored(book: Book, said: str) -> None:
    talk = says(book, Session(state="if_call_drops"), said)
    assert Nudge.YES is talk.session.nudge
    assert "go ahead" not in talk.session.state


def test_a_caller_who_missed_our_call_is_offered_another(book: Book) -> None:
    for said in (
        *(
            "somebody called me from this number and I missed it",
            "I'm returning your call",
            "nobody called me back",
        ),
        *("me hablaron de este número", "perdí su llamada", "quedaron en llamarme"),
    ):
        assert "how_to_reach_you" == says(book, Session(state="begin"), said).asked, said
        assert "want_call_back" == Talk(book).text(said).asked, said
    for said in ("nobody from the school called me back", "la escuela quedó en llamarme"):
        assert "missed_call" not in says(book, Session(state="begin"), said).told, said


DANGER_BY_EAR = ("my husband hits me", "my son wants to kill himself", "there is a gun at the school")


@pytest.mark.parametrize("said", DANGER_BY_EAR)
def test_after_danger_a_lost_caller_hears_the_numbers_again(book: Book, said: str) -> None:
    told = says(book, Session(state="begin"), said)
    numbers, asked = told.told[-1], told.asked
    assert "safe_to_go_on" == asked
    for _ in range(3):
        assert ["we_are_here", numbers] == told.be_silent().told[-2:]
    for talk in (told.press("1"), told.speak("I don't know"), told.press("5"), told.press("*")):
        assert (numbers, asked) == (talk.told[-1], talk.asked)


def test_the_danger_question_repeats_its_numbers_briefly(book: Book) -> None:
    talk = says(book, Session(state="begin"), "I can't do this anymore")
    for heard in (talk.be_silent(), talk.be_silent(), talk.press("7"), talk.press("4")):
        assert "9 8 8" in " ".join(s.words for s in sayings(book, "en", heard.replies))


@pytest.mark.parametrize("said", ["he left", "ya se fue"])
def test_he_left_does_not_end_the_danger(book: Book, said: str) -> None:
    talk = says(book, Session(state="begin"), "I can't do this anymore").speak(said)
    assert "safe_after_all" not in talk.told
    assert talk.asked in ("safety_check", "safe_to_go_on")


@pytest.mark.parametrize("again", ["1", "*", "5", ""], ids=["yes", "star", "a wrong key", "silence"])
@pytest.mark.parametrize("said", ["my husband is hitting me right now", "he hits my son", "i want to die"])
def test_the_numbers_are_repeated_after_back(book: Book, said: str, again: str) -> None:
    talk = Talk(book).call("1").speak(said)
    heard = talk.told
    back = talk.press("1", "#")
    assert ("safe_to_go_on", []) == (back.asked, back.told)
    once_more = back.press(again) if again else back.take(Channel.VOICE, EventKind.SILENT, "")
    assert heard == once_more.told[-len(heard) :]
