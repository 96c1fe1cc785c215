"""An operator can prove consent, and that no data is stored too long."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from click.testing import CliRunner, Result
from redis import Redis

from devtools.local import made_up
from devtools.local.embedded import redis_server
from hotline import clock
from hotline.cli import hotline
from hotline.config.given import SettingsError
from hotline.config.settings import Settings
from hotline.conversation.model.events import (
    Channel,
    Consent,
    Count,
    Effect,
    Event,
    EventKind,
    Missed,
    StopAll,
    Texting,
)
from hotline.conversation.model.session import Session
from hotline.store.keys import Secrets, open_secrets
from hotline.store.metrics import count
from hotline.store.turns import Turns
from tests.turns_taken import take_turn

PARENT, OTHER = "+12025550123", "+12025550124"
NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
NEW = "the seal of the tests from now on, long"


@pytest.fixture
def environ(redis: Redis, redis_url: str, tmp_path: Path) -> dict[str, str]:
    redis.ping()
    return made_up.complete({"REDIS_URL": redis_url}, tmp_path)


@pytest.fixture
def secrets(environ: dict[str, str]) -> Secrets:
    return open_secrets(Settings.read(environ))


@pytest.fixture
def agreed(redis: Redis, secrets: Secrets) -> None:
    """Make two people consent, and one of them opt out two days later."""
    turns = Turns(redis, secrets)
    said: list[tuple[str, Effect, int]] = [
        (PARENT, Consent("w"), 23),
        (OTHER, Consent("w"), 23),
        (PARENT, StopAll(), 25),
    ]
    for n, (number, effect, day) in enumerate(said):
        event = Event(f"SM{n}", NOON.replace(day=day), Channel.SMS, EventKind.SAID)
        texting = Texting.STOPPED if isinstance(effect, StopAll) else Texting.YES
        take_turn(turns, number, event, effect, session=Session(texting=texting))


def told(environ: dict[str, str], *command: str) -> Result:
    return CliRunner().invoke(hotline, command, env=environ)


@pytest.mark.usefixtures("agreed")
class TestTheAudit:
    """`hotline audit`."""

    def test_it_is_a_csv_table(self, environ: dict[str, str], secrets: Secrets) -> None:
        rows = list(csv.DictReader(io.StringIO(told(environ, "audit").stdout)))
        assert 3 == len(rows)
        (yes,) = (row for row in rows if row["who"] == secrets.in_audit(secrets.who(OTHER)))
        assert ("2026-11-23T17:00:00+00:00", "yes", "sms", "w", "SM1") == tuple(
            yes[name] for name in ("at", "what", "channel", "wording", "event")
        )

    def test_it_can_be_limited_to_a_person_or_a_start_date(self, environ: dict[str, str]) -> None:
        of_one = told(environ, "audit", "--number", PARENT)
        assert ["yes", "stop"] == [row["what"] for row in csv.DictReader(io.StringIO(of_one.stdout))]
        assert PARENT.removeprefix("+1") not in of_one.output
        since = told(environ, "audit", "--since", "2026-11-24").stdout
        assert ["stop"] == [row["what"] for row in csv.DictReader(io.StringIO(since))]

    @pytest.mark.parametrize("wrong", [("--since", "tomorrow"), ("--number", "202-555-0123")])
    def test_an_invalid_option_is_reported(self, environ: dict[str, str], wrong: tuple[str, str]) -> None:
        result = told(environ, "audit", *wrong)
        assert 1 == result.exit_code
        assert "must be" in result.output
        assert wrong[1] not in result.output


@pytest.mark.usefixtures("agreed")
def test_retention_is_reported(environ: dict[str, str], redis: Redis) -> None:
    good = told(environ, "retention")
    assert 0 == good.exit_code, good.output
    assert "where a conversation is: at most 7 days; 2 keys, the last goes within" in good.output
    assert "The oldest consent or opt-out is from 2026-11-23." in good.output
    redis.set("forgotten", "x")
    bad = told(environ, "retention")
    assert 1 == bad.exit_code
    assert "1 are of an unknown kind" in bad.output


@pytest.mark.usefixtures("agreed")
def test_reseal_encrypts_numbers_with_a_new_secret(environ: dict[str, str], redis: Redis) -> None:
    done = told({**environ, "SEAL_SECRET": NEW}, "reseal")
    assert (0, "1 numbers re-encrypted; all can be decrypted\n") == (done.exit_code, done.output)
    wrong = told(environ, "reseal")
    assert 1 == wrong.exit_code
    assert "1 cannot be decrypted with the secrets given here" in wrong.output
    assert redis.ping()


@pytest.mark.parametrize(
    "command", ["audit", "retention", "misunderstood", "reseal", "staff list", "overlay export"]
)
def test_an_unreachable_redis_is_reported(environ: dict[str, str], tmp_path: Path, command: str) -> None:
    result = told({**environ, "REDIS_URL": f"unix://{tmp_path}/gone.sock"}, *command.split())
    assert 1 == result.exit_code
    assert "Redis does not answer" in result.output


def test_without_settings_make_runs_data_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devtools.local.run.OWN_FOLDER", tmp_path)
    with redis_server(tmp_path) as url, Redis.from_url(url) as redis:
        redis.ping()
        result = told({}, "retention")
    assert "No settings given: using the data of `make run` in" in result.stderr
    assert "where a conversation is: at most 7 days; 0 keys" in result.stdout
    assert 0 == result.exit_code
    monkeypatch.setattr("devtools.local.run.OWN_FOLDER", tmp_path / "none")
    with pytest.raises(SettingsError, match="REDIS_URL is not set"):
        CliRunner().invoke(hotline, ["retention"], catch_exceptions=False)


class TestWhatWasNotUnderstood:
    """`hotline misunderstood`: counts by place and language, and words that three or more people used."""

    @pytest.fixture
    def texted(self, redis: Redis, secrets: Secrets) -> None:
        """Make two people use two words each; one of them uses a word twice."""
        turns = Turns(redis, secrets)
        said = [(0, ("speech", "bus")), (1, ("speech", "bus")), (2, ("speech", "lunch")), (2, ("lunch",))]
        for n, (person, words) in enumerate(said):
            at = clock.now().astimezone(ZoneInfo("America/New_York"))
            event = Event(f"SM{n}", at, Channel.SMS, EventKind.SAID)
            effects: tuple[Effect, ...] = (Count("misunderstood.child_age.en"), Missed(words))
            take_turn(turns, f"+1202555012{person}", event, *effects)

    @pytest.mark.usefixtures("texted")
    def test_a_word_is_shown_if_three_people_used_it(self, environ: dict[str, str]) -> None:
        lines = told(environ, "misunderstood").output.splitlines()
        assert "Not understood in the last 28 days: 4 texts." == lines[0]
        assert "     4  child_age (en)" == lines[1]
        assert "Words used by three or more people, this week: speech 3" == lines[2]
        assert "Words used by three or more people, last week: none" == lines[3]

    def test_days_are_the_centers(self, environ: dict[str, str], redis: Redis) -> None:
        """At 9 in the evening in New York the next day has begun in UTC."""
        count(redis, "misunderstood.child_age.en", NOON.date())
        with time_machine.travel(NOON.replace(day=24, hour=2)):
            assert "in the last 1 days: 1 texts." in told(environ, "misunderstood", "--days", "1").output

    @pytest.mark.usefixtures("texted")
    def test_stored_marks_contain_no_word_and_no_person(self, redis: Redis, secrets: Secrets) -> None:
        marks = [str(mark) for key in redis.scan_iter("*:missed:*") for mark in redis.smembers(str(key))]
        kept = " ".join([*map(str, redis.scan_iter("*:missed:*")), *marks]).replace("missed", "")
        assert not any(word in kept for word in ("speech", "bus", "lunch"))
        people = [mark.split(":")[1] for mark in marks]
        assert len(people) == len(set(people)) == 6
        assert not any(secrets.who(f"+1202555012{n}")[:8] in mark for n in range(3) for mark in marks)
