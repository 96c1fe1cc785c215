"""Commands: BACK, WHY, ANOTHER, DELETE, "text me this"."""

from dataclasses import replace

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Role, Statement
from hotline.conversation.engine.step import step
from hotline.conversation.model.events import (
    Ask,
    Cancel,
    Channel,
    Consent,
    Erase,
    Event,
    EventKind,
    FollowUp,
    LineType,
    Nudge,
    Restart,
    StopAll,
    Tell,
    Texting,
    TextThis,
)
from hotline.conversation.model.session import Session
from hotline.publishing.lint.graph import MOMENT
from hotline.publishing.lint.graph_places import Line, Move, Walk, answers
from tests.conversation.talk import IEP, Talk
from tests.rows import table


@pytest.fixture(scope="module")
def places(book: Book, walk: Walk) -> list[tuple[Line, Session, Move]]:
    """Return every state by text and by call, also as an aside of every other, with each possible answer."""
    lines = (Line(Channel.SMS, "en"), Line(Channel.VOICE, "es"))
    found = {
        (w.line, w.state, w.paused): (w, s) for w, s in walk.places.items() if w.line in lines and not s.more
    }
    return [(where.line, session, move) for where, session in found.values() for move in answers(book, where)]


def test_back_and_the_same_answer_give_the_same_session_everywhere(
    book: Book, places: list[tuple[Line, Session, Move]]
) -> None:
    tried = 0
    for line, session, move in places:
        if not isinstance(book.states.get(session.state), Question):
            continue

        def take(before: Session, kind: EventKind, text: str, line: Line = line) -> Session:
            known = (line.reachable, line.staffed)
            event = Event("e", MOMENT, line.channel, kind, text, *known, requests_seen=line.requests_seen)
            return replace(step(book, before, event).session, tail="")

        back = (EventKind.PRESSED, "#") if line.channel is Channel.VOICE else (EventKind.SAID, "back")
        answered = take(session, *move)
        if session.state == "delete_all":
            continue  # what is deleted does not come back
        undone = take(answered, *back)
        if session.texting is Texting.STOPPED and (
            line.channel is Channel.SMS
            or book.asks_consent(session.state)
            or any(choice.needs_texts for choice in book.question(session.state).choices)
        ):
            continue  # after STOP there is silence, and nobody is asked for consent or offered a text
        assert (session.state, session.paused) == (undone.state, undone.paused), (session, move)
        assert (session.answers, session.received) == (undone.answers, undone.received), (session, move)
        assert answered == take(undone, *move), (session, move)
        tried += 1
    assert tried > 5_000


def test_back_returns_to_the_beginning_answer_by_answer(book: Book) -> None:
    talk = Talk(book).text(*IEP)
    found = [talk.text("back").asked for _ in range(10)]
    assert [
        *("kind_of_school", "how_often", "kind_of_help", "hardest", "asked_before", "plan_now", "sent_home"),
        *("child_age", "menu", "menu"),
    ] == found


def test_back_undoes_a_restart(book: Book) -> None:
    talk = Talk(book).text(*IEP, "2", "skip", "start over", "back")
    assert "anything_else" == talk.asked
    assert ("outcome_iep",) == talk.session.outcomes
    assert "letter" in talk.text("LETTER").told


WHY = {
    "under 3": ("1", ["why_under_3"]),
    "preschool": ("21", ["why_preschool"]),
    "IEP": ("3211111", ["why_iep"]),
    "504": ("321112", ["why_504"]),
    "both, teaching": ("3211112", ["why_both_teaching"]),
    "both, not sure": ("321113", ["why_both_kinds"]),
    "asked before": ("3213", ["why_asked"]),
    "discipline": ("3111", ["why_discipline", "why_discipline"]),
    "has a 504": ("3221", ["why_has_504"]),
    "has an IEP": ("3231", ["why_has_iep"]),
    "support": ("32115", ["why_support"]),
    "private": ("32111122", ["why_both_teaching", "why_private"]),
    "home": ("3211123", ["why_504", "why_home"]),
}


@pytest.mark.parametrize("by", ["text", "call"])
@pytest.mark.parametrize(("keys", "told"), WHY.values(), ids=WHY.keys())
def test_why_names_the_answers_behind_the_outcome(book: Book, keys: str, told: list[str], by: str) -> None:
    if by == "text":
        talk = Talk(book).text("hi", "1", *keys)
        asked = talk.asked
        assert (told, asked) == ((t := talk.text("WHY")).told, t.asked)
    else:
        talk = Talk(book, Session(line=LineType.TEXTS)).call("1").screened(*keys)
        asked = talk.asked
        talk.speak("why").call_on()
        assert (told, asked) == ([t for t in talk.told if t != "more"], talk.asked)


def test_every_outcome_has_its_reason(book: Book) -> None:
    screening = [s for s in book.states.values() if isinstance(s, Statement) and s.file == "screening"]
    assert [] == [s.name for s in screening if s.outcome and not s.outcome.why]


def test_why_works_for_half_an_hour(book: Book) -> None:
    """Phones are shared."""
    talk = Talk(book).text(*IEP)
    assert ["why_iep"] == talk.later(minutes=29).text("why").told
    assert ["too_late_to_say_why"] == talk.later(minutes=2).text("why").told


def test_why_before_an_outcome_asks_for_the_questions_first(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "3", "why")
    assert (["no_outcome_yet"], "sent_home") == (talk.told, talk.asked)


def test_repeat_after_half_an_hour_repeats_only_the_question(book: Book) -> None:
    talk = Talk(book).text(*IEP[:-1])
    assert "outcome_iep" in talk.text("repeat").told
    assert ([], "kind_of_school") == ((t := talk.later(minutes=31).text("repeat")).told, t.asked)


def test_another_child_keeps_the_first_childs_reminders(book: Book) -> None:
    talk = Talk(book).text(*IEP, "1", "skip")
    talk.effects.clear()
    talk.text("ANOTHER")
    assert (["another_child"], "child_age") == (talk.told, talk.asked)
    talk.text(*"3211131")
    assert ("outcome_both",) == talk.session.outcomes
    assert [] == [e for e in talk.effects if isinstance(e, Cancel) and "sent_yet" in e.reminders]
    started = talk.effects_of(FollowUp)
    assert started
    assert all(e.keep for e in started)


def test_a_restart_cancels_reminders_only_at_the_next_outcome(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "1", "1", "skip")
    talk.effects.clear()
    talk.text("start over", "3", "2", "1", "1", "1")
    assert [] == talk.effects_of(Cancel)
    talk.text("1", "1")
    dropped = talk.cancelled
    assert {"early_intervention_called", "early_intervention_met"} <= dropped


def test_delete_needs_one_plain_yes(book: Book) -> None:
    talk = Talk(book).text(*IEP, "DELETE")
    assert "delete_all" == talk.asked
    assert [] == Talk(book, talk.session).text("ok but not now").effects_of(Erase)
    assert "may_we_text" == Talk(book, talk.session).text("2").asked
    talk.text("1")
    assert Erase() in talk.effects
    assert ["deleted"] == talk.told
    assert ("", (), (), ()) == (
        talk.session.state,
        talk.session.answers,
        talk.session.steps,
        talk.session.known,
    )


def test_delete_in_a_call_asks_for_a_text(book: Book) -> None:
    """Caller ID can be forged."""
    talk = Talk(book).call("1").speak("delete my data")
    assert (["delete_by_text"], "child_age") == (talk.told, talk.asked)


def called(book: Book, line: LineType = LineType.TEXTS, *, reachable: bool = True) -> Talk:
    """Return a call in which it was said what to ask for."""
    return (
        Talk(book, Session(line=line))
        .call("1", reachable=reachable)
        .screened(*"32111111", reachable=reachable)
    )


def test_a_yes_texts_what_was_said_once(book: Book) -> None:
    talk = called(book).press("7")
    assert "may_we_text_this" == talk.asked
    talk.press("1").call_on()
    (this,) = talk.effects_of(TextThis)
    assert ["outcome_iep", "a_person", "disclaimer"] == [tell.text.split(".")[1] for tell in this.tells]
    assert Consent("people.may_we_text_this.text", one_text=True) in talk.effects
    assert "may_we_text" == talk.asked


def test_a_yes_given_again_after_back_still_has_words_to_text(book: Book) -> None:
    talk = called(book).press("7", "1")
    assert "may_we_text_this" == talk.press("#").asked
    first, again = (e for e in talk.press("1").effects if isinstance(e, TextThis))
    assert first.tells == again.tells != ()
    assert () == talk.hang_up().session.wanted


def test_back_into_a_finished_call_promises_no_text(book: Book) -> None:
    talk = called(book).press("7", "1").hang_up()
    before = len(talk.effects)
    assert "may_we_text_this" == talk.text("BACK").asked
    assert "nothing_to_text" == talk.text("1").told[0]
    assert [] == [e for e in talk.effects[before:] if isinstance(e, TextThis | Consent)]


def test_back_into_a_finished_call_repeats_nothing_if_there_is_nothing(book: Book) -> None:
    talk = called(book, LineType.UNSURE).press("7", "1", "1").hang_up()
    assert "can_it_get_this" == talk.text("BACK", "BACK").asked
    assert "nothing_to_text" == talk.text("2").told[0]


def test_neither_no_nor_silence_texts(book: Book) -> None:
    assert [] == called(book).press("7", "2").effects_of(TextThis)
    silent = called(book).press("7").be_silent()
    assert [] == silent.effects_of(TextThis)


@pytest.mark.parametrize(("line", "reachable"), [(LineType.LANDLINE, True), (LineType.TEXTS, False)])
def test_a_phone_without_texts_hears_the_words_again(book: Book, line: LineType, *, reachable: bool) -> None:
    talk = called(book, line, reachable=reachable)
    before = [tell for tell in talk.session.last if "no_steps_by_text" not in tell.text]
    talk.take(Channel.VOICE, EventKind.PRESSED, "7", reachable=reachable).call_on(reachable=reachable)
    assert "cannot_text" == talk.told[0]
    assert {tell.text for tell in before} <= {r.text for r in talk.replies if isinstance(r, Tell)}
    assert [] == talk.effects_of(TextThis)


def test_an_unknown_line_is_asked_whether_it_takes_texts(book: Book) -> None:
    talk = called(book, LineType.UNSURE)
    assert "can_it_get_texts" == talk.asked
    assert "can_it_get_this" == talk.press("7").asked
    assert "may_we_text_this" == talk.press("1").asked


def test_after_stop_a_call_texts_nothing(book: Book) -> None:
    talk = (
        Talk(book, Session(line=LineType.TEXTS, texting=Texting.STOPPED)).call("1").screened(*"32111111", "7")
    )
    assert "texts_are_stopped" in talk.told
    assert [] == talk.effects_of(TextThis)


def test_text_me_with_nothing_said_yet_changes_nothing(book: Book) -> None:
    talk = Talk(book).call("1", "3", "7")
    assert (["nothing_to_text"], "sent_home") == (talk.told, talk.asked)


def test_text_me_in_a_text_repeats_the_words(book: Book) -> None:
    assert ["nothing_to_text"] == Talk(book).text("hi", "1", "text me this").told


SENT = {
    "sent": ("sent_on", None),
    "I sent it Monday": (None, "2026-11-23"),
    "sent it yesterday": (None, "2026-11-22"),
    "ya la mandé el 11/20": (None, "2026-11-20"),
}


@pytest.mark.parametrize(("words", "expected"), SENT.items(), ids=SENT.keys())
def test_sent_asks_for_a_missing_day(book: Book, words: str, expected: tuple[str | None, str | None]) -> None:
    talk = Talk(book).text(*IEP, "1", "skip", words)
    asked, day = expected
    if asked:
        assert asked == talk.asked
    else:
        assert day == talk.session.slot("sent_on")
        assert "letter_sent" in talk.told


def test_reminders_count_from_the_day_the_letter_was_sent(book: Book) -> None:
    talk = Talk(book).text(*IEP, "1", "skip")
    talk.effects.clear()
    talk.text("I sent it on 11/10")
    due = talk.due
    assert {"write_again": "2026-11-25", "still_no_answer": "2026-12-05"} == due


def test_north_carolinas_clock_starts_with_the_request(book: Book) -> None:
    """90 days from the written request."""
    talk = Talk(book).text(*IEP, "1", "North Carolina")
    talk.effects.clear()
    talk.text("sent it today")
    told = {r.text: r.blanks for r in talk.replies if isinstance(r, Tell)}
    assert (("deadline", "2027-02-21"), ("day", "2026-11-23")) == told["next_steps.letter_sent.NC"]
    due = talk.due
    assert "2027-02-11" == due["testing_deadline_near"]


def test_no_question_is_asked_more_than_three_times_in_a_row(book: Book) -> None:
    talk = Talk(book).call("1")
    asked = [talk.press("55").call_on().asked for _ in range(4)]
    assert ["child_age", "stuck_on_call", "stuck_on_call"] == asked[:3]
    assert "how_to_reach_you" == asked[3]
    assert Role.PERSON.value + "_number" in talk.told


@pytest.mark.parametrize("opening", [("hi", "1", "1"), ("hi", "1", "2", "1")], ids=["under 3", "3 to 5"])
def test_under_three_the_rules_of_part_b_are_not_given(book: Book, opening: tuple[str, ...]) -> None:
    """20 USC 1414(b)(4) and the states' limits are of Part B; under 3 early intervention tests (34 CFR 303.303)."""
    young = opening == ("hi", "1", "1")
    talk = Talk(book).text(*opening)
    assert young == ("disclaimer_under_3" in talk.told)
    assert young != ("disclaimer" in talk.told)
    talk.text("no", "tx")
    assert "my_center" in talk.told
    assert young != ("my_limit" in talk.told)


def test_a_second_child_of_school_age_gets_the_rules_of_part_b(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "1", "no", "tx", "another child", *"3211")
    assert "disclaimer" in talk.text("5").told


def test_what_was_said_can_be_texted_later_in_the_call(book: Book) -> None:
    call = Talk(book, Session(line=LineType.TEXTS)).call("1").screened(*"32111111", "2")
    assert "which_state" == call.asked
    assert "may_we_text_this" == call.press("1", "7").asked
    assert "outcome_iep" in [told.text.split(".")[1] for told in call.session.wanted]
    hidden = Talk(book).call("1", reachable=False).screened(*"32111111", reachable=False)
    hidden.take(Channel.VOICE, EventKind.PRESSED, "1", reachable=False)
    hidden.take(Channel.VOICE, EventKind.PRESSED, "7", reachable=False)
    assert "cannot_text" in hidden.told
    assert "outcome_iep" in hidden.told


def test_key_seven_returns_to_the_open_question(book: Book) -> None:
    call = Talk(book).call("1", "3", "2")
    assert "if_call_drops" == call.asked
    assert (["nothing_to_text"], "if_call_drops") == ((t := call.press("7")).told, t.asked)
    assert "plan_now" == call.press("2").asked


def test_a_consenting_parent_is_not_asked_whether_the_phone_takes_texts(book: Book) -> None:
    call = Talk(book, Session(line=LineType.UNSURE, texting=Texting.YES)).call("1").screened(*"32111111")
    assert "may_we_text_this" == call.press("7").asked


def test_reminders_after_stop_need_start_and_a_new_yes(book: Book) -> None:
    talk = Talk(book).text(*IEP, "1", "skip", "STOP", "START")
    assert Restart() in talk.effects
    assert "may_we_text" == talk.text("REMINDERS").asked
    talk.effects.clear()
    talk.text("yes")
    assert Texting.YES == talk.session.texting
    assert {"next_step_now", "sent_yet"} <= set(talk.started)
    assert ["reminders_are_on"] == talk.text("reminders").told
    assert "texts_are_stopped" in talk.press("9", "1").speak("reminders").told


@pytest.mark.parametrize("words", ["reminders", "turn reminders on", "avisos", "quiero recordatorios"])
def test_reminders_need_an_outcome_first(book: Book, words: str) -> None:
    talk = Talk(book).text("hi", words)
    assert (["reminders_need_answers"], "child_age") == (talk.told, talk.asked)


@pytest.mark.parametrize(
    ("line", "reachable", "brief"),
    [(LineType.TEXTS, True, False), (LineType.UNKNOWN, True, False), (LineType.LANDLINE, True, True),
     (LineType.TEXTS, False, True)],
    ids=["a mobile", "not known", "a landline", "a hidden number"],
)  # fmt: skip
def test_key_seven_is_offered_if_it_works(book: Book, line: LineType, reachable: bool, brief: bool) -> None:
    call = Talk(book, Session(line=line)).call(reachable=reachable)
    call.take(Channel.VOICE, EventKind.SPOKEN, "letters", reachable=reachable)
    call.take(Channel.VOICE, EventKind.PRESSED, "2", reachable=reachable).call_on(reachable=reachable)
    assert Ask("anything_else", brief=brief) == call.replies[-1]
    assert brief == ("letters_by_ear" in call.told)
    assert brief != ("letters_to_print" in call.told)


@table("""
    text | offered | leads_to
    i pressed the wrong one can i go back | back | child_age
    apreté el que no era puedo regresar | back | child_age
    can we start over from the first question | restart | child_age
""")
def test_a_command_that_only_the_classifier_finds_is_offered_and_not_run(
    book: Book, text: str, offered: str, leads_to: str
) -> None:
    talk = Talk(book).text("hi", "1", "3", text)
    assert talk.asked == "which_topic"
    assert talk.session.between[0] == offered
    assert talk.text("1").asked == leads_to


def test_a_declined_command_changes_nothing(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "3", "i pressed the wrong one can i go back")
    answers = talk.session.answers
    assert talk.text("something else").session.answers == answers


@pytest.mark.parametrize("text", ["start again please", "restart", "start over"])
def test_start_ends_an_opt_out(book: Book, text: str) -> None:
    talk = Talk(book).text("hi", "stop", text)
    assert talk.session.texting is Texting.UNASKED
    assert talk.replies


@pytest.mark.parametrize("text", ["yes", "Yes!", "YES please", "Sí", "START", "UNSTOP"])
def test_a_yes_that_carriers_take_as_opt_in_ends_an_opt_out(book: Book, text: str) -> None:
    assert Talk(book).text("hi", "stop", text).session.texting is Texting.UNASKED


@pytest.mark.parametrize(
    "text",
    ["k", "ok", "Ok.", "sure", "right", "👍", "alright", "ok thanks", "yeah", "bueno", "está bien", "va"],
)
def test_acknowledging_an_opt_out_does_not_end_it(book: Book, text: str) -> None:
    """47 CFR 64.1200(a)(10)."""
    talk = Talk(book).text("hi", "stop", text)
    assert (talk.session.texting, talk.replies) == (Texting.STOPPED, ())


def test_ya_no_is_never_a_stop(book: Book) -> None:
    """At a question it is more often "not any more"."""
    talk = Talk(book).text("hi", "1", "3", "ya no")
    assert StopAll() not in talk.effects


@pytest.mark.parametrize("words", ["0", "0.", "Zero.", "cero", " 0 "])
def test_zero_reaches_a_person_however_it_is_said(book: Book, words: str) -> None:
    for channel, kind in ((Channel.SMS, EventKind.SAID), (Channel.VOICE, EventKind.SPOKEN)):
        talk = Talk(book, Session(state="child_age")).take(channel, kind, words)
        assert not any(answer.choice == "under_3" for answer in talk.session.answers)
        assert {"person_number", "person"} & {*talk.told, talk.asked}, talk.told


@pytest.mark.parametrize(
    ("texts", "asked"),
    [
        (("my first grandchild is 18 months and doesnt talk yet", "another child"), "child_age"),
        (
            ("hi", "my son is 8 in a private catholic school and cant read and has no plan", "start over"),
            "child_age",
        ),
    ],
)
def test_a_new_screening_ignores_the_first_child(book: Book, texts: tuple[str, ...], asked: str) -> None:
    talk = Talk(book).text(*texts)
    assert (asked, ()) == (talk.asked, talk.session.given)


@pytest.mark.parametrize(
    "words", ["hold on can they suspend him", "wait a minute what is an iep", "wait i need the letter"]
)
def test_a_question_after_wait_is_answered(book: Book, words: str) -> None:
    talk = Talk(book).text("hi", "1", "3", words)
    assert "take_your_time" not in talk.told
    assert talk.asked


def test_an_answer_behind_wait_counts(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "3", "wait my son was suspended")
    assert "yes" == talk.session.answer_to("sent_home")


def test_star_repeats_what_was_said_before_a_silence(book: Book) -> None:
    talk = Talk(book).call("1", "3")
    talk.speak("i want to kill myself").call_on()
    before = talk.told
    talk.be_silent()
    talk.press("*")
    assert set(before) <= set(talk.call_on().told)


def test_repeat_skips_a_reaction(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "2", "1")
    said = talk.told
    assert said
    talk.text("Liked “Ask in writing”", "repeat")
    assert said == talk.told


@pytest.mark.parametrize("state", ["menu", "rest", "sent_home"])
def test_back_takes_back_a_day_texted_with_its_command(book: Book, state: str) -> None:
    talk = Talk(book, Session(state=state)).text("OUT 11/20")
    assert ("2026-11-20",) == talk.session.days_out
    assert () == talk.text("back").session.days_out


def test_back_restores_the_day_named_before(book: Book) -> None:
    days = ("2026-11-19", "2026-11-20")
    talk = Talk(book, Session(state="day_out", days_out=days))
    talk.text("OUT 11/19", "back")
    assert days == talk.session.days_out


def test_the_text_after_a_dropped_call_is_canceled_once(book: Book) -> None:
    session = Session(state="sent_home", nudge=Nudge.USED, called=True)
    talk = Talk(book, session).text("2")
    assert Cancel(("call_dropped",)) in talk.effects
    talk.effects.clear()
    assert Cancel(("call_dropped",)) not in talk.text("1").effects


@pytest.mark.parametrize("aside", [("0", "4"), ("9", "2"), ("why",), ("i want to kill myself", "no")])
def test_an_aside_without_an_explanation_does_not_count_as_help(book: Book, aside: tuple[str, ...]) -> None:
    talk = Talk(book).call()
    for said in aside:
        kind = EventKind.PRESSED if said in "0123456789*#" else EventKind.SPOKEN
        talk.take(Channel.VOICE, kind, said).call_on()
    assert "begin" == talk.asked


def test_after_an_explanation_what_else_is_asked(book: Book) -> None:
    assert "anything_else" == Talk(book).call().say(Channel.VOICE, "how much is it").asked
    talk = Talk(book).call().say(Channel.VOICE, "0").call("1").screened(*"32111111")
    assert "begin" not in talk.session.stack


def test_a_screening_begun_by_a_story_has_nothing_put_aside(book: Book) -> None:
    asked = Session(state="which_topic", paused="begin", between=("screen", "none"))
    talk = Talk(book, asked).speak("he's eight")
    assert "school_age" == talk.session.answer_to("child_age")
    assert () == talk.session.stack


@pytest.mark.parametrize(
    "story", ["my son cant read and he hates school", "mi hijo no puede leer y odia la escuela"]
)
@pytest.mark.parametrize("stuck", [(), ("blorp blarp", "zork zork")])
@pytest.mark.parametrize("reminder", ["", "sent_yet"])
def test_a_story_after_the_screening_does_not_restart_it(
    book: Book, story: str, stuck: tuple[str, ...], reminder: str
) -> None:
    hello = "hola" if story.startswith("mi ") else "hi"
    talk = Talk(book).text(hello, *IEP[1:], "1")
    talk = talk.text("skip").remind(reminder) if reminder else talk
    asked, answers = talk.asked, talk.session.answers
    assert (reminder or "which_state") == asked
    assert asked == talk.text(*stuck, story).asked
    assert answers == talk.session.answers


def test_a_story_with_an_age_restarts_the_screening(book: Book) -> None:
    """It may be about another child."""
    talk = Talk(book).text(*IEP, "1")
    assert "which_state" == talk.asked
    assert "which_state" != talk.text("my daughter is 4 and she cant talk").asked
    assert "child_age" == Talk(book).text(*IEP, "1", "ask me the questions").asked
