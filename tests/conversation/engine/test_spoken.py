"""What a caller says where a call is heard differently from a text."""

from __future__ import annotations

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

SCREENING = ("child_age", "sent_home", "plan_now", "asked_before", "hardest", "kind_of_help", "how_often")
CONSENTS = ("may_we_text", "if_call_drops", "may_we_text_this", "may_we_text_on")
LINE_CHECKS = (
    *("hello?", "um hello are you still there", "hello hello", "can you hear me", "hi are you there"),
    *("¿bueno?", "bueno", "este bueno", "pues bueno", "¿aló?", "diga", "hola me escucha", "¿sigue ahí?"),
)
FILLERS = ("um", "uh", "the", "um so", "este", "eh este", "pues")


def says(book: Book, session: Session, said: str) -> Talk:
    """What follows when a caller says this."""
    return Talk(book, session).speak(said)


@pytest.mark.parametrize("said", LINE_CHECKS)
def test_a_check_of_the_line_is_no_answer(book: Book, said: str) -> None:
    """Mexicans say "bueno" into a line that has gone quiet: it is no yes, to no question, and never consent."""
    for name in (*SCREENING, *CONSENTS):
        talk = says(book, Session(state=name, paused="a_person"), said)
        assert ("we_are_here", name) == (talk.told[-1], talk.asked), name
        assert [] == talk.effects_of(Consent)


@pytest.mark.parametrize("said", FILLERS)
def test_a_filler_is_no_answer_and_no_stop(book: Book, said: str) -> None:
    """The line waits, and asks nothing again: the caller thinks."""
    for name in (*SCREENING, *CONSENTS):
        talk = says(book, Session(state=name), said)
        assert (["take_your_time"], name) == (talk.told, talk.session.state), name
        assert Texting.UNASKED is talk.session.texting


def test_a_yes_with_such_a_word_is_a_yes(book: Book) -> None:
    """ "Bueno, sí" answers."""
    for said in ("bueno sí", "este sí", "um yes", "pues sí"):
        assert "yes" == says(book, Session(state="sent_home"), said).session.answer_to("sent_home"), said


def more(question: str) -> Session:
    """A caller who is asked whether to hear more."""
    heard, rest = Tell("hotline.help.text"), Tell("hotline.not_stopped.text")
    return Session(state=question, texting=Texting.YES, last=(heard,), more=(rest, rest, Ask(question)))


@pytest.mark.parametrize(
    "said", ["no more", "no more thanks", "no más", "no más gracias", "enough", "that's enough"]
)
def test_no_more_answers_whether_to_hear_more(book: Book, said: str) -> None:
    """It ends no texts, and skips to the question."""
    talk, no = says(book, more("plan_now"), said), says(book, more("plan_now"), "no")
    assert (no.replies, no.session) == (talk.replies, talk.session)
    assert [] == talk.effects_of(StopAll)


def test_no_more_is_a_no_to_what_else(book: Book) -> None:
    """Asked what else we can do, and whether the child is sent home."""
    for said in ("no more", "no más", "ya no"):
        assert "goodbye" in says(book, Session(state="anything_else", texting=Texting.YES), said).told
        assert "no" == says(book, Session(state="sent_home"), said).session.answer_to("sent_home")


@pytest.mark.parametrize(
    ("said", "told"),
    [("I'm done", "say_letter"), ("done", "say_letter"), ("ya terminé", "say_letter"), ("not yet", "")],
)
def test_what_answers_ready_is_no_stop(book: Book, said: str, told: str) -> None:
    """Who has written the line down is done with it, and not with us."""
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
    """A bare one, and one that speaks of texts, also where more is offered."""
    for session in (Session(state="plan_now", texting=Texting.YES), more("plan_now"), more("anything_else")):
        talk = says(book, session, said)
        assert [StopAll()] == talk.effects_of(StopAll)
        assert Texting.STOPPED is talk.session.texting


@pytest.mark.parametrize(
    "said", ["wrong number", "I think I have the wrong number", "sorry wrong number", "número equivocado"]
)
def test_a_wrong_number_ends_the_call_and_no_texts(book: Book, said: str) -> None:
    """Another person may have dialed from the same phone; the place is kept, and no text says that the call dropped."""
    session = Session(state="plan_now", texting=Texting.YES, nudge=Nudge.YES)
    talk = says(book, session, said)
    assert (["wrong_number"], HangUp()) == (talk.told, talk.replies[-1])
    assert ("plan_now", Texting.YES) == (talk.session.state, talk.session.texting)
    assert [] == talk.hang_up().effects_of(StopAll, FollowUp)


@pytest.mark.parametrize(
    "said", ["never mind", "texting", "end call please now", "suficiente", "I don't want to hear any more"]
)
def test_a_doubtful_stop_changes_nothing_until_it_is_answered(book: Book, said: str) -> None:
    """A caller who hangs up at "do you want no more texts?", or says nothing, still gets them."""
    talk = says(book, Session(state="plan_now", texting=Texting.YES), said)
    for kind in (EventKind.SILENT, EventKind.SILENT, EventKind.LEFT):
        talk.take(Channel.VOICE, kind)
    assert [] == talk.effects_of(StopAll)
    assert Texting.YES is talk.session.texting


def test_a_doubtful_stop_that_is_meant_is_obeyed(book: Book) -> None:
    """By its key, a yes, or a second stop."""
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
def test_a_goodbye_ends_the_call(book: Book, said: str) -> None:
    """It is neither thanks nor danger, and the place is kept; nobody is told that the call dropped."""
    for name in SCREENING:
        talk = says(book, Session(state=name, nudge=Nudge.YES), said)
        assert ("goodbye", HangUp()) == (talk.told[-1], talk.replies[-1]), name
        talk.hang_up()
        assert [] == talk.effects_of(FollowUp)
        assert name == talk.ring().press("1").asked


def test_a_goodbye_is_no_answer_about_danger(book: Book) -> None:
    """Whoever says it there may take leave of more than us."""
    assert "goodbye" not in says(book, Session(state="safety_check"), "goodbye").told


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("call_back_time", "tonight after eight"),
        ("call_back_time", "tomorrow night"),
        ("sent_on", "I'm going to send it tomorrow"),
        ("sent_on", "I gave it to them yesterday"),
        ("plan_now", "he had one at his old school"),
        ("how_often", "sometimes at night"),
        ("anything_else", "I want to hear more"),
    ],
)
def test_a_plain_answer_means_no_danger(book: Book, question: str, said: str) -> None:
    """It is made of days, times and papers alone."""
    assert "safety_check" != says(book, Session(state=question), said).asked


@pytest.mark.parametrize(
    "said",
    ["tengo mucho miedo", "its happening again", "tonight I will hurt him", "he has marks", "I want out"],
)
def test_other_short_words_may_mean_danger_in_a_call_too(book: Book, said: str) -> None:
    """One word that is not plain is enough."""
    asked = says(book, Session(state="call_back_time"), said).asked
    assert asked in ("safety_check", "safe_to_go_on")


def test_whoever_is_told_that_their_place_is_kept_finds_it(book: Book) -> None:
    """After eight silences at any question that holds; and the call counts as one that dropped."""
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
def test_spanish_is_offered_again_to_who_was_not_understood(book: Book, said: str) -> None:
    """The first second of a call is often clipped: until something was answered, what we do not understand may be Spanish."""
    opened = Talk(book).call()
    assert SPANISH in says(book, opened.session, said).replies
    assert SPANISH in Talk(book, opened.session).be_silent().replies
    answered = Talk(book).call("1", "3", "2").session
    assert SPANISH not in says(book, answered, said).replies
    assert SPANISH not in Talk(book, answered).be_silent().replies


def test_clear_spanish_in_an_english_call_is_told_the_key(book: Book) -> None:
    """The recognizer stays with the language that was chosen, and so does the call."""
    talk = says(book, Session(state="sent_home"), "mi hijo tiene siete años y no sabe leer")
    assert (SPANISH, "en") == (talk.replies[0], talk.session.language)


@pytest.mark.parametrize(
    "said", ["no hablo inglés", "yo no hablo inglés", "no entiendo inglés", "solo hablo español"]
)
def test_whoever_speaks_no_english_gets_spanish(book: Book, said: str) -> None:
    """And no lecture about interpreters."""
    assert "es" == says(book, Talk(book).call().session, said).session.language
    assert "es" == Talk(book).text("hi", said).session.language


def test_key_8_is_the_other_language_at_the_question_about_the_age_too(book: Book) -> None:
    """Who presses 1 and hears English presses it there; said aloud it is an age."""
    assert ("es", "child_age") == (
        (talk := Talk(book).call("1").press("8")).session.language,
        talk.session.state,
    )
    assert "school_age" == says(book, Talk(book).call("1").session, "eight").session.answer_to("child_age")


def test_bueno_goes_on_with_what_is_told_in_parts(book: Book) -> None:
    """ "¿Quiere oír más?" "Bueno." After a silence it tests the line, as it does everywhere else."""
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
def test_a_likely_stop_is_none_of_a_caller_who_gets_no_texts(book: Book, said: str) -> None:
    """Whoever never agreed to a text is not asked about texts; whoever did is."""
    assert "stop_or_not" != says(book, Session(state="begin"), said).asked
    assert (
        "stop_or_not"
        == says(book, Session(state="begin", texting=Texting.YES), "cancel it i dont need it").asked
    )


@pytest.mark.parametrize("said", ["yes ga", "Yes. Go ahead.", "yes GA"])
def test_the_words_of_a_relay_operator_are_no_part_of_an_answer(book: Book, said: str) -> None:
    """An operator says "go ahead" after what the caller typed; consent counts too."""
    talk = says(book, Session(state="if_call_drops"), said)
    assert Nudge.YES is talk.session.nudge
    assert "go ahead" not in talk.session.state


def test_whoever_missed_our_call_is_offered_another(book: Book) -> None:
    """In both languages, by call and by text; what the school did or did not do is another matter."""
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
def test_whoever_is_silent_or_lost_after_danger_hears_the_same_numbers(book: Book, said: str) -> None:
    """Silence, a wrong key, "I don't know", "what do I do" and key 1: nobody hears only how the keys work."""
    told = says(book, Session(state="begin"), said)
    numbers, asked = told.told[-1], told.asked
    assert "safe_to_go_on" == asked
    for _ in range(3):
        assert ["we_are_here", numbers] == told.be_silent().told[-2:]
    for talk in (told.press("1"), told.speak("I don't know"), told.press("5"), told.press("*")):
        assert (numbers, asked) == (talk.told[-1], talk.asked)


def test_the_question_about_danger_keeps_its_numbers_in_brief(book: Book) -> None:
    """A caller who is not understood there hears 911 and 988 again."""
    talk = says(book, Session(state="begin"), "I can't do this anymore")
    for heard in (talk.be_silent(), talk.be_silent(), talk.press("7"), talk.press("4")):
        assert "9 8 8" in " ".join(s.words for s in sayings(book, "en", heard.replies))


@pytest.mark.parametrize("said", ["he left", "ya se fue"])
def test_whoever_hurts_may_come_back(book: Book, said: str) -> None:
    """ "He left" is no "nobody is in danger"."""
    talk = says(book, Session(state="begin"), "I can't do this anymore").speak(said)
    assert "safe_after_all" not in talk.told
    assert talk.asked in ("safety_check", "safe_to_go_on")


@pytest.mark.parametrize("again", ["1", "*", "5", ""], ids=["yes", "star", "a wrong key", "silence"])
@pytest.mark.parametrize("said", ["my husband is hitting me right now", "he hits my son", "i want to die"])
def test_the_numbers_are_said_again_after_back_too(book: Book, said: str, again: str) -> None:
    """BACK to "hear the numbers again?" says that question alone."""
    talk = Talk(book).call("1").speak(said)
    heard = talk.told
    back = talk.press("1", "#")
    assert ("safe_to_go_on", []) == (back.asked, back.told)
    once_more = back.press(again) if again else back.take(Channel.VOICE, EventKind.SILENT, "")
    assert heard == once_more.told[-len(heard) :]
