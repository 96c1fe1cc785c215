"""A backup is restored completely, in another folder and on another port, as in docs/operate.md."""

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
    """Yield a Redis with 30 parents: all consented, every third stopped, one waits for a person."""
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
    session = Session(language="es", state="child_age", texting=texting)
    take_turn(turns, number, Event(id, NOW, Channel.SMS, EventKind.SAID), *effects, session=session)


def with_ends(server: OwnRedis) -> dict[str, tuple[Any, int]]:
    """Return all data about people, with expiry times to the second."""
    kept = {key: value for key, value in server.everything().items() if key.startswith(TAGS)}
    now = time.time()
    return {key: (value, round((now + server.client.pttl(key) / 1000) / 2)) for key, value in kept.items()}


def test_a_backup_is_restored_elsewhere_and_survives_a_crash(lived: OwnRedis, tmp_path: Path) -> None:
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


def test_data_about_no_person_is_not_restored(lived: OwnRedis, tmp_path: Path) -> None:
    """Otherwise the carrier would not be asked for texts since the backup, and a STOP would be lost."""
    back_up(lived.url, tmp_path / "backup", NOW)
    with own_redis(tmp_path / "other") as other:
        restore(other.url, tmp_path / "backup", NOW)
        assert last_beat(connect(lived.url), INBOX)
        assert last_beat(connect(other.url), INBOX) is None


def test_the_desk_is_restored_without_sessions(lived: OwnRedis, tmp_path: Path) -> None:
    came = ("accounts", "audit", "history", "opening", "words")
    for name in (*came, "session:" + "0" * 64, "wrong:ab", "words:waiting", "accounts:other"):
        lived.client.set(f"{{desk}}:{name}", "of the desk")
    back_up(lived.url, tmp_path / "backup", NOW)
    with own_redis(tmp_path / "other") as other:
        restore(other.url, tmp_path / "backup", NOW)
        assert [f"{{desk}}:{name}" for name in came] == sorted(
            key for key in other.everything() if key.startswith("{desk}")
        )


def test_texts_due_before_the_restore_are_checked_for_a_day(lived: OwnRedis, tmp_path: Path) -> None:
    day = timedelta(days=1)
    back_up(lived.url, tmp_path / "backup", NOW - 3 * day)
    with own_redis(tmp_path / "other") as other:
        restore(other.url, tmp_path / "backup", NOW)
        restarts = Restarts(connect(other.url))
        assert NOW - 3 * day == restarts.doubtful_since("0" * 32, NOW - day, NOW)
        assert restarts.doubtful_since("0" * 32, NOW + day / 2, NOW + day / 2) is None
        assert restarts.doubtful_since("0" * 32, NOW - day, NOW + DOUBTED_FOR) is None


def test_expired_data_is_not_restored(lived: OwnRedis, tmp_path: Path) -> None:
    back_up(lived.url, tmp_path / "backup", NOW)
    with own_redis(tmp_path / "other") as other:
        restore(other.url, tmp_path / "backup", NOW + timedelta(days=14))
        kept = other.everything()
        assert not [key for key in kept if ":session:" in key]
        assert [key for key in kept if ":person:" in key]


def test_a_redis_with_data_is_not_overwritten(lived: OwnRedis, tmp_path: Path) -> None:
    back_up(lived.url, tmp_path / "backup", NOW)
    before = lived.everything()
    with pytest.raises(NotRestored, match="not empty"):
        restore(lived.url, tmp_path / "backup", NOW)
    assert before == lived.everything()


@pytest.mark.parametrize("wrong", ["cut", "short", "other", "none"])
def test_an_incomplete_file_changes_nothing(lived: OwnRedis, tmp_path: Path, wrong: str) -> None:
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


def test_a_failed_backup_keeps_the_previous_one(lived: OwnRedis, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    back_up(lived.url, file, NOW)
    before = file.read_bytes()
    lived.kill()
    with pytest.raises(Exception, match=r".+"):
        back_up(lived.url, file, NOW)
    assert before == file.read_bytes()


def test_a_copied_dump_needs_the_documented_steps(lived: OwnRedis, tmp_path: Path) -> None:
    """docs/operate.md: start without the append-only file, turn it on, wait."""
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
    """Wait until the append-only file has everything."""

    def is_written() -> bool:
        persistence = client.info("persistence")
        return not persistence["aof_rewrite_in_progress"] and not persistence["aof_rewrite_scheduled"]

    wait_until(is_written, 15)
    assert "ok" == client.info("persistence")["aof_last_bgrewrite_status"]
