"""Corrections: the answer is changed and said back, and nothing else is lost."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Cancel, FollowUp, Texting
from tests.conversation.talk import Talk
from tests.rows import rows


def after(book: Book, *said: str) -> Talk:
    return Talk(book).text(*said)


@pytest.mark.parametrize(("before", "said", "question", "answer", "asked"), rows(__file__, "corrections"))
def test_a_correction_changes_the_answer_and_goes_on(
    book: Book, before: str, said: str, question: str, answer: str, asked: str
) -> None:
    talk = after(book, *before.split("|")).text(said)
    assert ("changed", answer, asked) == (talk.told[0], talk.session.answer_to(question), talk.asked)
    assert "noted" not in talk.told


def test_a_correction_keeps_later_answers(book: Book) -> None:
    talk = after(book, *"hi|1|9|no|no|no|1|1".split("|")).text("sorry behavior not reading")
    assert ["behavior", "teaching"] == [talk.session.answer_to(q) for q in ("hardest", "kind_of_help")]
    assert "how_often" == talk.asked


def test_back_after_a_correction_undoes_it(book: Book) -> None:
    talk = after(book, *"hi|1|9|yes".split("|")).text("sorry i meant no he isnt suspended", "back")
    assert ("sent_home", None) == (talk.asked, talk.session.answer_to("sent_home"))


def test_an_ambiguous_correction_is_asked_about(book: Book) -> None:
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
def test_sorry_can_begin_an_answer(book: Book, before: str, said: str, question: str, answer: str) -> None:
    talk = after(book, *before.split("|")).text(said)
    assert (answer, False) == (talk.session.answer_to(question), "changed" in talk.told)


def test_a_slip_without_a_new_answer_goes_back(book: Book) -> None:
    talk = after(book, *"hi|1|9|yes".split("|")).text("sorry i pressed wrong")
    assert ("sent_home", None) == (talk.asked, talk.session.answer_to("sent_home"))


def test_wrong_number_with_an_answer_is_not_an_opt_out(book: Book) -> None:
    talk = after(book, *"hi|1|9|no|no|yes".split("|")).text("oops wrong number i meant 1")
    assert Texting.UNASKED == talk.session.texting
    alone = after(book, "hi").text("oops wrong number")
    assert Texting.STOPPED == alone.session.texting


def test_consent_is_asked_again_instead_of_corrected(book: Book) -> None:
    talk = after(book, *"hi|1|9|no|no|no|1|1|1|1|no".split("|")).text("oops i meant yes")
    assert ("may_we_text", Texting.NO) == (talk.asked, talk.session.texting)


def test_a_date_can_be_corrected(book: Book) -> None:
    talk = after(book, *"hi|1|9|no|no|no|1|1|1|1|yes|19140|sent|friday".split("|")).text(
        "oops i meant thursday"
    )
    assert "2026-11-19" == talk.session.slot("sent_on")


SENT = ("hi", "1", "9", "no", "no", "no", "1", "1", "1", "1", "yes", "19140", "SENT", "today")


def waiting(talk: Talk) -> set[str]:
    """Return the reminders started and not canceled since."""
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
def test_a_correction_also_corrects_the_reminders(
    book: Book, reminder: str, said: str, starts: set[str], ends: set[str]
) -> None:
    *wrong, right = said.split("|")
    talk = after(book, *SENT).later(days=10).remind(reminder).text(*wrong)
    if right != "back":
        assert ends & waiting(talk)
    talk.text(right)
    assert starts <= waiting(talk)
    assert not ends & waiting(talk)


def test_taking_back_a_reminders_answer_reopens_it(book: Book) -> None:
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
def test_a_date_given_in_passing_can_be_corrected(
    book: Book, reminder: str, said: str, question: str, day: str | None
) -> None:
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
def test_a_canceled_meeting_gets_no_reminders(book: Book, said: str) -> None:
    talk = after(book, *SENT).later(days=10).remind("meeting_set").text("yes its dec 12")
    assert OF_A_MEETING <= waiting(talk)
    assert "ask_for_meeting_again" in talk.text(said).told
    assert not OF_A_MEETING & waiting(talk)
    assert "ask_for_meeting_again" not in after(book, *SENT).text("they cancelled it").told


@pytest.mark.parametrize(
    "said", ["its dec 15", "they moved it to the 15th", "la cambiaron para el 15", "es el 15 de diciembre"]
)
def test_a_moved_meeting_moves_its_reminders(book: Book, said: str) -> None:
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
def test_a_date_of_something_else_changes_nothing(book: Book, said: str) -> None:
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
def test_a_day_out_can_be_corrected_or_added_to(book: Book, said: str, days: tuple[str, ...]) -> None:
    assert days == tuple(sorted(after(book, "hi", "OUT", "nov 20", said).session.days_out))


@pytest.mark.parametrize(
    "said",
    (
        "he overdosed yesterday too | suicide attempt yesterday too | swallowed pills yesterday too | "
        "hurt herself friday too | also beaten yesterday | ran away yesterday too"
    ).split(" | "),
)
def test_danger_with_a_date_is_danger_and_no_day_out(book: Book, said: str) -> None:
    talk = after(book, "hi", "OUT", "nov 19", said)
    assert talk.session.in_danger
    assert ("2026-11-19",) == talk.session.days_out


@pytest.mark.parametrize("said", ["hit him yesterday too", "y le pego ayer", "y lo golpearon ayer"])
def test_a_date_in_another_sentence_is_not_a_day_out(book: Book, said: str) -> None:
    assert ("2026-11-19",) == after(book, "hi", "OUT", "nov 19", said).session.days_out
