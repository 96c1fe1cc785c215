"""Helpers of the Sentinel and Cluster tests: turns, and a parent who texts while a primary dies."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hotline.conversation.model.events import Channel, Consent, Event, EventKind, FollowUp, Texting
from hotline.conversation.model.session import Session, Turn
from hotline.store.turns import Turns
from tests.web.twilio_forms import Caller, messages

PARENT = "+12025550123"

PATIENCE_SECONDS = 2.0
"""How long a parent waits for the safe words."""

SAFE = "ask the school in writing"

MOST_TRIES = 5


def commit(turns: Turns, who: str, event_id: str, n: int) -> None:
    """Commit the n-th turn of a person: consent, a reminder, an answer."""
    at = datetime.now(UTC)
    event = Event(event_id, at, Channel.SMS, EventKind.SAID)
    effects = (Consent("w"), FollowUp(f"r{n}", timedelta()))
    turn = Turn(Session(texting=Texting.YES, misses=n), effects=effects)
    for _ in range(MOST_TRIES):  # as the service does: a machine at its limit may be late
        loaded = turns.load(who, event.id, at)
        if turns.commit(who, event, loaded, turn, f"answer {n}", PARENT) is not None:
            return
    raise AssertionError("no turn was in time")


def said(parent: Caller, body: str) -> str:
    """Return the answer to a text, which must arrive in time."""
    began = time.monotonic()
    answer = parent.text(body)
    assert (200, "text/xml") == (answer.status_code, answer.mimetype)
    assert time.monotonic() - began < PATIENCE_SECONDS
    return "".join(messages(answer))


def answers_through(parent: Caller, kill: Callable[[], None]) -> None:
    """Kill a parent's primary during the questions: safe words in time, then the same question again."""
    for body in ("hi", "1"):
        assert SAFE not in said(parent, body)
    kill()
    words, end = [], time.monotonic() + 30
    while True:
        words.append(said(parent, "3"))
        if SAFE not in words[-1]:
            break
        assert time.monotonic() < end, "nobody took over"
        time.sleep(0.2)
    assert len(words) > 1, "or what was killed was not theirs"
    assert "suspended" in words[-1], "the question after the one that waited"
    assert SAFE not in said(parent, "no")
