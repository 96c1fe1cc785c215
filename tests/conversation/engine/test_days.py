"""Past or still to come: replies to a reminder's question."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Texting
from hotline.conversation.model.session import Session
from tests.conversation.talk import Talk
from tests.rows import table


def at(book: Book, state: str, language: str = "en") -> Talk:
    """Return a consenting parent who was just asked by this reminder, on Monday, November 23."""
    return Talk(book, Session(state=state, language=language, texting=Texting.YES))


@table("""
    said | language
    no thanks i already did | en
    no need to remind me i sent it | en
    i sent it but didnt keep a copy | en
    no, i mean yes | en
    i was finally able to send it | en
    creo que la mande | es
    i did and they already said no | en
    i sent it and will call tomorrow | en
    no, perdon si si la mande | es
    no, digo si, ya la mande | es
    no gracias ya la mande | es
    ya y ya me contestaron que no | es
    ya la entregue y dijeron que no | es
    ya la mande pero no guarde copia | es
""")
def test_a_no_about_something_else_does_not_deny_sending(book: Book, said: str, language: str) -> None:
    assert at(book, "sent_yet", language).text(said).asked == "sent_on"


@table("""
    said | language
    yeah going to monday | en
    yes almost | en
    i told my mom to send it | en
    i have to send it | en
    tengo que mandarla | es
    yes i will | en
    about to hit send | en
    ill send it tomorrow | en
    yes i mean no | en
    not yet but ill send it tomorrow | en
    ya merito, mañana la mando | es
    ya mero la mando | es
    al rato la mando | es
    ya la voy a mandar | es
    si mañana | es
    casi | es
""")
def test_a_plan_to_send_is_not_sent_yet(book: Book, said: str, language: str) -> None:
    talk = at(book, "sent_yet", language).text(said)
    assert talk.session.slot("sent_on") is None
    assert "sent_yet_now" in talk.started


@pytest.mark.parametrize("said", ["they said they will test him already", "no i sent it to the wrong place"])
def test_others_plans_and_contradictions_are_not_recorded(book: Book, said: str) -> None:
    talk = at(book, "sent_yet").text(said)
    assert "sent_yet_now" not in talk.started


@pytest.mark.parametrize("state", ["iep_meeting_held", "iep_meeting_set", "meeting_set"])
@table("""
    said | day
    its tmrw | 2026-11-24
    tmw | 2026-11-24
    es mñn | 2026-11-24
    its next tuesday | 2026-11-24
""")
def test_the_date_of_a_coming_meeting_is_stored(book: Book, state: str, said: str, day: str) -> None:
    talk = at(book, state).text(said)
    assert (day, "anything_else") == (talk.session.slot("meeting_on"), talk.asked)
    assert "plan_in_use" not in talk.started


@pytest.mark.parametrize(
    ("said", "language"),
    [("we had it monday", "en"), ("it was last week", "en"), ("we already met", "en"), ("ya fue", "es")],
)
@pytest.mark.parametrize("state", ["iep_meeting_set", "iep_meeting_held"])
def test_a_meeting_that_was_held_leads_to_the_plan(book: Book, state: str, said: str, language: str) -> None:
    talk = at(book, state, language).text(said)
    assert talk.session.slot("meeting_on") is None
    assert "plan_in_use" in talk.started


@pytest.mark.parametrize("said", ["we had it monday", "fue el lunes"])
def test_a_past_date_is_not_a_date_of_a_coming_meeting(book: Book, said: str) -> None:
    assert at(book, "meeting_on").text(said).session.slot("meeting_on") is None


def test_a_day_beside_another_task_is_not_a_meeting_date(book: Book) -> None:
    assert at(book, "iep_meeting_held").text("i will ask them tomorrow").session.slot("meeting_on") is None


@table("""
    said | language
    they answered | en
    they replied | en
    yes they called | en
    contestaron | es
    si ya me contestaron | es
""")
def test_an_answer_from_the_school_asks_which_one(book: Book, said: str, language: str) -> None:
    talk = at(book, "did_they_answer", language).text(said)
    assert ("did_they_answer", True) == (talk.asked, "which_one" in talk.told)


@table("""
    state | said | asked
    did_they_answer | que la van a evaluar | signed_on
    did_they_answer | que si lo van a evaluar | signed_on
    did_they_answer | they answered they will test him | signed_on
    testing_done | yes but no iep | not_eligible
""")
def test_words_after_an_unoffered_yes_are_the_answer(book: Book, state: str, said: str, asked: str) -> None:
    assert asked == at(book, state).text(said).asked


def test_news_after_a_yes_is_read(book: Book) -> None:
    assert "iep_meeting_set" in at(book, "testing_done").text("thank you yes he qualified").started
    said_no = at(book, "did_they_answer").text("yes they answered. they will not test")
    assert "choices_after_a_no" in said_no.started


@pytest.mark.parametrize("said", ["yes but the teacher didnt come", "si pero no vino la maestra"])
def test_a_denial_of_something_else_keeps_the_yes(book: Book, said: str) -> None:
    assert "plan_in_use" in at(book, "iep_meeting_held").text(said).started


@pytest.mark.parametrize("said", ["yes but not yet", "yes but we didnt have it", "yes but no"])
def test_a_retracted_yes_does_not_count(book: Book, said: str) -> None:
    assert "plan_in_use" not in at(book, "iep_meeting_held").text(said).started


@table("""
    said | language
    is it ok to send it in spanish | en
    can i send it in spanish | en
    puedo mandarla en ingles? | es
    can you text me in spanish | es
""")
def test_the_letters_language_does_not_change_ours(book: Book, said: str, language: str) -> None:
    assert language == at(book, "sent_yet", language).text(said).session.language


@pytest.mark.parametrize(
    "said",
    [
        "it was cancelled",
        "it was moved to april 5",
        "it was supposed to be monday",
        "la cancelaron, iba a ser ayer",
    ],
)
def test_a_meeting_that_did_not_happen_is_not_over(book: Book, said: str) -> None:
    assert "plan_in_use" not in at(book, "iep_meeting_set").text(said).started


@pytest.mark.parametrize("said", ["i did not", "i did not send it"])
def test_a_denial_after_the_verb_counts(book: Book, said: str) -> None:
    assert at(book, "sent_yet").text(said).asked != "sent_on"


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("the 30th", "2026-11-30"),
        ("yes its the 30th at 2 pm", "2026-11-30"),
        ("dec 12 and im so nervous", "2026-12-12"),
        ("friday at 9", "2026-11-27"),
        ("el 30 a las 2", "2026-11-30"),
        ("12/15 a las 9", "2026-12-15"),
        ("friday i have to call them", None),
        ("el viernes le hablo a la maestra", None),
    ],
)
def test_a_text_that_begins_with_a_day_gives_the_meeting_date(book: Book, said: str, day: str | None) -> None:
    assert day == at(book, "meeting_set").text(said).session.slot("meeting_on")


@pytest.mark.parametrize("said", ["they said sometime next month", "dijeron que el próximo mes"])
def test_next_month_is_not_a_date(book: Book, said: str) -> None:
    assert "ask_for_meeting_again" in at(book, "meeting_set").text(said).told
    assert "ask_for_meeting_again" in at(book, "meeting_on").text("next month").told


def test_a_weekday_alone_may_be_past(book: Book) -> None:
    assert at(book, "iep_meeting_held").text("friday").session.slot("meeting_on") is None


@pytest.mark.parametrize(
    ("state", "said"), [("meeting_on", "11/10"), ("sent_on", "12/20"), ("signed_on", "12-20-26")]
)
def test_an_impossible_day_is_asked_again(book: Book, state: str, said: str) -> None:
    assert (state, ["unclear"]) == ((talk := at(book, state).text(said)).asked, talk.told)


def test_a_story_at_a_reminder_does_not_start_a_screening(book: Book) -> None:
    assert "plan_in_use" == at(book, "plan_in_use").text("he dont get his speech").asked


@table("""
    said | day | language
    yup turned it in this am | 2026-11-23 | en
    first thing today | 2026-11-23 | en
    just sent it | 2026-11-23 | en
    like an hour ago | 2026-11-23 | en
    just sent it friday | 2026-11-20 | en
    last nite | 2026-11-22 | en
    hoy tempranito | 2026-11-23 | es
    hace ratito | 2026-11-23 | es
    acabo de mandarla | 2026-11-23 | es
""")
@pytest.mark.parametrize("state", ["sent_on", "signed_on"])
def test_today_is_understood_in_any_words(book: Book, state: str, said: str, day: str, language: str) -> None:
    assert day == at(book, state, language).text(said).session.slot(state)


@table("""
    said | language
    ill send it this afternoon | en
    i was going to send it today | en
    la voy a mandar hoy | es
    al rato la mando | es
""")
def test_later_today_is_not_sent_yet(book: Book, said: str, language: str) -> None:
    talk = at(book, "sent_on", language).text(said)
    assert (None, True) == (talk.session.slot("sent_on"), "sent_yet_now" in talk.started)


@table("""
    said | language
    they wouldnt take it | en
    i took it in and the lady wouldnt accept it | en
    la llevé y no me la quisieron recibir | es
    fui a dejarla y me la regresaron | es
""")
def test_a_refused_letter_was_not_sent(book: Book, said: str, language: str) -> None:
    talk = at(book, "sent_yet", language).text(said)
    assert (["said_not_taken"], "sent_yet", None) == (talk.told, talk.asked, talk.session.slot("sent_on"))


@pytest.mark.parametrize(
    "said", ["i signed it but not all of it", "signed everything except the speech part"]
)
def test_a_partly_signed_paper_asks_for_the_day_again(book: Book, said: str) -> None:
    talk = at(book, "signed_on").text(said)
    assert (["signed_in_part"], "signed_on") == (talk.told, talk.asked)
    assert "signed_in_part" in at(book, "signed_on", "es").text("firmé pero no todo").told


@table("""
    said | language
    signed it and will send it tomorrow | en
    i signed it friday but i havent sent it back yet | en
    signed, going to turn it in monday | en
    ya la firmé y mañana la mando | es
    firmada, la entrego el lunes | es
    la firmé pero no la he entregado | es
""")
def test_a_form_that_the_school_does_not_have_starts_no_clock(book: Book, said: str, language: str) -> None:
    """It is signed, though: nobody asks the school for it again."""
    talk = at(book, "signed_on", language).text(said)
    assert (["signed_not_sent"], None) == (talk.told, talk.session.slot("signed_on"))


@table("""
    said | language
    idk | en
    i signed it already dont remember when | en
    ya la firmé, no me acuerdo cuándo | es
""")
def test_a_parent_who_does_not_know_the_signing_date_may_ask_the_school(
    book: Book, said: str, language: str
) -> None:
    """It is no "not signed yet"."""
    talk = at(book, "signed_on", language).text(said)
    assert (["signed_day_not_known"], None) == (talk.told, talk.session.slot("signed_on"))


@table("""
    reminder | first | said | language | told
    did_they_answer | 1 | they said no | en | they_said_no
    did_they_answer | 1 | siempre no lo van a evaluar | es | they_said_no
    sent_yet | 1 | they said no | en | they_said_no
""")
def test_news_instead_of_a_date_is_not_a_no(
    book: Book, reminder: str, first: str, said: str, language: str, told: str
) -> None:
    """Their no is not "not signed yet", or "not sent"."""
    talk = Talk(book, Session(language=language, texting=Texting.YES)).remind(reminder).text(first)
    assert told in talk.text(said).told


@pytest.mark.parametrize(
    ("said", "language"), [("they sent him home 2 times", "en"), ("lo han mandado a la casa dos veces", "es")]
)
@pytest.mark.parametrize("state", ["iep_meeting_set", "plan_in_use"])
def test_days_out_do_not_answer_other_questions(book: Book, state: str, said: str, language: str) -> None:
    talk = at(book, state, language).text(said)
    assert ("faq_pick_up", state) == (talk.told[0], talk.asked)


@pytest.mark.parametrize(
    ("said", "language"),
    [("stop it they said no", "en"), ("stop they said no", "en"), ("ya párale dijeron que no", "es")],
)
def test_a_stop_before_an_answer_is_asked_about_first(book: Book, said: str, language: str) -> None:
    assert "stop_or_not" == at(book, "did_they_answer", language).text(said).asked


@pytest.mark.parametrize(
    "said", ["he wont stop they said no to testing", "they told him to stop it they said no to testing"]
)
def test_a_child_who_does_not_stop_is_not_an_opt_out(book: Book, said: str) -> None:
    assert "stop_or_not" != at(book, "did_they_answer").text(said).asked


@table("""
    said | language
    no but my other son is 12 and they tested him | en
    no, her sister got tested tho | en
    no pero mi otro hijo tiene 12 y a él sí lo evaluaron | es
""")
def test_a_no_about_another_child_is_not_recorded(book: Book, said: str, language: str) -> None:
    talk = at(book, "did_they_answer", language).text(said)
    assert ("no_answer_yet", ()) == (talk.told[0], talk.session.given)


def test_news_from_the_father_is_about_the_same_child(book: Book) -> None:
    talk = at(book, "did_they_answer").text("no but her dad talked to them and they said yes")
    assert "they_will_test" in talk.told


def test_wanting_texts_after_all_asks_the_question_again(book: Book) -> None:
    talk = at(book, "meeting_set").text("stop it they said no", "no keep texting me")
    assert (["not_stopped"], "meeting_set", Texting.YES) == (talk.told, talk.asked, talk.session.texting)


@pytest.mark.parametrize(
    "said", ["i lost count maybe 12 with the half days", "I would say about 14 days by now"]
)
def test_days_are_counted_in_a_sentence(book: Book, said: str) -> None:
    assert "days_out" in at(book, "count_the_days").text(said).told


def test_ok_weeks_later_is_thanked_and_not_greeted(book: Book) -> None:
    assert ["thanks"] == Talk(book, Session(language="en", texting=Texting.YES)).text("ok").told
