"""Where conversations stopped is counted once, anonymously, and without cost for turns."""

from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from hotline.conversation.model import session_json
from hotline.conversation.model.session import BEGAN, REACHED, Answer, Session
from hotline.store.gave_up import IDLE, GaveUp, figure_of
from hotline.store.keys import Keys, Secrets
from hotline.store.metrics import figures
from hotline.store.purge import Purge
from hotline.store.turns import SESSION_TTL

NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
WHO = "a" * 32


def stop(redis: Redis, session: Session, idle: timedelta = IDLE, version: int = 7) -> None:
    """Store a session without activity for this long."""
    key = Keys(WHO).session
    redis.hset(key, mapping={"version": version, "session": session_json.encode(session)})
    redis.expire(key, SESSION_TTL - idle)


@pytest.fixture
def purge(redis: Redis) -> Purge:
    """Run the scan of the retention job."""
    return Purge(redis, Secrets("s" * 40), GaveUp(redis, UTC))


def test_a_stop_is_counted_once(purge: Purge, redis: Redis) -> None:
    stop(redis, Session(language="es", state="concern"))
    for _ in range(3):
        purge.run_all(NOW)
    assert {"gave_up.sms.es.concern": 1} == dict(figures(redis, NOW.date()))
    stop(redis, Session(language="es", state="more", called=True), version=8)
    purge.run_all(NOW)
    assert {"gave_up.sms.es.concern": 1, "gave_up.voice.es.more": 1} == dict(figures(redis, NOW.date()))
    assert 0 < redis.ttl(Keys(WHO).session) <= (SESSION_TTL - IDLE).total_seconds(), "it lives no longer"


def test_a_recent_session_has_not_stopped(purge: Purge, redis: Redis) -> None:
    stop(redis, Session(state="concern"), idle=IDLE - timedelta(hours=1))
    purge.run_all(NOW)
    assert {} == dict(figures(redis, NOW.date()))


OUT, STOPPED_AT = Answer("out_iep", REACHED), "gave_up.sms.en.concern"


@pytest.mark.parametrize(
    ("session", "figure"),
    [
        (Session(state="concern"), STOPPED_AT),
        (Session(state="rest", paused="concern"), STOPPED_AT),
        (Session(state="rest"), ""),
        (Session(), ""),
        (Session(state="more", answers=(OUT,)), ""),
        (Session(state="concern", answers=(OUT, Answer("", BEGAN))), STOPPED_AT),
    ],
)
def test_an_outcome_is_not_a_stop(session: Session, figure: str) -> None:
    assert figure == figure_of(session_json.encode(session))


def test_an_unreadable_session_is_skipped(purge: Purge, redis: Redis) -> None:
    assert "" == figure_of("{no JSON")
    key = Keys(WHO).session
    redis.hset(key, mapping={"version": 7, "session": "{no JSON"})
    redis.expire(key, SESSION_TTL - IDLE)
    purge.run_all(NOW)
    assert {} == dict(figures(redis, NOW.date()))
