"""Keys have only keyed hashes of people."""

import hmac
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.crc import key_slot

from devtools.local import made_up
from hotline.config.settings import Settings
from hotline.store.keys import BUCKETS, TAGS, Keyed, Keys, Secrets, bucket_key, bucket_of, open_secrets
from tests.many_redis import SLOTS

NUMBERS = ["+12025550123", "+12025550124", "+15105550199", "+19075550100"]
DAY = datetime(2026, 11, 23, 23, 59, tzinfo=UTC)


def all_keys(who: str) -> list[str]:
    keys = Keys(who)
    waiting = [keys.followups, keys.due, keys.requests, keys.requested]
    return [keys.session, keys.answers, keys.person, *waiting, keys.audit, keys.counts(DAY)]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_person_is_32_hex_digits(secrets: Secrets, number: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", secrets.who(number))
    assert secrets.who(number) == secrets.who(number)


def test_people_differ_by_number_and_secret(secrets: Secrets) -> None:
    others = [Secrets("another secret of the tests, long enough").who(number) for number in NUMBERS]
    assert len({*map(secrets.who, NUMBERS), *others}) == 2 * len(NUMBERS)


@pytest.mark.parametrize("number", NUMBERS)
def test_no_key_has_digits_of_the_number(secrets: Secrets, number: str) -> None:
    digits = number.removeprefix("+1")
    for key in all_keys(secrets.who(number)):
        without_who = key.replace(secrets.who(number), "")
        assert digits not in key
        assert digits[-4:] not in without_who


@pytest.mark.parametrize("number", NUMBERS)
def test_all_keys_of_a_person_are_on_one_node(secrets: Secrets, number: str) -> None:
    """One hash tag, so one script can write them all."""
    keys = all_keys(secrets.who(number))
    assert len({re.match(r"\{(\d\d[a-z]{2})\}:", key)[0] for key in keys}) == 1  # type: ignore[index]  # else it fails
    assert len({key_slot(key.encode()) for key in keys}) == 1


@pytest.mark.parametrize(
    ("nodes", "most"), [(3, 1.04), (6, 1.04), (8, 1.0), (12, 1.13), (16, 1.0), (24, 1.13), (32, 1.0)]
)
def test_no_cluster_node_has_much_more_than_its_share(nodes: int, most: float) -> None:
    """With tags that hashed at random one of 12 had 131%, one of 24 188%."""
    on = Counter(key_slot(tag.encode()) * nodes // SLOTS for tag in TAGS)
    assert max(on.values()) / (BUCKETS / nodes) <= most
    assert BUCKETS == len(set(TAGS)) == sum(on.values())
    assert list(range(BUCKETS)) == [bucket_of(tag) for tag in TAGS]


def test_the_clock_reads_every_bucket(secrets: Secrets) -> None:
    walked = {bucket_key(bucket, "due") for bucket in range(BUCKETS)}
    used = {Keys(secrets.who(f"+1202555{n:04d}")).due for n in range(1000)}
    assert used == walked


def test_counts_are_stored_by_day(secrets: Secrets) -> None:
    key = Keys(secrets.who(NUMBERS[0])).counts(DAY)
    assert re.fullmatch(r"\{\d\d[a-z]{2}\}:counts:2026-11-23", key)


def test_a_sealed_number_can_be_unsealed(secrets: Secrets) -> None:
    sealed = secrets.seal(NUMBERS[0])
    assert secrets.unseal(sealed) == NUMBERS[0]
    assert "2025550123" not in sealed
    assert secrets.seal(NUMBERS[0]) != sealed


@pytest.mark.parametrize(
    "sealed",
    [Secrets("another secret of the tests, long enough").seal(NUMBERS[0]), "no seal", ""],
    ids=["another secret", "damaged", "empty"],
)
def test_a_number_sealed_with_another_secret_is_not_read(secrets: Secrets, sealed: str) -> None:
    assert secrets.unseal(sealed) is None


OLD, NEW = "the seal of the tests until now, long enough", "the seal of the tests from now on, long"


def test_a_number_sealed_with_the_earlier_secret_can_be_read() -> None:
    secret = "the secret of the tests, long enough"
    by_name, by_old, by_new = Secrets(secret), Secrets(secret, OLD), Secrets(secret, NEW, OLD)
    assert [NUMBERS[0]] * 3 == [by_new.unseal(each.seal(NUMBERS[0])) for each in (by_name, by_old, by_new)]
    assert [False, False, True] == [
        by_new.newest(each.seal(NUMBERS[0])) for each in (by_name, by_old, by_new)
    ]
    assert by_old.unseal(by_new.seal(NUMBERS[0])) is None


def test_a_new_seal_secret_keeps_everyones_id() -> None:
    secret = "the secret of the tests, long enough"
    assert {Secrets(secret).who(NUMBERS[0])} == {Secrets(secret, each).who(NUMBERS[0]) for each in (OLD, NEW)}


@pytest.mark.parametrize(
    ("given", "seals_as"),
    [
        ({}, ()),
        ({"SEAL_SECRET": NEW}, (NEW,)),
        ({"SEAL_SECRET": NEW, "SEAL_SECRET_PREVIOUS": OLD}, (NEW, OLD)),
    ],
    ids=["none of its own", "its own", "while it changes"],
)
def test_the_seal_secret_defaults_to_hotline_secret(
    given: dict[str, str], seals_as: tuple[str, ...], tmp_path: Path
) -> None:
    settings = Settings.read({**made_up.complete({}, tmp_path), "REDIS_URL": "unix:///none", **given})
    expected, found = Secrets(settings.hotline_secret, *seals_as), open_secrets(settings)
    assert found.newest(expected.seal(NUMBERS[0]))
    assert NUMBERS[0] == found.unseal(Secrets(settings.hotline_secret).seal(NUMBERS[0]))
    if OLD in seals_as:
        assert NUMBERS[0] == found.unseal(Secrets(settings.hotline_secret, OLD).seal(NUMBERS[0]))


def test_a_mark_identifies_words_only_with_the_secret(secrets: Secrets) -> None:
    other = Secrets("another secret of the tests, long enough")
    marks = {
        secrets.mark("Did you send it?"),
        secrets.mark("Did you send it? "),
        other.mark("Did you send it?"),
    }
    assert 3 == len(marks)
    assert secrets.mark("Did you send it?") in marks
    assert all(re.fullmatch(r"[0-9a-f]{64}", mark) for mark in marks)


@pytest.mark.parametrize("text", ["", "a", "ñ" * 30, "long " * 40])
def test_hashes_are_hmacs(text: str) -> None:
    """All stored ids depend on it."""
    for key in (b"k", bytes(range(32)), b"x" * 64):
        expected = hmac.new(key, text.encode(), "sha256").hexdigest()
        assert expected == Keyed(key).hashed(text)
