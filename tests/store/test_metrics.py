"""The figures of a day are a sum over all buckets."""

from datetime import UTC, date, datetime

from redis import Redis

from hotline.conversation.model.events import Channel, Count, Event, EventKind
from hotline.store.metrics import figures
from hotline.store.turns import Turns
from tests.turns_taken import take_turn

DAY = date(2026, 11, 23)


def test_a_days_figures_are_summed_over_everyone(redis: Redis, turns: Turns) -> None:
    for n in range(20):
        event = Event(f"SM{n}", datetime(2026, 11, 23, 12, n, tzinfo=UTC), Channel.SMS, EventKind.SAID)
        effects = (Count("miss"), Count("miss"), *((Count("stop"),) if n < 3 else ()))
        take_turn(turns, f"+1202555{n:04d}", event, *effects)
    assert {"miss": 40, "stop": 3} == figures(redis, DAY)
    assert {} == figures(redis, date(2026, 11, 24))
