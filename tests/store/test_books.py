"""Older books are shared by every machine, and only ours are accepted."""

from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis

from hotline import clock
from hotline.conversation.book.book import Book
from hotline.conversation.model.session import Session
from hotline.publishing.loader import load_book
from hotline.publishing.sources import Sources
from hotline.publishing.versions import Versions
from hotline.store import books
from hotline.store.books import CURRENT, StoredBooks
from hotline.store.connection import connect
from hotline.store.keys import Secrets
from tests.publishing.test_versions import AGE, NAMES, Folder

SECRETS = Secrets("s" * 40)
FILES = {"screening.toml": "text = '¿cómo?'", "translations/es.po": "msgid"}


@pytest.fixture
def stored(redis: Redis) -> StoredBooks:
    return StoredBooks(redis, SECRETS)


def load(folder: Path | Sources) -> Book:
    return load_book(folder, NAMES)


def test_stored_books_are_read_completely(stored: StoredBooks, redis: Redis) -> None:
    stored.put("abc1", FILES)
    assert FILES == StoredBooks(redis, SECRETS).get("abc1")
    assert {} == stored.get("abc2")
    assert 0 < redis.ttl("{books}:version:abc1") <= books.RETENTION.total_seconds()


def test_forged_books_are_rejected(stored: StoredBooks, redis: Redis) -> None:
    stored.put("abc1", FILES)
    stored.put("abc2", {"screening.toml": "other"})
    theirs = str(redis.get("{books}:version:abc2"))
    for line in (theirs, f"{theirs}00", f"x {theirs.partition(' ')[2]}", "junk"):
        redis.set("{books}:version:abc1", line)
        assert {} == stored.get("abc1")
    StoredBooks(redis, Secrets("t" * 40)).put("abc3", FILES)
    assert {} == stored.get("abc3")


def test_versions_come_latest_first(
    stored: StoredBooks, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    for days, version in ((9, "old"), (3, "b"), (2, "c"), (1, "b")):
        monkeypatch.setattr("hotline.clock.now", lambda days=days: now - timedelta(days=days))
        stored.put(version, FILES)
    assert ("b", "c") == stored.versions()
    monkeypatch.setattr("hotline.clock.now", lambda: now)
    stored.put("c", FILES)
    assert ("c", "b") == stored.versions()
    assert redis.ttl(CURRENT) > 0


def test_a_redis_that_is_away_stops_nobody() -> None:
    away = StoredBooks(connect("unix:///nowhere.sock"), SECRETS)
    away.put("abc1", FILES)
    assert {} == away.get("abc1")
    assert () == away.versions()


def test_an_answer_is_read_by_the_book_that_asked_on_another_machine(
    tmp_path: Path, stored: StoredBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = Folder(tmp_path / "one"), Folder(tmp_path / "other")
    one.edit(AGE, 'text = "How old?"')

    def machine(folder: Folder) -> Versions:
        return Versions(folder.path, load, (stored,))

    asked = machine(one)
    session = Session(state="child_age", book=asked.current().version)
    book = machine(other).for_session(session)
    assert "How old?" == book.texts["en"]["screening.child_age.text"][0]
    monkeypatch.setattr(stored, "get", lambda _: {})
    assert "How old?" != machine(other).for_session(session).texts["en"]["screening.child_age.text"][0]
