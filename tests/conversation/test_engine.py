"""What a turn does: where it leads, what it says, what it asks the store to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from hotline.conversation.book import Book, Statement
from hotline.conversation.engine import step
from hotline.conversation.model import (
    Ask,
    Cancel,
    Channel,
    Consent,
    Effect,
    Event,
    FollowUp,
    HangUp,
    Kind,
    Refuse,
    Reply,
    Restart,
    Session,
    StopAll,
    Tell,
    Texting,
)

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)


class Talk:
    """A conversation by text, or by keys in a call."""

    def __init__(self, book: Book, session: Session | None = None) -> None:
        self.book = book
        self.session = session or Session()
        self.replies: tuple[Reply, ...] = ()
        self.effects: list[Effect] = []
        self._ids = count()

    def text(self, *said: str) -> Talk:
        """Texts, one after another."""
        for words in said:
            self.take(Channel.SMS, Kind.SAID, words)
        return self

    def press(self, *keys: str) -> Talk:
        """Keys in a call."""
        for key in keys:
            self.take(Channel.VOICE, Kind.PRESSED, key)
        return self

    def take(self, channel: Channel, kind: Kind, text: str = "", *, reachable: bool = True) -> Talk:
        """One event."""
        event = Event(str(next(self._ids)), NOON, channel, kind, text, reachable)
        turn = step(self.book, self.session, event)
        self.session, self.replies = turn.session, turn.replies
        self.effects += turn.effects
        return self

    @property
    def asked(self) -> str | None:
        """The question that the last turn ended with."""
        last = self.replies[-1] if self.replies else None
        return last.state if isinstance(last, Ask) else None

    @property
    def told(self) -> list[str]:
        """The states whose words the last turn said."""
        return [reply.text.split(".")[1] for reply in self.replies if isinstance(reply, Tell)]


# The screening's full routing, as the table in the flow's sources has it: answers -> outcomes.
ROUTES = {
    "under 3": ("1", ["OUT-EI"]),
    "preschool": ("2", ["OUT-PREK"]),
    "teaching, most days": ("321 1111", ["OUT-IEP"]),
    "teaching, some days": ("321 1112", ["OUT-BOTH"]),
    "teaching, comes and goes": ("321 1113", ["OUT-BOTH"]),
    "changes, most days": ("321 1121", ["OUT-504"]),
    "changes, some days": ("321 1122", ["OUT-504"]),
    "changes, comes and goes": ("321 1123", ["OUT-504"]),
    "both": ("321 113", ["OUT-BOTH"]),
    "maybe a concern": ("321 1211", ["OUT-IEP"]),
    "no concern, hard most days": ("321 13111", ["OUT-IEP"]),
    "no concern, hard sometimes": ("321 132", ["OUT-SUP"]),
    "no concern, not hard": ("321 133", ["OUT-SUP"]),
    "private school": ("321 2113", ["OUT-BOTH", "OUT-PRIV"]),
    "home school": ("321 3122", ["OUT-504", "OUT-HOME"]),
    "discipline and no plan, changes": ("311 1121", ["OUT-DISC", "OUT-BOTH"]),
    "discipline and no plan, teaching": ("311 1111", ["OUT-DISC", "OUT-IEP"]),
    "discipline not sure": ("331 1121", ["OUT-504"]),
    "has a 504": ("322 1", ["OUT-REV504"]),
    "has a 504, wants an IEP": ("322 2", ["OUT-REV504"]),
    "has an IEP, not followed": ("323 1", ["OUT-REVIEP"]),
    "has an IEP, to be ended": ("323 3", ["OUT-REVIEP"]),
    "discipline with an IEP": ("313 1", ["OUT-DISC", "OUT-REVIEP"]),
}


@pytest.mark.parametrize("by", ["text", "press"])
@pytest.mark.parametrize(("answers", "outcomes"), ROUTES.values(), ids=ROUTES.keys())
def test_answers_lead_to_their_outcomes(book: Book, answers: str, outcomes: list[str], by: str) -> None:
    """The same by text and by keys; then the disclaimer, a person, and the offer of texts."""
    talk = Talk(book)
    if by == "text":
        talk.text("hi", "1", *answers.replace(" ", ""))
    else:
        talk.take(Channel.VOICE, Kind.OPENED).press("1", *answers.replace(" ", ""))
    reached = [book.statement(name).outcome for name in talk.session.outcomes]
    if "OUT-PRIV" in outcomes:
        outcomes = ["OUT-BOTH", "OUT-PRIV"] if reached[0] == "OUT-BOTH" else outcomes
    assert outcomes == reached
    assert "disclaimer" in talk.told
    assert "a_person" in talk.told
    assert "may_we_text" == talk.asked


def test_a_new_number_is_greeted(book: Book) -> None:
    """Who we are comes first, then what we can do."""
    talk = Talk(book).text("hi")
    assert ["greeting"] == talk.told
    assert "menu" == talk.asked


def test_a_first_text_that_asks_something_is_answered(book: Book) -> None:
    """Nobody has to find their way through a menu to what they asked for."""
    talk = Talk(book).text("whats a 504")
    assert ["greeting", "what_504", "what_504_help"] == talk.told


def test_a_yes_is_recorded_with_its_wording_and_starts_the_texts(book: Book) -> None:
    """Consent names the question's text; the first follow-up leaves at once, others on their day."""
    talk = Talk(book).text("hi", "1", *"3211111", "1")
    assert Texting.YES == talk.session.texting
    assert Consent("screening.may_we_text.text") in talk.effects
    assert {
        ("next_step_now", timedelta(0)),
        ("where_to_send", timedelta(days=1)),
        ("sent_yet", timedelta(days=4)),
    } == {(e.reminder, e.after) for e in talk.effects if isinstance(e, FollowUp)}


NO_YES = [
    "2",
    "no",
    "not sure",
    "idk",
    "nope",
    "please dont",
    "ok but not now",
    "right now i cant",
    "definitely not",
]
NO_YES += ["ya tengo muchos mensajes", "y cuanto cuesta", "only calls please", "im not sure about that"]


@pytest.mark.parametrize("answer", NO_YES)
def test_nothing_but_a_yes_starts_texts(book: Book, answer: str) -> None:
    """Not sure is not a yes."""
    talk = Talk(book).text("hi", "1", *"3211111", answer)
    assert Texting.YES != talk.session.texting
    assert not [e for e in talk.effects if isinstance(e, FollowUp | Consent)]


def test_a_hidden_caller_is_not_offered_texts(book: Book) -> None:
    """There is no number to text."""
    talk = Talk(book).take(Channel.VOICE, Kind.OPENED, reachable=False)
    for key in "13211111":
        talk.take(Channel.VOICE, Kind.PRESSED, key, reachable=False)
    assert "which_state" == talk.asked


def test_sent_cancels_what_it_makes_untrue_and_starts_what_follows(book: Book) -> None:
    """After SENT nobody is asked whether they have sent it."""
    talk = Talk(book).text("hi", "1", *"3211111", "1")
    talk.effects.clear()
    talk.text("SENT")
    assert [Cancel(("next_step_now", "where_to_send", "sent_yet"))] == [
        e for e in talk.effects if isinstance(e, Cancel)
    ]
    assert {"did_they_answer", "write_again", "still_no_answer"} == {
        e.reminder for e in talk.effects if isinstance(e, FollowUp)
    }


def test_stop_silences_until_start(book: Book) -> None:
    """STOP is confirmed once; then no word leaves, but START and danger are heard."""
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


def test_the_ninth_key_stops_texts_and_the_call_goes_on(book: Book) -> None:
    """Opting out of texts is not hanging up."""
    talk = Talk(book).take(Channel.VOICE, Kind.OPENED).press("1", "9")
    assert StopAll() in talk.effects
    assert ["stopped"] == talk.told
    assert "child_age" == talk.asked


ASIDES = [
    "help",
    "what is a 504",
    "LETTER",
    "what is an iep",
    "days",
    "person",
    "can they have the meeting without me?",
]


@pytest.mark.parametrize("words", ASIDES)
def test_an_aside_leads_back_to_the_question(book: Book, words: str) -> None:
    """With the same answers: asking something costs no progress."""
    talk = Talk(book).text("hi", "1", "3", "2")
    before = talk.session.answers
    talk.text(words)
    for _ in range(3):  # a menu of rights may stand between
        if talk.session.state != "plan_now":
            talk.text("BACK")
    assert ("plan_now", before) == (talk.session.state, talk.session.answers)


def test_two_misses_are_met_with_a_way_out(book: Book) -> None:
    """One repetition, then a person, another try, or on without it."""
    talk = Talk(book).text("hi", "1", "purple")
    assert (["unclear"], "child_age") == (talk.told, talk.asked)
    talk.text("purple")
    assert "stuck" == talk.asked
    assert "child_age" == talk.text("1").asked
    talk.text("purple", "purple", "2")
    assert "sent_home" == talk.asked


def test_a_third_miss_gives_a_person(book: Book) -> None:
    """Nobody loops more than three times at one place."""
    talk = Talk(book).text("hi", "1", "purple", "purple", "purple", "purple")
    assert "person" in talk.told
    assert "child_age" == talk.asked


@pytest.mark.parametrize(
    "state", ["child_age", "sent_home", "plan_now", "concern", "kind_of_help", "how_often"]
)
def test_not_sure_is_an_answer(book: Book, state: str) -> None:
    """Everywhere; it leads on as the flow says."""
    talk = Talk(book, Session(state=state)).text("not sure")
    assert state != talk.session.state
    assert not [t for t in talk.told if t == "unclear"]


def test_silence_is_met_patiently(book: Book) -> None:
    """Again; then a person and a choice; only the fourth silence in a row ends the call, with words."""
    talk = Talk(book).take(Channel.VOICE, Kind.OPENED)
    assert (["silence"], "menu") == ((t := talk.take(Channel.VOICE, Kind.SILENT)).told, t.asked)
    assert "stuck" == talk.take(Channel.VOICE, Kind.SILENT).asked
    assert "stuck" == talk.take(Channel.VOICE, Kind.SILENT).asked
    assert HangUp() not in talk.replies
    assert HangUp() == talk.take(Channel.VOICE, Kind.SILENT).replies[-1]
    assert ["goodbye"] == talk.told


def test_a_call_goes_on_where_texts_left_off(book: Book) -> None:
    """One conversation: a question left open is offered again."""
    talk = Talk(book).text("hi", "1", "3")
    talk.take(Channel.VOICE, Kind.OPENED)
    assert (["greeting", "this_language"], "welcome_back") == (talk.told, talk.asked)
    assert "sent_home" == talk.press("1").asked


def test_starting_over_forgets_the_answers(book: Book) -> None:
    """Another child, another set of answers."""
    talk = Talk(book).text("hi", "1", "3", "1", "start over")
    assert ("child_age", ()) == (talk.asked, talk.session.answers)


def test_thanks_is_not_a_new_screening(book: Book) -> None:
    """A late thank-you gets a kind word, nothing else."""
    talk = Talk(book).text("hi", "1", *"3211111", "2", "4", "thank u so much")
    assert ["thanks"] == talk.told
    assert None is talk.asked


def test_a_due_question_is_where_the_next_text_is_read(book: Book) -> None:
    """The reply to a reminder answers it; a reminder that only tells moves nobody."""
    talk = Talk(book, Session(state="rest", texting=Texting.YES)).take(Channel.SMS, Kind.DUE, "where_to_send")
    assert ("rest", ["where_to_send"]) == (talk.session.state, talk.told)
    talk.take(Channel.SMS, Kind.DUE, "sent_yet")
    assert "sent_yet" == talk.asked
    assert "letter_sent" in talk.text("1").told


def test_a_due_question_leads_back_to_questions_left_open(book: Book) -> None:
    """A reminder does not lose the screening somebody was in."""
    talk = Talk(book).text("hi", "1", "3", "2")
    talk.take(Channel.SMS, Kind.DUE, "sent_yet").text("back")
    assert "plan_now" == talk.asked


def test_back_undoes_an_outcome(book: Book) -> None:
    """Whoever changes an answer gets the follow-ups of the new outcome alone."""
    talk = Talk(book).text("hi", "1", *"3211111", "back", "2", "1")
    assert ("outcome_both",) == talk.session.outcomes


def test_every_outcome_leads_to_a_person_and_a_next_step(book: Book) -> None:
    """No statement of an outcome is the end of the road."""
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
def test_a_state_named_after_the_outcome_gives_its_own_words(
    book: Book, state: str, texts: list[str]
) -> None:
    """Its parent center and its limit where we know them, else the finder and federal law's 60 days."""
    talk = Talk(book).text("hi", "1", *"3211111", "2")
    assert "which_state" == talk.asked
    talk.text(state)
    assert texts == [reply.text.partition(".")[2] for reply in talk.replies if isinstance(reply, Tell)]
    assert "anything_else" == talk.asked


def test_a_state_is_asked_once(book: Book) -> None:
    """The next child's outcome does not ask again, and CENTER knows."""
    talk = Talk(book).text("hi", "1", *"3211111", "2", "TX", "menu", "1", *"3211111", "2")
    assert "anything_else" == talk.asked
    assert ["my_center", "my_limit"] == talk.text("CENTER").told


def test_the_day_of_the_signature_starts_the_clock(book: Book) -> None:
    """Reminders count from it, with the state's limit; the words name the last day."""
    talk = Talk(book).text("hi", "1", *"3211111", "1", "Maryland", "SIGNED")
    assert "signed_on" == talk.asked
    talk.effects.clear()
    talk.text("11/20")
    (told,) = [reply for reply in talk.replies if isinstance(reply, Tell)]
    assert ("places.deadline.MD", (("deadline", "2027-01-19"),)) == (told.text, told.days)
    due = {e.reminder: (NOON + e.after).date().isoformat() for e in talk.effects if isinstance(e, FollowUp)}
    assert {
        "testing_halfway": "2026-12-20",
        "testing_deadline_near": "2027-01-09",
        "testing_done": "2027-01-20",
    } == due, "the tip of the second day is past"


def test_school_days_are_said_as_about(book: Book) -> None:
    """A date that cannot be counted is not promised."""
    said = book.texts["en"]["places.deadline.WA"][0]
    assert "35 school days, until about {deadline}" in said


def test_a_first_text_in_spanish_is_answered_in_spanish(book: Book) -> None:
    """And everything after it."""
    assert "es" == Talk(book).text("hola, mi hijo no aprende a leer").session.language
    assert "en" == Talk(book).text("hi").session.language
    assert ("es", ["danger"]) == ((t := Talk(book).text("mi hija se quiere matar")).session.language, t.told)
    assert ("es", ["stopped"]) == ((t := Talk(book).text("alto")).session.language, t.told)


def test_the_language_is_switched_at_any_moment(book: Book) -> None:
    """By word or by the key 8; the question is asked again in it."""
    talk = Talk(book).text("hi", "1", "3", "español")
    assert ("es", "sent_home") == (talk.session.language, talk.asked)
    talk.press("8")
    assert ("en", "sent_home") == (talk.session.language, talk.asked)


def test_an_answer_is_understood_in_both_languages(book: Book) -> None:
    """Whatever language the question was asked in."""
    talk = Talk(book).text("hi", "1", "3", "español", "sí")
    assert "yes" == talk.session.answer_to("sent_home")


def test_a_yes_taken_back_is_a_no(book: Book) -> None:
    """BACK and no: what waited is dropped, and nothing more is texted."""
    talk = Talk(book).text("hi", "1", *"3211111", "1")
    talk.effects.clear()
    talk.text("back", "2")
    assert Texting.NO == talk.session.texting
    assert Refuse() in talk.effects


def test_nobody_is_asked_for_consent_after_stop(book: Book) -> None:
    """Neither at once, nor in a later call, and no yes is taken before START."""
    talk = Talk(book).take(Channel.VOICE, Kind.OPENED).press(*"13211111")
    assert "may_we_text" == talk.asked
    assert "which_state" == talk.press("9").asked
    texted = Talk(book).text("hi", "1", *"3211111", "STOP")
    texted.take(Channel.VOICE, Kind.OPENED)
    texted.press("1", "1", "1")
    assert Texting.STOPPED == texted.session.texting
    assert not [e for e in texted.effects if isinstance(e, Consent)]


def test_repeat_says_all_of_it_again(book: Book) -> None:
    """Also 911 and 988, and the letter."""
    talk = (
        Talk(book).take(Channel.VOICE, Kind.OPENED).take(Channel.VOICE, Kind.HEARD, "i want to kill myself")
    )
    told = talk.told
    assert "danger" in told
    assert told == talk.press("*").told
    assert told == talk.press("*").told


def test_a_question_answered_after_an_aside_is_done(book: Book) -> None:
    """Thanks at the question for consent does not ask for consent twice."""
    talk = Talk(book).text("hi", "1", *"3211111", "thanks", "1", "skip")
    assert "anything_else" == talk.asked


def test_stuck_in_an_aside_leaves_the_screening_alone(book: Book) -> None:
    """Skipping a point of the differences answers no question of the screening."""
    talk = Talk(book).text("hi", "1", "3", "2", "1", "what is the difference", "1", "purple", "purple")
    assert "stuck" == talk.asked
    assert "row_law" == Talk(book, talk.session).text("1").asked
    assert "kind_of_school" == talk.text("2").asked
    assert None is talk.session.answer_to("kind_of_school")


def test_an_aside_leads_back_to_a_reminders_question(book: Book) -> None:
    """The "1" after it still answers the reminder."""
    talk = Talk(book, Session(state="rest", texting=Texting.YES)).take(Channel.SMS, Kind.DUE, "sent_yet")
    assert "sent_yet" == talk.text("HELP").asked
    assert "letter_sent" in talk.text("1").told


def test_back_drops_the_follow_ups_of_an_outcome_that_no_longer_stands(book: Book) -> None:
    """No early intervention reminders for a child who turned out to be in school."""
    talk = Talk(book).text("hi", "1", "1", "1")
    talk.effects.clear()
    talk.text("back", "back")
    (dropped,) = [e for e in talk.effects if isinstance(e, Cancel)]
    assert "early_intervention_called" in dropped.reminders


def test_starting_over_forgets_the_state(book: Book) -> None:
    """A wrong state can be mended."""
    assert () == Talk(book).text("hi", "1", *"3211111", "2", "TX", "start over").session.known


def test_trying_a_point_again_is_no_trap(book: Book) -> None:
    """Who was stuck at a point of the differences, and tried it again, still gets out of them with Done."""
    talk = Talk(book).text("hi", "4", "1", "purple", "purple")
    assert "stuck" == talk.asked
    assert "row_law" == talk.text("1").asked
    assert "anything_else" == talk.text("2").asked
