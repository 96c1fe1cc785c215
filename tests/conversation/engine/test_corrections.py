"""An answer that a parent puts right is changed, said back, and nothing else is lost."""

from __future__ import annotations

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Cancel, FollowUp, Texting
from tests.conversation.talk import Talk


def after(book: Book, *said: str) -> Talk:
    """A conversation after these texts."""
    return Talk(book).text(*said)


@pytest.mark.parametrize(
    ("before", "said", "question", "answer", "asked"),
    [
        ("hi|1|9|yes", "sorry i meant no he isnt suspended", "sent_home", "no", "plan_now"),
        (
            "hi|1|she's 4",
            "oops she turned 5 last week, and she's in kinder",
            "child_age",
            "school_age",
            "sent_home",
        ),
        ("hi|1|9|no|no|yes", "wait i meant no i never asked", "asked_before", "no", "hardest"),
        ("hi|1|9|no|504", "actually its an iep not a 504", "plan_now", "plan_iep", "what_about_iep"),
        (
            "hi|1|9|no|no|no|1",
            "oh wait i hit the wrong one, its his behavior",
            "hardest",
            "behavior",
            "kind_of_help",
        ),
        ("hi|1|9|no|no|yes", "oops wrong number i meant 1", "asked_before", "no", "hardest"),
        ("hi|1|9|no|no", "wait no he has a 504", "plan_now", "plan_504", "what_about_504"),
        ("hi|1|4", "sorry 14 not 4", "child_age", "school_age", "sent_home"),
        ("hola|1|9|si", "perdon quise decir que no, no esta suspendido", "sent_home", "no", "plan_now"),
        ("hola|1|7|no", "perdón me equivoqué, tiene 4", "child_age", "preschool", "asked_before"),
        (
            "hola|1|9|no|no|no|1",
            "me equivoque de numero, es la conducta",
            "hardest",
            "behavior",
            "kind_of_help",
        ),
    ],
)
def test_an_answer_is_put_right(
    book: Book, before: str, said: str, question: str, answer: str, asked: str
) -> None:
    """It is BACK, the new answer and the next question in one text."""
    talk = after(book, *before.split("|")).text(said)
    assert ("changed", answer, asked) == (talk.told[0], talk.session.answer_to(question), talk.asked)
    assert "noted" not in talk.told


def test_what_was_answered_since_stays(book: Book) -> None:
    """An earlier answer is put right without asking the later ones again."""
    talk = after(book, *"hi|1|9|no|no|no|1|1".split("|")).text("sorry behavior not reading")
    assert ["behavior", "teaching"] == [talk.session.answer_to(q) for q in ("hardest", "kind_of_help")]
    assert "how_often" == talk.asked


def test_back_after_a_correction_returns_to_it(book: Book) -> None:
    """As after any answer."""
    talk = after(book, *"hi|1|9|yes".split("|")).text("sorry i meant no he isnt suspended", "back")
    assert ("sent_home", None) == (talk.asked, talk.session.answer_to("sent_home"))


def test_what_may_answer_the_open_question_too_is_asked_about(book: Book) -> None:
    """ "I meant yes" may be of the last question or of this one."""
    talk = after(book, *"hi|1|9|no|no".split("|")).text("sorry i meant yes")
    assert ("which_topic", ("back", "go_on", "none")) == (talk.asked, talk.session.between)
    assert "asked_before" == talk.text("2").asked


@pytest.mark.parametrize(
    ("before", "said", "question", "answer"),
    [
        ("hi|1|9|no", "sorry i was at work. no plan", "plan_now", "no_plan"),
        ("hi|1|9|no|no|no", "sorry i meant reading", "hardest", "learning"),
    ],
)
def test_an_answer_to_the_open_question_is_one(
    book: Book, before: str, said: str, question: str, answer: str
) -> None:
    """ "Sorry" often only begins a sentence."""
    talk = after(book, *before.split("|")).text(said)
    assert (answer, False) == (talk.session.answer_to(question), "changed" in talk.told)


def test_a_slip_alone_goes_back(book: Book) -> None:
    """What is right is not known yet."""
    talk = after(book, *"hi|1|9|yes".split("|")).text("sorry i pressed wrong")
    assert ("sent_home", None) == (talk.asked, talk.session.answer_to("sent_home"))


def test_a_mistyped_key_is_no_opt_out(book: Book) -> None:
    """ "Wrong number" says that the key was wrong, if what follows answers."""
    talk = after(book, *"hi|1|9|no|no|yes".split("|")).text("oops wrong number i meant 1")
    assert Texting.UNASKED == talk.session.texting
    alone = after(book, "hi").text("oops wrong number")
    assert Texting.STOPPED == alone.session.texting


def test_consent_is_asked_again_and_not_corrected(book: Book) -> None:
    """Only a yes to the question itself is consent."""
    talk = after(book, *"hi|1|9|no|no|no|1|1|1|1|no".split("|")).text("oops i meant yes")
    assert ("may_we_text", Texting.NO) == (talk.asked, talk.session.texting)


def test_a_day_is_put_right(book: Book) -> None:
    """A value, and not a choice."""
    talk = after(book, *"hi|1|9|no|no|no|1|1|1|1|yes|19140|sent|friday".split("|")).text(
        "oops i meant thursday"
    )
    assert "2026-11-19" == talk.session.slot("sent_on")


SENT = ("hi", "1", "9", "no", "no", "no", "1", "1", "1", "1", "yes", "19140", "SENT", "today")


def waiting(talk: Talk) -> set[str]:
    """The reminders that were started and not canceled since."""
    found: set[str] = set()
    for effect in talk.effects:
        if isinstance(effect, FollowUp):
            found.add(effect.reminder)
        elif isinstance(effect, Cancel):
            found.difference_update(effect.reminders)
    return found


OF_A_PLAN = {"plan_in_use", "progress_report", "yearly_review"}
OF_AN_IEP = {"iep_meeting_set", "iep_meeting_held"}
OF_TESTING = {"who_will_test", "testing_halfway", "testing_done"}
REMINDERS_PUT_RIGHT = {
    "the meeting was not held": ("iep_meeting_held", "yes|sorry i meant no they cancelled", set(), OF_A_PLAN),
    "not eligible": ("testing_done", "yes he gets an iep|oh no wait it says NOT eligible", set(), OF_AN_IEP),
    "no answer": (
        "did_they_answer",
        "they said no|sorry i meant they havent answered",
        {"still_no_answer"},
        {"choices_after_a_no"},
    ),
    "in Spanish": (
        "did_they_answer",
        "me dijeron que no|perdon quise decir que no han contestado",
        {"still_no_answer"},
        {"choices_after_a_no"},
    ),
    "a no, after the day of the signature": (
        "did_they_answer",
        "they said yes|today|sorry i meant they said no",
        {"choices_after_a_no"},
        OF_TESTING,
    ),
    "BACK": (
        "did_they_answer",
        "they said no|back",
        {"still_no_answer", "write_again"},
        {"choices_after_a_no"},
    ),
    "BACK twice": ("did_they_answer", "they said yes|today|back|back", {"still_no_answer"}, OF_TESTING),
}


@pytest.mark.parametrize(
    ("reminder", "said", "starts", "ends"), REMINDERS_PUT_RIGHT.values(), ids=REMINDERS_PUT_RIGHT.keys()
)
def test_what_a_wrong_answer_started_and_canceled_is_put_right(
    book: Book, reminder: str, said: str, starts: set[str], ends: set[str]
) -> None:
    """The reminders go with the answer: none asks of a plan that is not there, and none is lost."""
    *wrong, right = said.split("|")
    talk = after(book, *SENT).later(days=10).remind(reminder).text(*wrong)
    if right != "back":
        assert ends & waiting(talk)
    talk.text(right)
    assert starts <= waiting(talk)
    assert not ends & waiting(talk)


def test_a_reminder_whose_answer_is_taken_back_is_open_again(book: Book) -> None:
    """Also after a week."""
    talk = after(book, *SENT).later(days=10).remind("did_they_answer").text("2", "back").later(days=8)
    assert "they_said_no" in talk.text("2").told


DAYS_PUT_RIGHT = {
    "signed": ("did_they_answer", "signed it today|sorry it was yesterday", "signed_on", "2026-12-02"),
    "signed, oops": ("did_they_answer", "signed it today|oops it was monday", "signed_on", "2026-11-30"),
    "signed, in Spanish": ("did_they_answer", "ya firme hoy|perdon fue ayer", "signed_on", "2026-12-02"),
    "not signed": ("did_they_answer", "signed it today|actually i didnt sign it yet", "signed_on", None),
    "not signed, in Spanish": (
        "did_they_answer",
        "ya firme hoy|perdon todavia no la he firmado",
        "signed_on",
        None,
    ),
    "sent": ("sent_yet", "yes sent it friday|oops it was wednesday", "sent_on", "2026-12-02"),
    "not sent": ("sent_yet", "yes sent it friday|sorry i meant not yet", "sent_on", None),
    "no to both": ("sent_yet", "yes|sorry i meant no", "sent_on", None),
    "a meeting": ("meeting_set", "yes its dec 12|oops its the 15th", "meeting_on", "2026-12-15"),
    "a meeting, in Spanish": (
        "meeting_set",
        "si ya tengo la junta el 12 de diciembre|perdon es el 15",
        "meeting_on",
        "2026-12-15",
    ),
}


@pytest.mark.parametrize(
    ("reminder", "said", "question", "day"), DAYS_PUT_RIGHT.values(), ids=DAYS_PUT_RIGHT.keys()
)
def test_a_day_told_in_passing_is_put_right(
    book: Book, reminder: str, said: str, question: str, day: str | None
) -> None:
    """No question for it was open: the text answered another one."""
    wrong, right = said.split("|")
    talk = (
        after(book, *SENT[: -2 if reminder == "sent_yet" else None])
        .later(days=10)
        .remind(reminder)
        .text(wrong)
    )
    assert talk.session.slot(question)
    assert talk.text(right).session.slot(question) == day


OF_A_MEETING = {"meeting_tomorrow", "meeting_promises"}


@pytest.mark.parametrize(
    "said",
    ["they cancelled it", "the school canceled our meeting", "la cancelaron", "me cancelaron la junta"],
)
def test_a_meeting_that_was_cancelled_gets_no_texts(book: Book, said: str) -> None:
    """Where no meeting is known, the same words are none of a meeting."""
    talk = after(book, *SENT).later(days=10).remind("meeting_set").text("yes its dec 12")
    assert OF_A_MEETING <= waiting(talk)
    assert "ask_for_meeting_again" in talk.text(said).told
    assert not OF_A_MEETING & waiting(talk)
    assert "ask_for_meeting_again" not in after(book, *SENT).text("they cancelled it").told


@pytest.mark.parametrize(
    "said", ["its dec 15", "they moved it to the 15th", "la cambiaron para el 15", "es el 15 de diciembre"]
)
def test_a_meeting_that_was_moved_has_its_new_day(book: Book, said: str) -> None:
    """The texts go with it."""
    talk = after(book, *SENT).later(days=10).remind("meeting_set").text("yes its dec 12", said)
    assert "2026-12-15" == talk.session.slot("meeting_on")
    assert (
        "meeting_on"
        == after(book, *SENT)
        .later(days=10)
        .remind("meeting_set")
        .text("yes its dec 12", "they moved it")
        .asked
    )


@pytest.mark.parametrize(
    "said", ["its his birthday dec 15", "can they cancel the meeting", "they cancelled his speech"]
)
def test_what_only_sounds_like_another_day_changes_none(book: Book, said: str) -> None:
    """A question, a birthday, a service."""
    talk = after(book, *SENT).later(days=10).remind("meeting_set").text("yes its dec 12", said)
    assert "2026-12-12" == talk.session.slot("meeting_on")
    assert OF_A_MEETING <= waiting(talk)


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("thursday too", ("2026-11-19", "2026-11-20")),
        ("and thursday", ("2026-11-19", "2026-11-20")),
        ("y el jueves", ("2026-11-19", "2026-11-20")),
        ("sent home thursday too", ("2026-11-19", "2026-11-20")),
        ("not friday sorry i meant thursday", ("2026-11-19",)),
        ("no el viernes, perdon, fue el jueves", ("2026-11-19",)),
    ],
)
def test_a_day_out_is_put_right_or_joined_by_another(book: Book, said: str, days: tuple[str, ...]) -> None:
    """Each is told in a text that names no question."""
    assert days == tuple(sorted(after(book, "hi", "OUT", "nov 20", said).session.days_out))


@pytest.mark.parametrize(
    "said",
    [
        "he overdosed yesterday too",
        "suicide attempt yesterday too",
        "swallowed pills yesterday too",
        "hurt herself friday too",
        "also beaten yesterday",
        "ran away yesterday too",
    ],
)
def test_danger_told_with_a_day_is_no_day_out(book: Book, said: str) -> None:
    """It was counted as one more, and nothing was said of 911."""
    talk = after(book, "hi", "OUT", "nov 19", said)
    assert talk.session.in_danger
    assert ("2026-11-19",) == talk.session.days_out


@pytest.mark.parametrize("said", ["hit him yesterday too", "y le pego ayer", "y lo golpearon ayer"])
def test_another_sentence_with_a_day_is_no_day_out(book: Book, said: str) -> None:
    """Only words of staying away may stand around it."""
    assert ("2026-11-19",) == after(book, "hi", "OUT", "nov 19", said).session.days_out
