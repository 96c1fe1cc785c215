"""A backup is restored completely, in another folder and on another port, as docs/operate.md says."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from hotline.conversation.model.events import (
    AskPerson,
    Channel,
    Consent,
    Effect,
    Event,
    EventKind,
    FollowUp,
    StopAll,
    Texting,
)
from hotline.conversation.model.session import Session
from hotline.store.audit import Audit
from hotline.store.backup import NotRestored, back_up, restore
from hotline.store.connection import connect
from hotline.store.followups import FollowUps
from hotline.store.heartbeat import INBOX, beat, last_beat
from hotline.store.keys import TAGS, Secrets
from hotline.store.requests import Requests
from hotline.store.restarts import DOUBTED_FOR, Restarts
from hotline.store.turns import Turns
from tests.own_redis import OwnRedis, own_redis
from tests.running import free_ports
from tests.turns_taken import take_turn
from tests.waiting import wait_until

NOW = datetime.now(UTC)
PARENTS = tuple(f"+1202555{n:04d}" for n in range(100, 130))
SECRETS = Secrets("the secret of the tests, which is long enough")

AGREED: tuple[Effect, ...] = (Consent("agreed"), FollowUp("sent_yet", timedelta(days=3)))


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[OwnRedis]:
    """A Redis with 30 parents: all consented to texts, every third stopped, one waits for a person."""
    with own_redis(tmp_path / "lived") as server:
        turns = Turns(connect(server.url), SECRETS)
        for n, number in enumerate(PARENTS):
            say(turns, number, f"SM{n}", *AGREED, texting=Texting.YES)
            if n % 3 == 0:
                say(turns, number, f"SM{n}stop", StopAll(), texting=Texting.NO)
        say(turns, PARENTS[1], "SMperson", AskPerson("morning"), texting=Texting.YES)
        beat(connect(server.url), INBOX, NOW)
        yield server


def say(turns: Turns, number: str, id: str, *effects: Effect, texting: Texting) -> None:
    """One turn of a parent."""
    session = Session(language="es", state="child_age", texting=texting)
    take_turn(turns, number, Event(id, NOW, Channel.SMS, EventKind.SAID), *effects, session=session)


def with_ends(server: OwnRedis) -> dict[str, tuple[Any, int]]:
    """All data about people, with expiry times to the second."""
    kept = {key: value for key, value in server.everything().items() if key.startswith(TAGS)}
    now = time.time()
    return {key: (value, round((now + server.client.pttl(key) / 1000) / 2)) for key, value in kept.items()}


def test_it_is_back_whole_on_another_folder_and_port_also_after_a_crash(
    lived: OwnRedis, tmp_path: Path
) -> None:
    """Conversations, opt-outs, follow-ups, requests and audit. With `kill -9` at once: it stands in the append-only file."""
    file = tmp_path / "backup"
    before = with_ends(lived)
    taken = back_up(lived.url, file, NOW)
    assert 0o600 == file.stat().st_mode & 0o777
    port = free_ports(1)[0]
    with own_redis(tmp_path / "other", "--port", str(port)) as other:
        url = f"redis://127.0.0.1:{port}/0"
        assert taken == restore(url, file, NOW)
        other.kill()
        other.start()
        after = with_ends(other)
        assert len(before) > 90
        assert before.keys() == after.keys()
        assert {key: value for key, (value, _) in before.items()} == {
            key: value for key, (value, _) in after.items()
        }
        assert all(abs(before[key][1] - after[key][1]) <= 1 for key in before), "ends when it would have"
        redis = connect(url)
        turns, followups = Turns(redis, SECRETS), FollowUps(redis)
        assert "es" == turns.load(SECRETS.who(PARENTS[1]), "SM next", NOW).session.language
        assert Texting.NO is turns.load(SECRETS.who(PARENTS[0]), "SM next", NOW).session.texting
        assert 20 == len(followups.due.take(NOW + timedelta(days=4)))
        assert 1 == len(Requests(redis).waiting())
        assert 40 == len(list(Audit(redis).rows(datetime(2026, 1, 1, tzinfo=UTC))))


def test_what_is_of_nobody_stays_behind(lived: OwnRedis, tmp_path: Path) -> None:
    """Otherwise nothing would ask the carrier for texts since the backup: a STOP would be lost."""
    back_up(lived.url, tmp_path / "backup", NOW)
    with own_redis(tmp_path / "other") as other:
        restore(other.url, tmp_path / "backup", NOW)
        assert last_beat(connect(lived.url), INBOX)
        assert last_beat(connect(other.url), INBOX) is None


def test_the_desk_is_back_as_the_staff_left_it(lived: OwnRedis, tmp_path: Path) -> None:
    """With its accounts, without which DESK_PASSWORD would open it; nobody is signed in."""
    came = ("accounts", "audit", "history", "opening", "words")
    for name in (*came, "session:" + "0" * 64, "wrong:ab", "words:waiting", "accounts:other"):
        lived.client.set(f"{{desk}}:{name}", "of the desk")
    back_up(lived.url, tmp_path / "backup", NOW)
    with own_redis(tmp_path / "other") as other:
        restore(other.url, tmp_path / "backup", NOW)
        assert [f"{{desk}}:{name}" for name in came] == sorted(
            key for key in other.everything() if key.startswith("{desk}")
        )


def test_what_was_due_before_the_restore_is_doubted_since_the_backup(lived: OwnRedis, tmp_path: Path) -> None:
    """It may have been sent since. For a day; and not what comes due later."""
    day = timedelta(days=1)
    back_up(lived.url, tmp_path / "backup", NOW - 3 * day)
    with own_redis(tmp_path / "other") as other:
        restore(other.url, tmp_path / "backup", NOW)
        restarts = Restarts(connect(other.url))
        assert NOW - 3 * day == restarts.doubtful_since("0" * 32, NOW - day, NOW)
        assert restarts.doubtful_since("0" * 32, NOW + day / 2, NOW + day / 2) is None
        assert restarts.doubtful_since("0" * 32, NOW - day, NOW + DOUBTED_FOR) is None


def test_what_has_ended_since_stays_away(lived: OwnRedis, tmp_path: Path) -> None:
    """A backup of two weeks ago brings no conversation back that was to be forgotten after one."""
    back_up(lived.url, tmp_path / "backup", NOW)
    with own_redis(tmp_path / "other") as other:
        restore(other.url, tmp_path / "backup", NOW + timedelta(days=14))
        kept = other.everything()
        assert not [key for key in kept if ":session:" in key]
        assert [key for key in kept if ":person:" in key]


def test_a_redis_that_holds_something_is_left_as_it_is(lived: OwnRedis, tmp_path: Path) -> None:
    """A restore into a running hotline would undo everything since the backup."""
    back_up(lived.url, tmp_path / "backup", NOW)
    before = lived.everything()
    with pytest.raises(NotRestored, match="not empty"):
        restore(lived.url, tmp_path / "backup", NOW)
    assert before == lived.everything()


@pytest.mark.parametrize("wrong", ["cut", "short", "other", "none"])
def test_a_file_that_is_no_whole_backup_changes_nothing(lived: OwnRedis, tmp_path: Path, wrong: str) -> None:
    """It is read to its end before anything is written."""
    import gzip

    file = tmp_path / "backup"
    back_up(lived.url, file, NOW)
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    spoiled = {
        "cut": file.read_bytes()[:-40],
        "short": gzip.compress(b"".join([*lines[:20], *lines[21:]])),
        "other": gzip.compress(b'{"hotline_backup":99}\n' + b"".join(lines[1:])),
        "none": b"no backup",
    }
    file.write_bytes(spoiled[wrong])
    with own_redis(tmp_path / "other") as other:
        with pytest.raises(NotRestored):
            restore(other.url, file, NOW)
        assert {} == other.everything()


def test_a_backup_that_fails_leaves_the_one_before(lived: OwnRedis, tmp_path: Path) -> None:
    """It is written beside it first."""
    file = tmp_path / "backup"
    back_up(lived.url, file, NOW)
    before = file.read_bytes()
    lived.kill()
    with pytest.raises(Exception, match=r".+"):
        back_up(lived.url, file, NOW)
    assert before == file.read_bytes()


def test_a_dump_that_is_copied_comes_up_empty_and_how_it_does_not(lived: OwnRedis, tmp_path: Path) -> None:
    """The steps of docs/operate.md with only a dump.rdb: start without the append-only file, turn it on, wait."""
    lived.client.save()
    (folder := tmp_path / "other").mkdir(mode=0o700)
    shutil.copy(tmp_path / "lived" / "dump.rdb", folder)
    with own_redis(folder) as copied:
        assert {} == copied.everything(), "the trap: with an append-only file the dump is not read"
        copied.kill()
        shutil.rmtree(folder / "appendonlydir")
        shutil.copy(tmp_path / "lived" / "dump.rdb", folder)
        copied.start("--appendonly", "no")
        copied.client.config_set("appendonly", "yes")
        wait_until_rewritten(copied.client)
        copied.kill()
        copied.start()
        assert with_ends(lived).keys() == with_ends(copied).keys()


def wait_until_rewritten(client: Redis) -> None:
    """Until the append-only file holds everything."""

    def is_written() -> bool:
        persistence = client.info("persistence")
        return not persistence["aof_rewrite_in_progress"] and not persistence["aof_rewrite_scheduled"]

    wait_until(is_written, 15)
    assert "ok" == client.info("persistence")["aof_last_bgrewrite_status"]
