"""Planned texts on WhatsApp: freely, as a template, or later."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hotline.carrier.messages import Template
from hotline.conversation.model.session import Session
from hotline.store.followup_record import Claimed, read_claimed
from workers.window import AGAIN_AFTER, HELD_FOR, MOST_CHARACTERS, Held, Templates, one_line

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
SID = "HX" + "1" * 32
TEMPLATES = Templates((("en", SID),), "Parent Hotline")
WORDS = "Did you send it?\n1 Yes\n2 Not yet"


def claimed(ours: str = "whatsapp:+15105550101", resends: int = 0, due: datetime = NOON) -> Claimed:
    moment = due.timestamp()
    fields = {
        "claim": 1,
        "attempts": 1,
        "asked": moment,
        "first_due": moment,
        "resends": resends,
        "ours": ours,
    }
    return read_claimed("id", json.dumps(fields), ("yes", "en", "sealed", None, None), NOON)


def wrote(hours: float) -> Session:
    """Return a session of a parent who wrote this long ago."""
    return replace(Session(language="en"), seen=NOON - timedelta(hours=hours))


@pytest.mark.parametrize(
    ("claim", "session"),
    [
        pytest.param(claimed(), wrote(22), id="within the 24 hours"),
        pytest.param(claimed("+15105550100"), wrote(100), id="a text"),
        pytest.param(claimed("rcs:center_agent"), wrote(100), id="RCS, which has no window"),
    ],
)
def test_it_is_sent_freely(claim: Claimed, session: Session) -> None:
    assert TEMPLATES.choose(claim, session, "en", WORDS, NOON) is None


@pytest.mark.parametrize(
    ("claim", "session"),
    [
        pytest.param(claimed(), wrote(23), id="too near to the end"),
        pytest.param(claimed(), Session(language="en"), id="the session is gone"),
        pytest.param(claimed(resends=1), wrote(1), id="it came back once"),
    ],
)
def test_it_is_sent_as_a_template(claim: Claimed, session: Session) -> None:
    how = TEMPLATES.choose(claim, session, "en", WORDS, NOON)
    assert how == Template(SID, ("Parent Hotline", "Did you send it? / 1 Yes / 2 Not yet"))


@pytest.mark.parametrize(
    ("language", "body"),
    [
        pytest.param("es", WORDS, id="no template"),
        pytest.param("en", "x" * (MOST_CHARACTERS + 1), id="too long"),
    ],
)
def test_it_waits_for_the_parent(language: str, body: str) -> None:
    assert Held(NOON + AGAIN_AFTER) == TEMPLATES.choose(claimed(), wrote(30), language, body, NOON)
    old = claimed(due=NOON - HELD_FOR - timedelta(seconds=1))
    assert Held(None) == TEMPLATES.choose(old, wrote(30), language, body, NOON)


def test_a_variable_has_no_line_break_tab_or_several_spaces() -> None:
    """WhatsApp refuses those."""
    assert "a b / c d" == one_line("a   b\n\n  \nc\t\td\n")
