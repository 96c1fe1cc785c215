"""Turns of a person, taken as the web takes them, but without a conversation."""

from collections.abc import Callable
from datetime import datetime

from hotline.conversation.model.events import Effect, Event
from hotline.conversation.model.session import Session, Turn
from hotline.store.followup_record import Claimed
from hotline.store.followups import FollowUps
from hotline.store.turns import Turns


def take_turn(
    turns: Turns,
    number: str,
    event: Event,
    *effects: Effect,
    session: Session | None = None,
    answer: str = "ok",
) -> str:
    """Load and commit a turn with these effects, in the person's own session unless one is given; return their `who`."""
    who = turns._secrets.who(number)
    loaded = turns.load(who, event.id, event.at)
    turn = Turn(loaded.session if session is None else session, effects=effects)
    assert answer == turns.commit(who, event, loaded, turn, answer, number)
    return who


def new_record(followups: FollowUps, who: str, do: Callable[[], object]) -> str:
    """Do something, and return the id of the record that the person has since then; "" if it is none."""
    before = followups.records(who).keys()
    do()
    return next(iter(followups.records(who).keys() - before), "")


def claim(followups: FollowUps, id: str, now: datetime, before: datetime | None = None) -> Claimed:
    """Claim a record that can be claimed."""
    claimed = followups.claim(id, now, before)
    assert claimed is not None
    return claimed
