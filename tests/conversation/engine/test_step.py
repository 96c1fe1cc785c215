"""Turns: where they lead, what they say, and which effects they have."""

from collections import deque
from dataclasses import replace
from datetime import timedelta

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Statement
from hotline.conversation.book.texts import offered
from hotline.conversation.model.events import (
    Ask,
    AskPerson,
    Cancel,
    Channel,
    Consent,
    Erase,
    Event,
    EventKind,
    FollowUp,
    HangUp,
    LineType,
    LookUp,
    ReachBy,
    Refuse,
    Restart,
    StopAll,
    TakeMessage,
    Tell,
    Texting,
    Transfer,
)
from hotline.conversation.model.session import Session
from hotline.publishing.lint.graph_places import Line, Walk
from tests.conversation.talk import IEP, LATER, NO, NOON, Talk
from tests.rows import table

# The screening's full routing, as the table in the flow's sources has it: answers -> outcomes.
ROUTES = {
    "under 3": ("1", ["OUT-EI"]),
    "preschool": ("21", ["OUT-PREK"]),
    "preschool, asked": ("23", ["OUT-NO"]),
    "teaching, most days": ("321 1111 1", ["OUT-IEP"]),
    "teaching, some days": ("321 1112 1", ["OUT-BOTH"]),
    "teaching, comes and goes": ("321 1113 1", ["OUT-BOTH"]),
    "changes": ("321 112 1", ["OUT-504"]),
    "both": ("321 113 1", ["OUT-BOTH"]),
    "not sure what is hardest": ("321 1411 1", ["OUT-IEP"]),
    "nothing is hard": ("321 15 1", ["OUT-SUP"]),
    "asked, no answer": ("321 2 1", ["OUT-AGAIN"]),
    "asked, they said no": ("321 3 1", ["OUT-NO"]),
    "tested, they said no": ("321 4 1", ["OUT-TESTED"]),
    "they will test": ("321 5 1", ["OUT-WILL"]),
    "private school": ("321 113 2", ["OUT-BOTH", "OUT-PRIV"]),
    "home school": ("321 122 3", ["OUT-504", "OUT-HOME"]),
    "discipline and no plan": ("311 1 1", ["OUT-DISC", "OUT-FAST"]),
    "discipline, asked before": ("311 2 1", ["OUT-DISC", "OUT-FAST"]),
    "discipline, tested before": ("311 4 1", ["OUT-DISC", "OUT-TESTED"]),
    "discipline not sure": ("331 122 1", ["OUT-504"]),
    "has a 504": ("322 1", ["OUT-REV504"]),
    "has a 504, wants an IEP": ("322 2", ["OUT-REV504"]),
    "has an IEP, not followed": ("323 1", ["OUT-REVIEP"]),
    "has an IEP, to be ended": ("323 3", ["OUT-REVIEP"]),
    "discipline with an IEP": ("313", ["OUT-DISC", "OUT-REVIEP"]),
}

NO_LETTER = ("OUT-EI", "OUT-SUP", "OUT-WILL")
"""Outcomes with nothing to write to the school."""


@pytest.mark.parametrize("by", ["text", "press"])
@pytest.mark.parametrize(("answers", "outcomes"), ROUTES.values(), ids=ROUTES.keys())
def test_answers_lead_to_their_outcomes(book: Book, answers: str, outcomes: list[str], by: str) -> None:
    """Texts and keys give the same outcome."""
    talk = Talk(book)
    if by == "text":
        talk.text("hi", "1", *answers.replace(" ", ""))
    else:
        talk = Talk(book, Session(line=LineType.TEXTS)).call("1").screened(*answers.replace(" ", ""))
    stated = (book.statement(name).outcome for name in talk.session.outcomes)
    reached = [outcome.id for outcome in stated if outcome]
    assert outcomes == reached
    assert {"disclaimer", "disclaimer_under_3"}.intersection(talk.session.received)
    assert "may_we_text" == talk.asked


def test_a_new_number_is_greeted(book: Book) -> None:
    talk = Talk(book).text("hi")
    assert ["greeting"] == talk.told
    assert "menu" == talk.asked


def test_a_question_in_the_first_text_is_answered(book: Book) -> None:
    talk = Talk(book).text("whats a 504")
    assert ["greeting", "what_504", "what_504_help"] == talk.told


def test_a_yes_records_its_wording_and_starts_the_reminders(book: Book) -> None:
    talk = Talk(book).text(*IEP, "1")
    assert Texting.YES == talk.session.texting
    assert Consent("screening.may_we_text.text") in talk.effects
    assert {
        ("next_step_now", timedelta(0)),
        ("where_to_send", timedelta(days=1)),
        ("sent_yet", timedelta(days=4)),
    } == {(e.reminder, e.after) for e in talk.effects if isinstance(e, FollowUp)}


NO_YES = (
    "2 | no | not sure | idk | nope | please dont | ok but not now | right now i cant | definitely not"
).split(" | ")
NO_YES += ["ya tengo muchos mensajes", "y cuanto cuesta", "only calls please", "im not sure about that"]


@pytest.mark.parametrize("answer", NO_YES)
def test_only_a_yes_starts_reminders(book: Book, answer: str) -> None:
    talk = Talk(book).text(*IEP, answer)
    assert Texting.YES != talk.session.texting
    assert not talk.effects_of(FollowUp, Consent)


def test_a_hidden_caller_is_not_offered_texts(book: Book) -> None:
    talk = Talk(book).call("1", reachable=False).screened(*"32111111", reachable=False)
    assert "no_steps_by_text" in talk.told
    assert "which_state" == talk.asked


def test_sent_cancels_outdated_reminders_and_starts_new_ones(book: Book) -> None:
    talk = Talk(book).text(*IEP, "1")
    talk.effects.clear()
    talk.text("SENT")
    assert "sent_on" == talk.asked
    started = set(talk.started)
    assert {"did_they_answer", "write_again", "still_no_answer"} == started, "the day may never be told"
    assert Cancel(("next_step_now", "where_to_send", "sent_yet", "sent_yet_now")) in talk.effects
    talk.effects.clear()
    talk.text("today")
    assert {"did_they_answer", "write_again", "still_no_answer"} == set(talk.started)


def test_after_stop_only_start_and_danger_are_answered(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "STOP")
    assert ["stopped"] == talk.told
    assert StopAll() in talk.effects
    assert () == talk.text("1").replies
    assert () == talk.text("HELP").replies
    assert ["danger"] == talk.text("i want to die").told
    talk.text("START")
    assert Restart() in talk.effects
    assert ["restarted"] == talk.told
    assert Texting.UNASKED == talk.session.texting


@pytest.mark.parametrize("words", ["DELETE", "delete my data", "borrar"])
def test_delete_after_stop_erases_silently(book: Book, words: str) -> None:
    talk = Talk(book).text("hi", "1", "STOP", words)
    assert Erase() in talk.effects
    assert () == talk.replies
    assert Session(language=talk.session.language, texting=Texting.STOPPED) == replace(
        talk.session, book="", seen=None
    )
    assert ["restarted"] == talk.text("START").told


def test_key_nine_asks_then_stops_texts_and_keeps_the_call(book: Book) -> None:
    talk = Talk(book).ring().press("1", "3", "9")
    assert "stop_or_not" == talk.asked
    assert StopAll() not in talk.effects
    talk.press("1")
    assert StopAll() in talk.effects
    assert ["stopped_now"] == talk.told
    assert "sent_home" == talk.asked


@pytest.mark.parametrize(("key", "led_to"), [("4", "asked_before"), ("6", "sent_home"), ("9", "sent_home")])
def test_a_key_at_the_age_question_is_an_age(book: Book, key: str, led_to: str) -> None:
    talk = Talk(book).ring().press("1", key)
    assert led_to in (talk.asked, *talk.told)
    assert Texting.UNASKED == talk.session.texting
    assert "en" == talk.session.language


ASIDES = (
    "help | what is a 504 | LETTER | what is an iep | days | person | can they have the meeting without me?"
).split(" | ")


@pytest.mark.parametrize("words", ASIDES)
def test_an_aside_returns_to_the_question(book: Book, words: str) -> None:
    talk = Talk(book).text("hi", "1", "3", "2")
    before = talk.session.answers
    talk.text(words)
    for _ in range(3):  # a menu of rights may stand between
        if talk.session.state != "plan_now":
            talk.text("BACK")
    assert ("plan_now", before) == (talk.session.state, talk.session.answers)


def test_two_misses_offer_a_way_out(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "purple")
    assert (["unclear"], "child_age") == (talk.told, talk.asked)
    talk.text("purple")
    assert "stuck_by_text" == talk.asked
    assert "child_age" == talk.text("2").asked
    talk.text("purple", "purple", "3")
    assert "sent_home" == talk.asked


def test_a_third_miss_offers_a_person(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "purple", "purple", "purple", "purple")
    assert "person_number" in talk.told
    assert "want_call_back" == talk.asked
    assert "child_age" == talk.text("no").asked


@pytest.mark.parametrize(
    "state", ["child_age", "sent_home", "plan_now", "asked_before", "hardest", "kind_of_help", "how_often"]
)
def test_not_sure_is_an_answer(book: Book, state: str) -> None:
    talk = Talk(book, Session(state=state)).text("not sure")
    assert state != talk.session.state
    assert not [t for t in talk.told if t == "unclear"]


def test_the_eighth_silence_ends_the_call(book: Book) -> None:
    talk = Talk(book).ring()
    assert (["this_language", "silence"], "begin") == ((t := talk.be_silent()).told, t.asked)
    for _ in range(6):
        assert (["silence"], None) == ((t := talk.be_silent()).told, t.asked)
    assert "child_age" == Talk(book, talk.session).press("1").asked
    assert HangUp() == talk.be_silent().replies[-1]
    assert ["goodbye"] == talk.told


def test_a_call_resumes_where_texts_ended(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "3")
    talk.ring()
    assert (["this_language", "greeting"], "welcome_back") == (talk.told, talk.asked)
    assert "sent_home" == talk.press("1").asked


def test_starting_over_forgets_the_answers(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "3", "1", "start over")
    assert ("child_age", None) == (talk.asked, talk.session.answer_to("sent_home"))


def test_thanks_is_not_a_new_screening(book: Book) -> None:
    talk = Talk(book).text(*IEP, "2", "4", "thank u so much")
    assert ["thanks"] == talk.told
    assert None is talk.asked


def test_a_reminders_question_takes_the_next_text(book: Book) -> None:
    talk = Talk(book, Session(state="rest", texting=Texting.YES)).remind("where_to_send")
    assert ("rest", ["where_to_send"]) == (talk.session.state, talk.told)
    talk.remind("sent_yet")
    assert "sent_yet" == talk.asked
    assert "sent_on" == talk.text("1").asked
    assert "letter_sent" in talk.text("1").told


def test_a_reminder_returns_to_the_paused_question(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "3", "2")
    talk.remind("sent_yet").text("back")
    assert "plan_now" == talk.asked


def test_back_replaces_an_outcome(book: Book) -> None:
    talk = Talk(book).text("hi", "1", *"3211111", "back", "2", "1")
    assert ("outcome_both",) == talk.session.outcomes


def test_every_outcome_leads_on(book: Book) -> None:
    for state in book.states.values():
        if isinstance(state, Statement) and state.outcome:
            assert state.go != "rest", state.name


@pytest.mark.parametrize(
    ("state", "texts"),
    [
        ("Texas", ["my_center.text", "my_limit.TX"]),
        ("94612", ["my_center.text", "my_limit.CA"]),
        ("Alabama", ["my_center.AL", "my_limit.text"]),
        ("Connecticut", ["my_center.CT", "my_limit.CT"]),
        ("skip", []),
    ],
)
def test_a_state_gives_its_center_and_limit(book: Book, state: str, texts: list[str]) -> None:
    talk = Talk(book).text(*IEP, "2")
    assert "which_state" == talk.asked
    talk.text(state)
    assert texts == [reply.text.partition(".")[2] for reply in talk.replies if isinstance(reply, Tell)]
    assert "anything_else" == talk.asked


def test_a_state_is_asked_once(book: Book) -> None:
    talk = Talk(book).text(*IEP, "2", "TX", "menu", "1", *"32111111", "2")
    assert "anything_else" == talk.asked
    assert ["my_center", "my_limit"] == talk.text("CENTER").told


def test_the_day_of_the_signature_starts_the_clock(book: Book) -> None:
    talk = Talk(book).text(*IEP, "1", "Maryland", "SIGNED")
    assert "signed_on" == talk.asked
    talk.effects.clear()
    talk.text("11/20")
    (told,) = [reply for reply in talk.replies if isinstance(reply, Tell)]
    assert ("places.deadline.MD", (("deadline", "2027-01-19"),)) == (told.text, told.blanks)
    due = talk.due
    assert {
        "testing_halfway": "2026-12-20",
        "testing_deadline_near": "2027-01-09",
        "testing_done": "2027-02-10",
    } == due, "the tip of the second day is past"


def test_school_days_are_said_as_about(book: Book) -> None:
    said = book.texts["en"]["places.deadline.WA"][0]
    assert "35 school days, until about {deadline}" in said


def test_a_first_text_in_spanish_is_answered_in_spanish(book: Book) -> None:
    assert "es" == Talk(book).text("hola, mi hijo no aprende a leer").session.language
    assert "en" == Talk(book).text("hi").session.language
    assert ("es", ["danger"]) == ((t := Talk(book).text("mi hija se quiere matar")).session.language, t.told)
    assert ("es", ["stopped"]) == ((t := Talk(book).text("alto")).session.language, t.told)


def test_the_language_is_switched_at_any_moment(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "3", "español")
    assert ("es", "sent_home") == (talk.session.language, talk.asked)
    talk.press("8")
    assert ("en", "sent_home") == (talk.session.language, talk.asked)


def test_answers_are_understood_in_both_languages(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "3", "español", "sí")
    assert "yes" == talk.session.answer_to("sent_home")


def test_back_and_no_take_back_a_yes(book: Book) -> None:
    talk = Talk(book).text(*IEP, "1")
    talk.effects.clear()
    talk.text("back", "2")
    assert Texting.NO == talk.session.texting
    assert Refuse() in talk.effects


def test_after_stop_consent_is_not_asked_before_start(book: Book) -> None:
    talk = Talk(book, Session(line=LineType.TEXTS)).call("1").screened(*"32111111")
    assert "may_we_text" == talk.asked
    assert "which_state" == talk.press("9", "1").asked
    texted = Talk(book).text(*IEP, "STOP")
    texted.ring()
    texted.press("1", "1", "1")
    assert Texting.STOPPED == texted.session.texting
    assert not texted.effects_of(Consent)


def test_repeat_repeats_everything(book: Book) -> None:
    talk = Talk(book).ring().speak("i want to kill myself")
    told = talk.told
    assert "danger" in told
    assert told == talk.press("*").told
    assert told == talk.press("*").told


def test_an_answered_question_is_not_asked_again_after_an_aside(book: Book) -> None:
    talk = Talk(book).text(*IEP, "thanks", "1", "skip")
    assert "anything_else" == talk.asked


def test_being_stuck_in_an_aside_changes_no_answers(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "3", "2", "1", "what is the difference", "1", "purple", "purple")
    assert "stuck_by_text" == talk.asked
    assert "row_law" == Talk(book, talk.session).text("2").asked
    assert "asked_before" == talk.text("3").asked
    assert None is talk.session.answer_to("asked_before")


def test_an_aside_returns_to_a_reminders_question(book: Book) -> None:
    talk = Talk(book, Session(state="rest", texting=Texting.YES)).remind("sent_yet")
    assert "sent_yet" == talk.text("HELP").asked
    assert "sent_on" == talk.text("1").asked


def test_back_cancels_an_old_outcomes_reminders(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "1", "1")
    talk.effects.clear()
    talk.text("back", "back")
    (dropped,) = talk.effects_of(Cancel)
    assert "early_intervention_called" in dropped.reminders


def test_starting_over_forgets_the_state(book: Book) -> None:
    assert () == Talk(book).text(*IEP, "2", "TX", "start over").session.known


def test_retrying_a_point_can_still_end_with_done(book: Book) -> None:
    talk = Talk(book).text("hi", "4", "1", "purple", "purple")
    assert "stuck_by_text" == talk.asked
    assert "row_law" == talk.text("2").asked
    assert "anything_else" == talk.text("2").asked


def test_a_line_is_looked_up_once_per_number(book: Book) -> None:
    assert LookUp() in Talk(book).call().effects
    assert LookUp() not in Talk(book, Session(line=LineType.LANDLINE)).call().effects
    assert LookUp() not in Talk(book).call(reachable=False).effects
    assert LookUp() not in Talk(book).text("hi").effects


def nudges(talk: Talk) -> list[FollowUp]:
    """Return the texts planned for a dropped call."""
    return [e for e in talk.effects if isinstance(e, FollowUp) and e.reminder == "call_dropped"]


def test_a_dropped_call_continues_by_text(book: Book) -> None:
    talk = Talk(book).call("1", "3", "2", "1").hang_up()
    assert [FollowUp("call_dropped", timedelta(minutes=1), one_text=True)] == nudges(talk)
    assert Consent("people.if_call_drops.text", one_text=True) in talk.effects
    talk.later(minutes=1).remind("call_dropped")
    (asked,) = talk.replies
    assert Ask("call_dropped", blanks=(("question", "3"),)) == asked
    assert "plan_now" == talk.text("1").asked
    assert ("asked_before", "no") == (talk.text("1").asked, talk.session.answer_to("sent_home"))


@pytest.mark.parametrize("keys", ["32", "321", "3211", "32111", "321111"])
def test_a_call_can_drop_after_any_question(book: Book, keys: str) -> None:
    talk = Talk(book).call("1").screened(*keys, nudge="1")
    was_at = talk.asked
    talk.hang_up()
    by_text = Talk(book, talk.session).remind("call_dropped")
    assert [Ask("call_dropped", blanks=(("question", str(len(keys) + 1)),))] == list(by_text.replies)
    assert was_at == by_text.text("1").asked
    assert was_at == Talk(book, talk.session).text("hello", "1").asked
    again = Talk(book, talk.session).call()
    assert "welcome_back" == again.asked
    assert was_at == again.press("1").asked


def test_without_consent_a_dropped_call_gets_no_text(book: Book) -> None:
    assert [] == nudges(Talk(book).call("1", "3", "2", NO).hang_up())
    assert [] == nudges(Talk(book).call("1", "3", "2", "1", "9", "1").hang_up())
    done = Talk(book, Session(line=LineType.TEXTS)).call("1").screened(*"32111111", "2", "1", "4", nudge="1")
    assert [] == nudges(done.hang_up())
    twice = Talk(book).call("1", "3", "2", "1").hang_up().call("1")
    twice.effects.clear()
    assert [] == nudges(twice.hang_up())


def test_returning_within_a_minute_cancels_the_text(book: Book) -> None:
    left = Talk(book).call("1", "3", "2", "1").hang_up()
    for back in (Talk(book, left.session).call(), Talk(book, left.session).text("hi")):
        assert Cancel(("call_dropped",)) in back.effects


def test_after_three_days_resuming_is_offered(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "3", "2").later(days=3)
    assert "welcome_back" == Talk(book, talk.session).later(days=3).text("so anyway").asked
    assert "welcome_back" == Talk(book, talk.session).later(days=3).text("hello").asked
    assert "asked_before" == Talk(book, talk.session).later(days=3).text("1").asked
    assert "child_age" == Talk(book, talk.session).later(days=3).text("hello", "2").asked


def test_after_seven_days_a_conversation_starts_over(book: Book) -> None:
    talk = Talk(book).text("hola", "1", *"32111111", "1", "skip")
    assert "outcome_iep" in talk.session.outcomes
    talk.later(days=7, minutes=1).text("hola")
    assert ("es", Texting.YES) == (talk.session.language, talk.session.texting)
    assert ((), "menu") == (talk.session.outcomes, talk.asked)


def test_late_thanks_begin_no_screening(book: Book) -> None:
    talk = Talk(book).text(*IEP, "2", "skip", "4").later(days=9).text("thank you so much!")
    assert (["thanks"], None) == (talk.told, talk.asked)


def test_zero_rings_the_staff_in_office_hours(book: Book) -> None:
    talk = Talk(book).call("1", "0", staffed=True)
    assert (["transfer"], Transfer()) == (talk.told, talk.replies[-1])
    joined = Talk(book, talk.session).take(Channel.VOICE, EventKind.DIALED, "joined")
    assert (["after_talk"], "child_age") == (joined.told, joined.asked)
    missed = Talk(book, talk.session).take(Channel.VOICE, EventKind.DIALED, "missed")
    assert (["nobody_free"], "how_to_reach_you") == (missed.told, missed.asked)
    silent = Talk(book, talk.session).be_silent()
    assert "how_to_reach_you" == silent.asked, "a ring that came to nothing is no silence of the caller"


def test_out_of_hours_a_call_back_or_message_is_offered(book: Book) -> None:
    talk = Talk(book).call("1", "0")
    assert (["person_number"], "how_to_reach_you") == (talk.told, talk.asked)
    back = Talk(book, talk.session).press("1", "3")
    assert AskPerson(when="evening") in back.effects
    assert (["call_back_noted"], "child_age") == (back.told, back.asked)
    message = Talk(book, talk.session).press("3")
    assert (["leave_message"], TakeMessage()) == (message.told, message.replies[-1])
    left = Talk(book, message.session).take(Channel.VOICE, EventKind.RECORDED, "RE1")
    assert AskPerson(recording="RE1") in left.effects
    assert (["message_taken"], "child_age") == (left.told, left.asked)
    nothing = Talk(book, message.session).be_silent()
    assert [] == nothing.effects_of(AskPerson)
    assert (["no_message"], "how_to_reach_you") == (nothing.told, nothing.asked), "it can be left again"


def test_a_hidden_caller_can_only_leave_a_message(book: Book) -> None:
    assert "leave_a_message" == Talk(book).call("1", "0", reachable=False).asked


def test_a_text_can_request_a_call_back(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "3", "person")
    assert (["person_number"], "want_call_back") == (talk.told, talk.asked)
    assert "call_back_time" == talk.text("1").asked
    assert AskPerson(when="morning") in talk.text("morning").effects
    assert "sent_home" == talk.asked


@table("""
    said | when
    between two and four | afternoon
    2-4pm | afternoon
    after five | evening
    tonight after eight | evening
    any time before noon | morning
    entre dos y cuatro | afternoon
    después de las cinco y media | evening
    antes de mediodía | morning
    8 or so | any_time
    my break is at two fifteen so then | afternoon
    en la mañana no puedo, mejor a la 1 | any_time
""")
def test_the_staff_see_a_good_time_in_the_parents_words(book: Book, said: str, when: str) -> None:
    state = Session(state="call_back_time")
    for talk in (Talk(book, state).text(said), Talk(book, state).speak(said)):
        assert AskPerson(when=when, words=said) == talk.effects_of(AskPerson)[-1]
        assert "call_back_noted" in talk.told


def test_a_good_time_without_an_hour_is_accepted_the_second_time(book: Book) -> None:
    talk = Talk(book, Session(state="call_back_time")).text("when he naps")
    assert [AskPerson(when="any_time", words="when he naps")] == talk.effects_of(AskPerson)
    assert "call_back_time" == talk.asked
    assert "call_back_noted" in talk.text("in his nap time").told


@pytest.mark.parametrize("said", ["what is an iep", "can you call me after the meeting at 2?", "wait"])
def test_a_request_is_not_a_good_time(book: Book, said: str) -> None:
    talk = Talk(book, Session(state="call_back_time")).text(said)
    assert "call_back_noted" not in talk.told


@pytest.mark.parametrize("said", ["1", "morning", "two"])
def test_a_plain_choice_adds_no_words_for_the_staff(book: Book, said: str) -> None:
    talk = Talk(book, Session(state="call_back_time")).text(said)
    assert [""] == [effect.words for effect in talk.effects_of(AskPerson)]


@pytest.mark.parametrize("first", ["text me, do not call", "2"])
def test_a_parent_who_wants_no_call_is_texted(book: Book, first: str) -> None:
    talk = Talk(book).text("hi", "1", "3", "person", first)
    assert "text_back_time" == talk.asked
    assert AskPerson(when="text_any_time", by=ReachBy.TEXT) in talk.effects
    assert AskPerson(when="text_evening", by=ReachBy.TEXT) in talk.text("evening").effects


def test_persona_as_the_first_text_is_answered_in_spanish(book: Book) -> None:
    assert "es" == Talk(book).text("PERSONA").session.language


def test_a_recording_after_hanging_up_is_kept(book: Book) -> None:
    talk = Talk(book).call("1", "0", "3").hang_up()
    assert AskPerson(recording="RE1") in talk.take(Channel.VOICE, EventKind.RECORDED, "RE1").effects


@pytest.mark.parametrize("by", ["keys", "speech", "silent once and wrong once"])
@pytest.mark.parametrize(("answers", "outcomes"), ROUTES.values(), ids=ROUTES.keys())
def test_a_screening_can_be_finished_by_keys_speech_and_mistakes(
    book: Book, answers: str, outcomes: list[str], by: str
) -> None:
    talk = Talk(book, Session(line=LineType.TEXTS)).call()
    keys = deque(["1", *answers.replace(" ", "")])
    on_the_way = {"if_call_drops": NO, "hear_letter": LATER}
    while keys or talk.asked in on_the_way:
        question = book.question(str(talk.asked))
        number = int(on_the_way.get(question.name) or keys.popleft())
        if by == "silent once and wrong once":
            talk.be_silent().take(Channel.VOICE, EventKind.PRESSED, "55")
            assert question.name == talk.asked
        if by == "speech":
            said = offered(book, "en", question.name)[number - 1].say
            talk.speak(f"{said}.").call_on()
        else:
            talk.choose(str(number))
    stated = (book.statement(name).outcome for name in talk.session.outcomes)
    reached = [outcome.id for outcome in stated if outcome]
    assert [o for o in outcomes if o != "OUT-PRIV"] == [o for o in reached if o != "OUT-PRIV"]
    assert "may_we_text" == talk.asked


def test_the_language_can_be_switched_in_every_state(book: Book, walk: Walk) -> None:
    lines = (Line(Channel.SMS, "en"), Line(Channel.VOICE, "en"))
    places = {(w.line, w.state): s for w, s in walk.places.items() if w.line in lines and not s.more}
    assert len(places) > 100
    for (line, name), session in places.items():
        if not isinstance(book.states.get(name), Question) or session.texting is Texting.STOPPED:
            continue
        if line.channel is Channel.VOICE and any(c.ages for c in book.question(name).choices):
            continue  # there 8 is a child of eight
        switch = (EventKind.PRESSED, "8") if line.channel is Channel.VOICE else (EventKind.SAID, "español")
        talk = Talk(book, session).take(line.channel, *switch)
        assert ("es", name) == (talk.session.language, talk.asked), session


UNCLEAR = (
    "enough | never mind | i want it to stop | too many texts | no quiero seguir | son muchos mensajes"
).split(" | ")


@pytest.mark.parametrize("words", UNCLEAR)
def test_silence_after_an_unclear_stop_is_a_stop(book: Book, words: str) -> None:
    talk = Talk(book).text(*IEP, "1", "skip", words)
    assert ("stop_or_not", Texting.STOPPED) == (talk.asked, talk.session.texting)
    assert StopAll() not in talk.effects, "what waits is not lost yet"
    yes = Talk(book, talk.session).text("1")
    assert StopAll() in yes.effects
    assert (["stopped_now"], Texting.STOPPED) == (yes.told, yes.session.texting)
    assert () == yes.text("hello").replies


def test_going_on_after_an_unclear_stop_restores_consent(book: Book) -> None:
    talk = Talk(book).text(*IEP, "1", "skip", "enough")
    no = Talk(book, talk.session).text("2")
    assert (["not_stopped"], Texting.YES) == (no.told, no.session.texting)
    other = Talk(book, talk.session).text("what is a 504")
    assert ("what_504" in other.told, Texting.YES) == (True, other.session.texting)
    danger = Talk(book, talk.session).text("i want to die")
    assert "danger" in danger.told
    stop = Talk(book, talk.session).text("stop")
    assert StopAll() in stop.effects


@pytest.mark.parametrize(
    "words",
    (
        "he has no friends at school | there is no help at this school | i have no idea | i have no money | "
        "no wait | nothing works for him | no tiene amigos | no i need more help"
    ).split(" | "),
)
def test_a_sentence_with_a_no_does_not_end_the_conversation(book: Book, words: str) -> None:
    call = Talk(book, Session(state="anything_else")).speak(words)
    assert HangUp() not in call.replies
    assert "goodbye" not in Talk(book, Session(state="anything_else")).text(words).told


@pytest.mark.parametrize(
    "words", ["no", "no thanks", "no that's all", "i'm done", "4", "eso es todo", "Nada más."]
)
def test_usual_goodbyes_end_the_conversation(book: Book, words: str) -> None:
    call = Talk(book, Session(state="anything_else")).speak(words)
    assert HangUp() == call.replies[-1]


CONSENTS = [
    ("may_we_text", "texts_off"),
    ("may_we_text_this", None),
    ("may_we_text_on", None),
    ("if_call_drops", "no_text_if_dropped"),
]
REFUSALS = (
    "no thanks | No thank you. | not now | not right now | maybe later | no gracias | ahora no | luego"
).split(" | ")
YESES = ["yes thanks", "yes pls", "Claro que sí", "sí gracias", "yes please", "si por favor"]


@pytest.mark.parametrize(("question", "no"), CONSENTS)
def test_polite_answers_to_consent_count(book: Book, question: str, no: str | None) -> None:
    """On both channels; a no is not a STOP."""
    wanted = (Tell("rights.right_copy.text"),)
    for words in REFUSALS:
        for channel, kind in ((Channel.SMS, EventKind.SAID), (Channel.VOICE, EventKind.SPOKEN)):
            talk = Talk(book, Session(state=question, wanted=wanted)).take(channel, kind, words)
            assert question != talk.asked, words
            assert not talk.effects_of(Consent, StopAll)
            assert no is None or talk.told[0] == no
    for words in YESES:
        talk = Talk(book, Session(state=question, wanted=wanted)).speak(words)
        assert talk.effects_of(Consent), words


def test_a_no_to_reminders_is_not_a_stop(book: Book) -> None:
    for words in ("no i dont want texts", "i dont want texts", "no quiero mensajes"):
        talk = Talk(book, Session(state="may_we_text")).text(words)
        assert ("texts_off", Texting.NO) == (talk.told[0], talk.session.texting)
        assert Refuse() in talk.effects
        assert StopAll() in Talk(book, Session(state="menu")).text(words).effects
    for words in ("STOP", "no more texts", "wrong number", "no stop"):
        assert StopAll() in Talk(book, Session(state="may_we_text")).text(words).effects


def test_a_call_back_without_a_time_is_still_a_request(book: Book) -> None:
    asked = Talk(book).text("PERSON", "1")
    assert [AskPerson(when="any_time")] == asked.effects_of(AskPerson)
    for words in (
        "after i get off work around 6 | 6 | 6 pm | tonight | después del trabajo | a las 6 de la tarde"
    ).split(" | "):
        talk = Talk(book).text("PERSON", "1", words)
        assert "evening" == talk.effects_of(AskPerson)[-1].when, words
    call = Talk(book).call("0", "1")
    assert AskPerson(when="any_time") in call.effects
    assert "call_back_noted" not in Talk(book).text("PERSON", "1", "purple").told


TOLD_AS_AN_ANSWER = [
    ("hardest", "he cant focus", "kind_of_help"),
    ("hardest", "dyslexia", "kind_of_help"),
    ("hardest", "mi hijo no aprende a leer", "kind_of_help"),
    ("hardest", "no puede leer", "kind_of_help"),  # a trouble, whatever it opens with
    ("hardest", "does he need a 504?", "hardest"),
    ("hardest", "none of these", "may_we_text"),
    ("asked_before", "not yet", "hardest"),
    ("asked_before", "they never answered me", "may_we_text"),
    ("sent_home", "he is suspended", "plan_now"),
    ("sent_home", "lo suspendieron", "plan_now"),
    ("sent_home", "no he is not suspended", "plan_now"),
    ("sent_home", "he was never suspended", "plan_now"),
    ("sent_home", "can they suspend him", "sent_home"),
]


@pytest.mark.parametrize(("state", "words", "asked"), TOLD_AS_AN_ANSWER)
def test_own_words_about_a_child_answer_the_question(book: Book, state: str, words: str, asked: str) -> None:
    assert asked == Talk(book, Session(state=state)).text(words).asked


@pytest.mark.parametrize(("words", "yes"), [("he is suspended", True), ("he was never suspended", False)])
def test_a_suspension_in_own_words_is_recorded(book: Book, words: str, yes: bool) -> None:
    talk = Talk(book, Session(state="sent_home")).text(words)
    assert ("yes" if yes else "no") == talk.session.answer_to("sent_home")
    assert yes == ("outcome_discipline" in talk.told)


@pytest.mark.parametrize(
    "words",
    ["i dont understand the question", "i dont get it", "what do you mean", "no entiendo", "no le entendi"],
)
def test_not_understanding_is_neither_an_answer_nor_an_opt_out(book: Book, words: str) -> None:
    talk = Talk(book).text("hi", "1", "3", "2")
    again = Talk(book, talk.session).text(words)
    assert ("plan_now", talk.session.answers) == (again.asked, again.session.answers)


@pytest.mark.parametrize("words", ["he has adhd i think", "take the quiz"])
def test_a_story_elsewhere_returns_to_the_question(book: Book, words: str) -> None:
    talk = Talk(book).text("hi", "1", "3", "2", "purple", "purple")
    assert "plan_now" == Talk(book, talk.session).text(words).asked
    talk.text("1")
    assert "want_call_back" == talk.asked
    assert "plan_now" == talk.text(words).asked
    assert "no" == talk.session.answer_to("sent_home")
    assert "child_age" == Talk(book, Session(state="rest")).text(words.replace("i dont", "he doesnt")).asked


@table("""
    words | told
    sent yesterday | sent_on
    SENT 11/20 | sent_on
    signed yesterday | signed_on
    enviada ayer | sent_on
""")
def test_a_day_given_with_the_answer_is_not_asked_for(book: Book, words: str, told: str) -> None:
    for start in (Session(state="rest"), Session(state="sent_yet")):
        talk = Talk(book, start).text(words)
        assert talk.session.slot(told), words
        assert talk.asked != told


@pytest.mark.parametrize("words", ["no they never call me bak", "nobody answered me"])
def test_no_answer_in_own_words_answers_the_reminder(book: Book, words: str) -> None:
    assert "no_answer_yet" == Talk(book, Session(state="did_they_answer")).text(words).told[0]


def test_a_picture_is_not_a_miss(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "", " ", "")
    assert (["no_words"], "child_age", 0) == (talk.told, talk.asked, talk.session.misses)
    assert "menu" == Talk(book).text("").asked
    assert ["glad_you_are_here"] == Talk(book).text("i want to die", "").told
    assert () == Talk(book).text("hi", "STOP", "").replies


def reminded(book: Book, reminder: str = "sent_yet") -> Talk:
    """Return a consenting parent who was asked by a reminder."""
    talk = Talk(book).text("hi", "1", *"3211111", "1", "1", "skip").later(days=4)
    return talk.remind(reminder)


ANSWERED_LATE = {
    "its number": ("1", "sent_on", []),
    "its words": ("Sent", "sent_on", []),
    "no": (
        "not yet",
        "anything_else",
        ["will_ask_if_sent", "letter", "letter_worry_any", "letter_end", "letters_to_print"],
    ),
    "the letter it offers": (
        "LETTER",
        "sent_yet",
        ["letter", "letter_worry_any", "letter_end", "letters_to_print"],
    ),
    "a greeting": ("hi", "menu", ["greeting"]),
    "words that mean nothing": ("xqzv wkjh", "menu", ["greeting"]),
    "thanks": ("thanks", None, ["thanks"]),
}


@pytest.mark.parametrize(("said", "asked", "told"), ANSWERED_LATE.values(), ids=ANSWERED_LATE.keys())
def test_reminders_stay_open_thirty_days(book: Book, said: str, asked: str | None, told: list[str]) -> None:
    """Longer than the session lasts."""
    talk = reminded(book).later(days=10).text(said)
    assert (asked, told) == (talk.asked, talk.told)


def test_a_reminder_cannot_be_answered_after_thirty_days(book: Book) -> None:
    assert "greeting" in reminded(book).later(days=31).text("1").told


def test_a_late_answer_starts_what_follows(book: Book) -> None:
    talk = reminded(book).later(days=10).text("1", "1")
    assert "letter_sent" in talk.told
    assert "did_they_answer" in talk.started


def test_the_last_question_of_a_reminder_is_answered(book: Book) -> None:
    talk = reminded(book).remind("did_they_answer").remind("write_again")
    assert "they_said_no" in talk.later(days=10).text("2").told


SETTLED = {
    "its number": ("sent_yet", ("1", "1")),
    "not yet": ("sent_yet", ("not yet",)),
    "sent, of itself": ("sent_yet", ("SENT", "1")),
    "the form is signed": ("did_they_answer", ("SIGNED", "today")),
    "a day": ("iep_meeting_set", ("yes", "12/30")),
    "in Spanish": ("sent_yet", ("ya la mande", "hoy")),
}


@pytest.mark.parametrize("said", ["no answer yet", "nothing yet", "no", "todavia nada", "1"])
@pytest.mark.parametrize(("reminder", "answers"), SETTLED.values(), ids=SETTLED.keys())
def test_an_answered_reminder_is_not_answered_again(
    book: Book, reminder: str, answers: tuple[str, ...], said: str
) -> None:
    talk = reminded(book, reminder).text(*answers).later(days=8)
    before = talk.started
    assert "greeting" in talk.text(said).told
    assert before == talk.started


def test_a_reminder_asked_again_is_open_again(book: Book) -> None:
    talk = reminded(book).text("not yet").remind("sent_yet").later(days=10).text("1")
    assert "sent_on" == talk.asked
    talk = reminded(book).text("1", "1").remind("did_they_answer").later(days=10).text("2")
    assert "they_said_no" in talk.told


def test_after_a_stop_no_reminder_is_open(book: Book) -> None:
    talk = reminded(book).text("STOP").later(days=10).text("start")
    assert talk.asked != "sent_yet"
    assert "greeting" in reminded(book).later(days=10).ring().told
    assert () == reminded(book).later(days=10).text("LETTER").session.answers


def test_after_switching_first_the_whole_greeting_is_repeated(book: Book) -> None:
    call = Talk(book).call().press("8")
    assert (["greeting"], "begin", "es") == (call.told, call.asked, call.session.language)
    assert ["greeting"] == call.press("8").told
    assert ["other_language"] == call.press("1", "3", "8").told
    assert ["other_language"] == Talk(book).text("hi", "español").told


@pytest.mark.parametrize(
    "said",
    [
        *("hello? is this a person?", "Hi, am I talking to a real person?"),
        *("hablo con una máquina", "¿usted es una persona?"),
    ],
)
def test_are_you_a_person_is_answered(book: Book, said: str) -> None:
    assert "who_answers" in Talk(book).call().speak(said).told
    assert "who_answers" in Talk(book).text("hi", said).told


@pytest.mark.parametrize("texts", [("hola",), ("hola", "1", "ALTO"), ("ALTO",)])
def test_a_known_language_comes_first_in_a_call(book: Book, texts: tuple[str, ...]) -> None:
    call = Talk(book).text(*texts).call()
    told = [reply for reply in call.replies if isinstance(reply, Tell)]
    assert [("es", "greeting"), ("en", "this_language")] == [
        (tell.language or call.session.language, tell.text.split(".")[1]) for tell in told[:2]
    ]
    assert ["this_language", "greeting"] == [
        tell.text.split(".")[1] for tell in Talk(book).call().replies if isinstance(tell, Tell)
    ]


@pytest.mark.parametrize("answer", ["1", "2", "3", "4"])
def test_a_desk_that_closed_meanwhile_promises_no_call(book: Book, answer: str) -> None:
    talk = Talk(book).text("person", "1")
    assert "call_back_time" == talk.asked
    talk.take(Channel.SMS, EventKind.SAID, answer, requests_seen=False)
    assert "person_number" in talk.told
    assert "call_back_noted" not in talk.told


def test_a_message_nobody_will_hear_gets_the_centers_number(book: Book) -> None:
    talk = Talk(book).call("1", "0", "3")
    talk.take(Channel.VOICE, EventKind.RECORDED, "RE0", requests_seen=False)
    assert ["person_number"] == talk.told


def test_an_event_says_by_default_that_requests_are_not_seen() -> None:
    assert not Event("e", NOON, Channel.SMS, EventKind.SAID).requests_seen


@pytest.mark.parametrize("said", ["repeat", "back"])
def test_a_picked_topic_ends_the_choice(book: Book, said: str) -> None:
    asking = Session(state="which_topic", paused="child_age", between=("what_iep", "repeat", "none"))
    for picked in ("1", "2"):
        talk = Talk(book, asking).text(picked, said)
        assert "which_topic" not in (talk.asked, talk.session.state)
        assert "child_age" == Talk(book, asking).text(picked).asked


def test_an_answer_to_more_with_nothing_left_gets_words(book: Book) -> None:
    assert Talk(book, Session(state="more")).take(Channel.SMS, EventKind.SAID, "3").replies


AFTERTHOUGHTS = [
    *("ok -but later", "sure - maybe later", "ok - call me", "yes\nStop", "yes\nNever mind", "sí\nMejor no"),
    *("no - sent home daily", "no\nSuspended twice", "no - he did it again", "yes - not now"),
]
"""A yes or a no that what follows takes back, or makes something else of."""


@pytest.mark.parametrize("words", AFTERTHOUGHTS)
def test_an_afterthought_is_neither_consent_nor_erasure(book: Book, words: str) -> None:
    for name in (q.name for q in book.states.values() if isinstance(q, Question) and book.binds(q.name)):
        talk = Talk(book, Session(state=name)).text(words)
        assert not talk.effects_of(Consent, Erase), name
    plain = Talk(book, Session(state="may_we_text")).text("yes\n-Maria")
    assert plain.effects_of(Consent)


def test_an_afterthought_does_not_reverse_an_answer(book: Book) -> None:
    for words in ("no - sent home daily", "no\nSuspended twice"):
        talk = Talk(book, Session(state="sent_home")).text(words)
        assert "no" != talk.session.answer_to("sent_home"), words
    talk = Talk(book, Session(state="safety_check")).text("no - he did it again")
    assert "safe_after_all" not in talk.told
