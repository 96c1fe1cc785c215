"""Sessions as JSON, and the answers they store."""

import json
from dataclasses import fields
from datetime import UTC, datetime

from hotline.conversation.model import session_json
from hotline.conversation.model.events import (
    Ask,
    HangUp,
    LineType,
    Nudge,
    TakeMessage,
    Tell,
    Texting,
    Transfer,
)
from hotline.conversation.model.session import BEGAN, MAX_ANSWERS, REACHED, Answer, Session, Step

FULL = Session(
    book="b",
    language="es",
    tongue="chinese",
    texting=Texting.YES,
    before_stop=Texting.NO,
    nudge=Nudge.USED,
    line=LineType.LANDLINE,
    known=(("which_state", "TX"), ("sent_on", "2026-11-20")),
    state="menu",
    paused="plan_now",
    below=("sent_yet",),
    aside=True,
    part=1,
    answers=(Answer("child_age", BEGAN), Answer("child_age", "school_age"), Answer("outcome_iep", REACHED)),
    steps=(
        Step("menu", "", 0, 0),
        Step(
            "child_age",
            "menu",
            1,
            1,
            ("sent_home",),
            aside=True,
            known=(("which_state", "TX"),),
            part=1,
            days_out=(),
        ),
    ),
    earlier=("outcome_504",),
    another=True,
    outcome_at=datetime(2026, 11, 23, tzinfo=UTC),
    last=(Tell("hotline.help.text", (("deadline", "2026-11-23"),), "en"),),
    textable=(Tell("a.b.text"),),
    dictation=(Tell("a.b.text", (("line", "2"),)), Ask("menu")),
    more=(
        Tell("a.b.text"),
        Ask("menu", brief=True, blanks=(("question", "3"),)),
        Transfer(),
        TakeMessage(),
        HangUp(),
    ),
    held_back=(Tell("a.b.text"),),
    wanted=(Tell("a.b.text"),),
    between=("rights", "none"),
    given=(("plan_now", "no_plan"),),
    worry="missing",
    safe_asked=datetime(2026, 11, 23, 16, tzinfo=UTC),
    in_danger=True,
    stuck_at="concern",
    days_out=("2026-11-20", "2026-11-23"),
    received=("disclaimer",),
    reminded=(("sent_yet", datetime(2026, 11, 20, tzinfo=UTC)),),
    reminders_answered=("sent_yet",),
    tail="12 4 0",
    at_end="shall_we_text",
    misses=1,
    silences=2,
    repeats=3,
    seen=datetime(2026, 11, 23, 17, tzinfo=UTC),
    called=True,
)


def test_every_field_survives_json() -> None:
    default = Session()
    assert [] == [f.name for f in fields(Session) if getattr(FULL, f.name) == getattr(default, f.name)]
    assert FULL == session_json.decode(session_json.encode(FULL))
    assert default == session_json.decode(session_json.encode(default))


def test_a_session_of_another_version_is_read() -> None:
    """Missing fields get defaults; unknown ones are ignored."""
    assert Session(state="menu") == session_json.decode('{"state":"menu"}')
    assert Session(state="menu") == session_json.decode('{"state":"menu","added_later":[1]}')


def test_json_has_known_keys_only() -> None:
    assert {f.name for f in fields(Session)} == set(json.loads(session_json.encode(FULL)))
    assert {} == json.loads(session_json.encode(Session()))


def test_a_step_is_stored_without_its_defaults() -> None:
    stored = json.loads(session_json.encode(Session(steps=(Step(), Step("menu"), Step("plan_now", part=1)))))
    assert [[], ["menu"], ["plan_now", "", 0, 0, [], False, None, 1]] == stored["steps"]


def test_earlier_screenings_answers_do_not_count() -> None:
    session = (
        Session().with_answer("child_age", BEGAN).with_answer("concern", "yes").with_answer("o", REACHED)
    )
    assert ("yes", ("o",)) == (session.answer_to("concern"), session.outcomes)
    again = session.with_answer("child_age", BEGAN)
    assert (None, ()) == (again.answer_to("concern"), again.outcomes)


def test_the_oldest_answers_are_dropped_and_back_still_works() -> None:
    session = Session(steps=(Step("q", "", MAX_ANSWERS, 0),))
    for number in range(MAX_ANSWERS + 3):
        session = session.with_answer("q", str(number))
    assert MAX_ANSWERS == len(session.answers)
    assert "3" == session.answers[0].choice
    before = session.before_last_answer()
    assert before
    assert str(MAX_ANSWERS - 1) == before.answers[-1].choice
