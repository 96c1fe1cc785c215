"""A parent, their phone and their stored data, for the tests of sending."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from devtools.twilio_sim import Carrier, Fault
from devtools.twilio_sim.faults import FaultKind
from hotline.conversation.model.events import Channel, Effect, Event, EventKind, FollowUp, Tell, TextThis
from hotline.conversation.model.session import Session
from hotline.store.followup_record import who_of
from tests.turns_taken import take_turn
from workers.send import Sender

PARENT = "+12025550123"
NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
LATE = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
"""23:00 in Washington, DC."""
MORNING = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
"""09:00 there."""
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

AT_ONCE, STATEMENT, QUESTION = "next_step_now", "where_to_send", "sent_yet"
"""Reminders of the flows: one sent at once, one that only tells, one that asks."""

ALONE = FollowUp("call_dropped", MINUTE, one_text=True)
NOW_ALONE = FollowUp("call_dropped", timedelta(), one_text=True)
THIS = TextThis((Tell("plans.what_504.text"), Tell("next_steps.letter.text")))

Plan = Callable[..., str]
PlanFor = Callable[..., str]
Ask = Callable[..., str]


def bodies(carrier: Carrier) -> list[str]:
    """Return the texts on the parent's phone."""
    return [bubble.body for bubble in carrier.ledger.bubbles(PARENT)]


def record(post: Sender, id: str) -> dict[str, Any]:
    return post.followups.records(who_of(id))[id]


def outcome(post: Sender, id: str) -> tuple[str, str]:
    found = record(post, id)
    return found["state"], found["reason"]


def due(post: Sender, id: str) -> datetime:
    return datetime.fromtimestamp(record(post, id)["due"], UTC)


def refuse(carrier: Carrier, code: int, times: int = 1) -> None:
    carrier.faults.add(Fault(FaultKind.REFUSE, code=code, times=times))


def commit(post: Sender, id: str, session: Session, *effects: Effect) -> None:
    take_turn(post.turns, PARENT, Event(id, NOON, Channel.SMS, EventKind.SAID), *effects, session=session)


def session_of(post: Sender, id: str = "SM answer", at: datetime = NOON) -> Session:
    return post.turns.load(post.secrets.who(PARENT), id, at).session
