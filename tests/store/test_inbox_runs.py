"""The progress of a run survives a killed job."""

from datetime import timedelta

import pytest
from redis import Redis

from hotline.store.inbox_runs import (
    ASKED,
    ASKED_EVERY,
    LOST_AFTER,
    PROGRESS,
    RETENTION,
    RUNS,
    Deleted,
    InboxRuns,
    Progress,
)
from tests.store.conftest import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def looks(redis: Redis) -> InboxRuns:
    return InboxRuns(redis)


def test_progress_is_restored_and_removed(looks: InboxRuns, redis: Redis) -> None:
    assert looks.progress() is None
    progress = Progress(
        began=NOW,
        since=NOW - 9 * MINUTE,
        until=NOW - MINUTE,
        read_to={"texts:0": NOW - 3 * MINUTE},
        done=["texts:1"],
        empty=7,
        read_at=NOW,
        deletes={"0" * 32: Deleted("SM delete", NOW - 2 * MINUTE)},
    )
    looks.keep(progress)
    assert progress == looks.progress()
    assert 0 < redis.ttl(PROGRESS) <= RETENTION.total_seconds()
    looks.done()
    assert looks.progress() is None


def test_each_part_resumes_where_it_was(looks: InboxRuns) -> None:
    looks.keep(Progress(NOW, NOW - 9 * MINUTE, NOW - MINUTE, {"texts:0": NOW - 3 * MINUTE}))
    progress = looks.progress()
    assert progress is not None
    assert (NOW - 9 * MINUTE, NOW - 3 * MINUTE) == progress.window("texts:0")
    assert (NOW - 9 * MINUTE, NOW - MINUTE) == progress.window("RecordVerb")


def test_one_run_waits_and_one_runs(looks: InboxRuns, redis: Redis) -> None:
    assert [True, False] == [looks.ask(), looks.ask()]
    assert 0 < redis.ttl(ASKED) <= LOST_AFTER.total_seconds()
    assert [True, False] == [looks.begin(), looks.begin()]
    assert 0 < redis.ttl(ASKED) <= ASKED_EVERY.total_seconds()
    assert 0 < redis.ttl(RUNS) <= 75
    looks.end()
    assert looks.begin()
