"""What parents write in whole sentences, by the kind of sentence: what is recorded, and what they read."""

from __future__ import annotations

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Texting
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.reader import Danger
from tests.conversation.talk import NOON, Talk


def at(book: Book, state: str, language: str = "en") -> Talk:
    """Return a parent who gets our texts, at this question."""
    return Talk(book, Session(state=state, language=language, texting=Texting.YES))


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("no im sick and tired of waiting", "en"),
        ("they said they would but never", "en"),
        ("she only said thanks for my email", "en"),
        ("No, ya me harté de esperar", "es"),
        ("estoy cansada de esperarlos", "es"),
        ("nomás contestaron que lo recibieron", "es"),
    ],
)
def test_who_is_tired_of_waiting_was_not_told_to_wait(book: Book, said: str, language: str) -> None:
    assert "no_answer_yet" in at(book, "did_they_answer", language).text(said).told


@pytest.mark.parametrize(
    ("said", "language"),
    [("they said we have to wait", "en"), ("dijeron que hay que esperar", "es")],
)
def test_who_was_told_to_wait_was(book: Book, said: str, language: str) -> None:
    assert "they_said_wait" in at(book, "did_they_answer", language).text(said).told


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("testing ends friday", "en"),
        ("they finish testing next week", "en"),
        ("it will be done in june", "en"),
        ("termina el viernes", "es"),
    ],
)
def test_testing_that_ends_on_a_day_to_come_is_not_done(book: Book, said: str, language: str) -> None:
    assert "testing_is_late" in at(book, "testing_done", language).text(said).told


def test_testing_that_is_done_waits_for_a_decision(book: Book) -> None:
    said = "yes all done but the meeting isnt till the 20th"
    assert "ask_for_decision" in at(book, "testing_done").text(said).told


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("I have two, one is 2 and the other 9", "en"),
        ("my oldest is 7 and the youngest is 3", "en"),
        ("one is in kinder and the other one is 3", "en"),
        ("la mayor tiene 12 y la chiquita 2", "es"),
    ],
)
def test_two_children_of_two_age_groups_are_taken_one_at_a_time(book: Book, said: str, language: str) -> None:
    talk = at(book, "child_age", language).text(said)
    assert (["one_at_a_time"], "child_age", None) == (
        talk.told,
        talk.asked,
        talk.session.answer_to("child_age"),
    )


def test_two_children_of_one_age_group_answer(book: Book) -> None:
    talk = at(book, "child_age").text("my older one is 14 and the younger 6")
    assert "school_age" == talk.session.answer_to("child_age")


@pytest.mark.parametrize(("said", "language"), [("for 3 years", "en"), ("desde hace 2 años", "es")])
def test_since_when_is_not_how_often(book: Book, said: str, language: str) -> None:
    talk = at(book, "how_often", language).text(said)
    assert ("how_often", None) == (talk.asked, talk.session.answer_to("how_often"))


def test_a_few_weeks_are_how_often(book: Book) -> None:
    """What began weeks ago just started."""
    talk = at(book, "how_often").text("it just started 2 weeks ago")
    assert "comes_and_goes" == talk.session.answer_to("how_often")


@pytest.mark.parametrize(
    ("said", "language", "day"),
    [
        ("i signed it friday and im going to take him to the doctor", "en", "2026-11-20"),
        ("firmé el viernes y voy a llevarlo al doctor", "es", "2026-11-20"),
    ],
)
def test_plans_behind_the_day_leave_it(book: Book, said: str, language: str, day: str) -> None:
    assert day == at(book, "signed_on", language).text(said).session.slot("signed_on")


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("i signed it friday and im going to turn it in tomorrow", "en"),
        ("firmé el viernes y voy a entregarlo mañana", "es"),
        ("monday i was busy, ill sign tomorrow", "en"),
    ],
)
def test_a_form_that_the_school_has_later_has_no_day(book: Book, said: str, language: str) -> None:
    assert at(book, "signed_on", language).text(said).session.slot("signed_on") is None


@pytest.mark.parametrize(
    ("state", "said", "language"),
    [
        ("signed_on", "im going to sign it tomorrow", "en"),
        ("anything_else", "im going to sign it tomorrow", "en"),
        ("sent_yet", "la mando hoy en la noche si dios quiere", "es"),
        ("sent_yet", "god willing ill send it tonight", "en"),
        ("anything_else", "ya paro", "es"),
        ("anything_else", "ya paró de llover", "es"),
    ],
)
def test_plain_plans_raise_no_alarm(book: Book, state: str, said: str, language: str) -> None:
    assert "safety_check" != at(book, state, language).text(said).asked


@pytest.mark.parametrize(
    "said", ["ya paro de respirar", "ya paro de pegarle", "ya paro mi corazon de aguantar"]
)
def test_what_stopped_may_be_danger(book: Book, said: str) -> None:
    assert book.reader.read(said).danger is not Danger.NONE


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("they put him in the hallway", "en"),
        ("she makes him sit in the hall", "en"),
        ("lo mandan al pasillo", "es"),
    ],
)
def test_the_hallway_is_no_suspension(book: Book, said: str, language: str) -> None:
    """And no question about suspensions: it is asked again."""
    talk = at(book, "sent_home", language).text(said)
    assert (["unclear"], "sent_home") == (talk.told, talk.asked)
    assert talk.session.answer_to("sent_home") is None


@pytest.mark.parametrize(
    ("said", "language"),
    [("they said one more time and hes out", "en"), ("dicen una pelea más y lo corren", "es")],
)
def test_a_last_warning_is_an_expulsion_near(book: Book, said: str, language: str) -> None:
    assert "yes" == at(book, "sent_home", language).text(said).session.answer_to("sent_home")


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("the nurse wont give him his meds", "en"),
        ("they keep forgetting to give my son his insulin", "en"),
        ("la enfermera no le da su medicina", "es"),
    ],
)
def test_medicine_that_is_not_given_is_about_the_nurse(book: Book, said: str, language: str) -> None:
    assert "said_nurse" in Talk(book, Session(language=language)).text(said).told


def test_medicine_that_is_demanded_is_not(book: Book) -> None:
    assert "faq_medicine" in Talk(book).text("they wont let him come back without his meds").told


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("he had an iep in his old school", "en"),
        ("she had a 504 at her last district", "en"),
        ("her last school had her on a 504", "en"),
        ("tenía un IEP en la otra escuela", "es"),
    ],
)
def test_a_plan_at_the_old_school_is_not_yet_one_here(book: Book, said: str, language: str) -> None:
    """The new school owes similar services in the same year (34 CFR 300.323(e)-(g)); whether there is a plan is asked again."""
    talk = at(book, "plan_now", language).text(said)
    assert (["faq_moving"], "plan_now") == (talk.told, talk.asked)
    assert talk.session.answer_to("plan_now") is None


@pytest.mark.parametrize(
    ("said", "language"), [("they fixed it, thank you", "en"), ("ya lo arreglaron, gracias", "es")]
)
@pytest.mark.parametrize("state", ["did_they_answer", "plan_in_use", "promise_due", "rest"])
def test_what_was_fixed_is_good_news(book: Book, state: str, said: str, language: str) -> None:
    assert "good_news" in at(book, state, language).text(said).told


def test_what_was_fixed_is_good_news_nine_days_after(book: Book) -> None:
    talk = at(book, "rest").remind("plan_in_use").text("no").later(days=9).text("they fixed it, thank you")
    assert "good_news" in talk.told


@pytest.mark.parametrize(
    "said", ["they said they fixed it but they didnt", "if they fixed it thanks", "they fixed his grades"]
)
def test_what_is_not_fixed_is_no_good_news(book: Book, said: str) -> None:
    assert "good_news" not in at(book, "rest").text(said).told


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("im scared they will be mad at me", "en"),
        ("i worry the school will take it out on him", "en"),
        ("tengo miedo que se desquiten con mi hijo", "es"),
    ],
)
def test_fear_of_the_school_gets_the_law_on_retaliation(book: Book, said: str, language: str) -> None:
    talk = at(book, "sent_yet", language).text(said)
    assert ("right_no_payback", "sent_yet") == (talk.told[0], talk.asked)


@pytest.mark.parametrize(
    "said",
    ["im scared my husband will take it out on us", "tengo miedo que mi esposo se desquite con mi hijo"],
)
def test_fear_of_a_partner_does_not(book: Book, said: str) -> None:
    assert "right_no_payback" not in Talk(book).text(said).told


@pytest.mark.parametrize(
    ("said", "language"),
    [("they did some test but never told me results", "en"), ("no me dieron los resultados", "es")],
)
def test_results_that_were_not_told_are_no_refusal(book: Book, said: str, language: str) -> None:
    talk = at(book, "asked_before", language).text(said)
    assert ("right_records", None) == (talk.told[0], talk.session.answer_to("asked_before"))


def test_signed_after_not_yet_takes_the_day(book: Book) -> None:
    talk = at(book, "rest").remind("did_they_answer").text("1", "not yet", "ok just signed it now")
    assert NOON.date().isoformat() == talk.session.slot("signed_on")


def test_an_answer_to_a_reminder_tells_no_facts_for_a_screening(book: Book) -> None:
    talk = at(book, "rest").remind("iep_meeting_set").text("not yet, they want me to pick a day")
    assert () == talk.session.given


def test_a_plan_is_not_followed_only_where_the_text_is_about_that(book: Book) -> None:
    said = "she has been suspended 4 times since september and they never test her"
    assert "what_about_iep" not in dict(Talk(book).text(said).session.given)


def test_a_school_that_says_all_is_fine_has_said_no(book: Book) -> None:
    """ "I asked" alone would be "no answer yet"."""
    talk = Talk(book).text("i asked for help 3 times and they just say hes fine")
    assert "no_answer" != dict(talk.session.given).get("asked_before")


@pytest.mark.parametrize(
    ("said", "language"),
    [("i signed it but i dont remember what day", "en"), ("ya lo firmé pero no me acuerdo qué día", "es")],
)
def test_who_forgot_the_day_of_signing_asks_the_school(book: Book, said: str, language: str) -> None:
    assert ["signed_day_not_known"] == at(book, "signed_on", language).text(said).told


@pytest.mark.parametrize(
    ("said", "language"), [("what letter? i dont remember", "en"), ("¿cuál carta?", "es")]
)
def test_who_forgot_the_letter_gets_it(book: Book, said: str, language: str) -> None:
    talk = at(book, "rest", language).remind("sent_yet").text(said)
    assert ("letter", "sent_yet") == (talk.told[0], talk.asked)


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("I need someone to come with me to the meeting on thursday", "en"),
        ("necesito alguien que vaya conmigo a la junta", "es"),
    ],
)
def test_who_wants_company_at_the_meeting_hears_of_the_center(book: Book, said: str, language: str) -> None:
    assert "which_state" == Talk(book, Session(language=language)).text(said).asked


def test_a_child_sent_home_nearly_daily_is_asked_for_the_plan(book: Book) -> None:
    talk = Talk(book).text("mi hijo está en kinder y la escuela me lo manda a la casa casi diario")
    assert ("yes", "plan_now") == (talk.session.answer_to("sent_home"), talk.asked)


def test_a_plan_that_is_to_be_made_is_none_yet(book: Book) -> None:
    talk = at(book, "plan_now").text("we have the meeting to make one next week")
    assert "no_plan" == talk.session.answer_to("plan_now")
