"""After danger: the numbers again, a kind sentence, and the way back to the open question."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Texting
from hotline.conversation.model.session import Session
from tests.conversation.talk import NO, NOON, Talk
from tests.rows import table

ASKED_ON = (
    "what do i do | what should i do now | i dont know what to do | letter | he has adhd | repeat | more | "
    "que hago | what are my rights | he got suspended | next steps | questions | sent"
).split(" | ")


@pytest.mark.parametrize("words", ASKED_ON)
@table("""
    danger | still | rest
    my son says he wants to die | danger_still | glad_you_are_here
    the teacher hit him | abuse_still | glad_you_told_us
""")
def test_questions_repeat_the_numbers(book: Book, words: str, danger: str, still: str, rest: str) -> None:
    talk = Talk(book).text("hi", "1", "3", "2", danger, words)
    assert ([still], None) == (talk.told, talk.asked)
    assert ([still], rest) == (talk.text(words).told, talk.session.state)


@pytest.mark.parametrize("words", ["hello?", "thanks", "yes", "no", "1", "asdf", "ok"])
def test_small_talk_after_danger_gets_a_kind_reply_and_no_question(book: Book, words: str) -> None:
    talk = Talk(book).text("hi", "1", "3", "2", "i want to die", words)
    assert (["glad_you_are_here"], None) == (talk.told, talk.asked)


@pytest.mark.parametrize("words", ["MENU", "go on", "continue", "next", "seguir", "im ready"])
def test_menu_after_danger_returns_to_the_open_question(book: Book, words: str) -> None:
    talk = Talk(book).text("hi", "1", "3", "2", "i want to die", words)
    assert "welcome_back" == talk.asked
    assert "plan_now" == talk.text("1").asked
    assert "menu" == Talk(book).text("i want to die", words).asked


@pytest.mark.parametrize(
    ("words", "asked"),
    [("PERSON", "want_call_back"), ("BACK", "plan_now"), ("HELP", "plan_now"), ("ENGLISH", "plan_now")],
)
def test_a_clear_request_after_danger_is_answered(book: Book, words: str, asked: str) -> None:
    assert asked == Talk(book).text("hi", "1", "3", "2", "i want to die", words).asked


def test_a_call_repeats_the_numbers_and_asks_whether_to_go_on(book: Book) -> None:
    talk = Talk(book).call("1", "3", "2", NO)
    talk.speak("he wants to die").call_on()
    assert "safe_to_go_on" == talk.asked
    assert ["danger_still"] == talk.speak("what do i do").told
    assert "safe_to_go_on" == talk.call_on().asked
    talk.speak("the teacher hit him").call_on()
    assert "abuse_still" in talk.speak("what should i do now").told
    talk.call_on()
    assert "plan_now" == talk.speak("go on").asked


LEFT = ("hi", "1", "3", "2", "i want to die")
"""Danger while the plan of the child is asked for."""


@pytest.mark.parametrize("words", ["no plan", "504", "no tiene plan"])
def test_an_answer_after_danger_is_taken_with_a_kind_sentence_first(book: Book, words: str) -> None:
    talk = Talk(book).text(*LEFT, words)
    assert "glad_you_are_here" == talk.told[0]
    assert talk.asked not in (None, "plan_now")


def test_a_bare_number_after_danger_counts_only_after_a_kind_reply(book: Book) -> None:
    """A yes or no may be about the danger."""
    talk = Talk(book).text(*LEFT)
    talk.text("1")
    assert (["glad_you_are_here"], None) == (talk.told, talk.asked)
    for words in ("yes", "no"):
        assert (["glad_you_are_here"], None) == (
            (met := Talk(book, talk.session).text(words)).told,
            met.asked,
        )
    talk.text("1")
    assert "glad_you_are_here" not in talk.told
    assert talk.asked not in (None, "plan_now")


@table("""
    words | state
    sent it tuesday, thanks for checking on me | sent_yet
    ya la mande el martes, gracias | sent_yet
""")
def test_days_after_danger_the_open_question_is_open_again(book: Book, words: str, state: str) -> None:
    talk = (
        Talk(book, Session(state=state, texting=Texting.YES)).text("i want to die").later(days=4).text(words)
    )
    assert not {"danger", "danger_still", "glad_you_are_here"} & {*talk.told}
    assert talk.session.slot("sent_on")


def test_renewed_danger_gets_the_full_words(book: Book) -> None:
    assert ["danger"] == Talk(book).text(*LEFT).later(days=4).text("i want to die").told


@table("""
    language | words
    en | yes hes in the hospital
    en | done
    en | yes called the doctor today
    es | ya esta en el hospital
    es | ya esta en la casa
""")
def test_words_about_the_danger_do_not_answer_a_reminder(book: Book, language: str, words: str) -> None:
    start = Session(language=language, texting=Texting.YES, seen=NOON)
    talk = Talk(book, start).remind("sent_yet").text("he took all the pills", words)
    assert talk.session.slot("sent_on") is None
    assert "sent_on" != talk.asked


ALARMS = {
    "en": ("he took all the pills", "the teacher hit him"),
    "es": ("dice que se quiere morir", "la maestra le pega"),
}

HELPED = (
    "i called 911 | i called | we called the cops | yes i called 988 | yes hes in the hospital | yes they took him to the er | "
    "hes safe now his grandma is with him | his grandma is with him | the police came | yes called the doctor today | found him"
).split(" | ")
HELPED_ES = (
    "ya llame | ya llame al 911 | llame a la policia | ya esta en el hospital | si ya esta con el doctor | ya vienen | "
    "esta con su abuela"
).split(" | ")


def after(
    book: Book, words: str, language: str = "en", *, abuse: bool = False, place: str = "sent_yet"
) -> Talk:
    """Return the conversation after danger and these words, over a reminder."""
    start = Session(language=language, texting=Texting.YES, seen=NOON)
    talk = Talk(book, start).remind(place).text(ALARMS[language][abuse])
    assert talk.session.in_danger
    return talk.text(words)


@pytest.mark.parametrize("abuse", [False, True], ids=["", "abuse"])
@pytest.mark.parametrize(
    ("words", "language"), [*((h, "en") for h in HELPED), *((h, "es") for h in HELPED_ES)]
)
def test_having_help_does_not_repeat_the_alarm(book: Book, words: str, language: str, *, abuse: bool) -> None:
    talk = after(book, words, language, abuse=abuse)
    assert (["help_is_there"], None, True) == (talk.told, talk.asked, talk.session.in_danger)
    assert talk.session.slot("sent_on") is None


def test_having_help_does_not_repeat_the_alarm_after_stop_or_in_a_call(book: Book) -> None:
    stopped = Talk(book).text("hi", "stop", "i want to die")
    assert ["help_is_there"] == stopped.text("i called 911").told
    assert [] == stopped.text("hes in the hospital").told
    call = Talk(book).call("1").speak("he wants to die").call_on()
    assert ["help_is_there"] == call.speak("i called 911").told
    assert "safe_to_go_on" == call.session.state


@pytest.mark.parametrize(
    "words",
    (
        "i called 911 and they wont come | i called but nobody answered | he is not ok | "
        "hes in the hospital hes not breathing | she is with her dad"
    ).split(" | "),
)
def test_a_call_that_nobody_answered_is_not_help(book: Book, words: str) -> None:
    talk = after(book, words)
    assert "help_is_there" not in talk.told
    assert {"danger_still", "abuse_still", "danger_medical", "abuse", "danger", "glad_you_are_here"} & {
        *talk.told
    }
    assert talk.session.in_danger


@pytest.mark.parametrize(
    ("words", "language"), [("i called her uncle", "en"), ("i talked to her", "en"), ("hable con el", "es")]
)
def test_having_called_a_person_is_not_yet_help(book: Book, words: str, language: str) -> None:
    """It may be the person who hurts the child."""
    assert "help_is_there" not in after(book, words, language, abuse=True).told


@pytest.mark.parametrize("words", ["shes ok", "hes safe now", "ya esta bien", "ella esta bien"])
def test_all_is_well_gets_a_kind_reply_with_the_short_numbers(book: Book, words: str) -> None:
    assert ["glad_you_are_here"] == after(book, words).told
    assert ["glad_you_told_us"] == after(book, words, abuse=True).told


def test_someone_is_home_is_good_news_only_if_no_person_is_feared(book: Book) -> None:
    assert ["glad_you_are_here"] == after(book, "she is home").told
    assert ["abuse_still"] == after(book, "she is home", abuse=True).told
    assert after(book, "hes home now", abuse=True).session.in_danger


@table("""
    words | language
    they said no beds | en
    they said wait at the er | en
    me dijeron que no hay camas | es
    llame y no contestan | es
""")
def test_a_refusal_by_a_hospital_is_not_an_answer_of_the_school(
    book: Book, words: str, language: str
) -> None:
    talk = after(book, words, language, place="did_they_answer")
    assert talk.asked is None
    assert (None, True) == (talk.session.answer_to("did_they_answer"), talk.session.in_danger)


@pytest.mark.parametrize("words", ["they said no", "they denied it"])
def test_an_ambiguous_answer_is_taken_after_a_kind_sentence(book: Book, words: str) -> None:
    talk = after(book, words, place="did_they_answer")
    assert ["glad_you_are_here"] == talk.told
    assert "they_said_no" in talk.text(words).told


@pytest.mark.parametrize(
    "words", ["sent it monday", "yes i sent the letter monday", "ya mande la carta el lunes"]
)
def test_an_answer_in_school_words_is_taken(book: Book, words: str) -> None:
    talk = after(book, words)
    assert "glad_you_are_here" == talk.told[0]
    assert talk.session.slot("sent_on")


WITH_SOMEONE = "shes with me | hes at home with me | they are with me | shes with him | esta conmigo | ella esta conmigo".split(
    " | "
)


@pytest.mark.parametrize("said", WITH_SOMEONE)
@pytest.mark.parametrize("worry", ["abuse_home", "partner_violence", "weapon_threat"])
def test_company_may_be_the_danger_itself(book: Book, said: str, worry: str) -> None:
    rest = "glad_you_told_us" if worry == "abuse_home" else "glad_you_are_here"
    after = Session(state=rest, worry=worry, in_danger=True, safe_asked=NOON)
    talk = Talk(book, after).text(said)
    assert (["abuse_still" if worry == "abuse_home" else "danger_still"], True) == (
        talk.told,
        talk.session.in_danger,
    )
    talk = Talk(book, Session(state="safety_check", worry=worry, in_danger=True, safe_asked=NOON)).text(said)
    assert (["safety_meant"], "safety_check") == (talk.told, talk.asked)
    lost = Session(state="glad_you_are_here", worry="missing", in_danger=True, safe_asked=NOON)
    assert ["help_is_there"] == Talk(book, lost).text(said).told
