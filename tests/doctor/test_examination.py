"""All of `hotline doctor`: as a command, before a deploy, and with the clock moved to 2028."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from redis import Redis

from devtools.local.made_up import complete
from devtools.twilio_sim import Account, Carrier, serve
from hotline.config.settings import Settings
from hotline.doctor import examination
from hotline.doctor.examination import examine
from hotline.doctor.lines import Grade, Line, as_json, fails
from hotline.publishing.lint.check import Report
from hotline.publishing.overlay import Overlay, OwnCenter
from hotline.store.heartbeat import beat
from hotline.web import checks
from hotline.web.app import create_app
from hotline.web.desk.view import problems_in
from tests.copied_flows import copied_flows
from tests.own_redis import OwnRedis
from tests.running import free_ports
from tests.web.desk.visiting import Desk, words
from tests.web.twilio_forms import Caller, messages

ROOT = Path(__file__).parents[2]
IN_2028 = datetime(2028, 6, 1, 17, tzinfo=UTC)


@pytest.fixture
def environ(redis: Redis, redis_url: str, tmp_path: Path) -> dict[str, str]:
    """Return the environment of a hotline on this machine whose carrier is unreachable."""
    redis.ping()
    given = {"REDIS_URL": redis_url, "TWILIO_API_BASE_URL": f"http://127.0.0.1:{free_ports(1)[0]}"}
    return complete(given, tmp_path)


def found(environ: dict[str, str], *, release: bool = False) -> dict[str, Line]:
    """Return the lines by name, keeping the worst of each name."""
    lines = sorted(examine(environ, release=release), key=lambda line: line.grade)
    return {line.name: line for line in lines}


@pytest.fixture
def carrier(environ: dict[str, str]) -> Iterator[None]:
    """Serve a carrier whose number has no webhooks yet."""
    settings = Settings.read(environ)
    account = Account(settings.twilio_account_sid, settings.twilio_auth_token, settings.sender)
    with serve(Carrier(account)) as serving:
        environ["TWILIO_API_BASE_URL"] = serving.url
        yield


@pytest.mark.usefixtures("carrier")
def test_each_check_has_its_line(environ: dict[str, str], redis: Redis) -> None:
    beat(redis, "clock", datetime.now(UTC))
    lines = found(environ)
    assert Grade.WELL is lines["redis"].grade is lines["clock"].grade is lines["account"].grade
    assert "start one: systemctl start hotline-worker" in lines["worker"].message
    assert '"Call status changes" is not set' in lines["addresses"].message
    assert "nothing answers at" in lines["ourselves"].message
    assert Grade.ADVICE is lines["webhooks"].grade
    assert fails(lines.values(), release=False)


def test_a_release_fails_only_for_what_breaks_serving(environ: dict[str, str], server: OwnRedis) -> None:
    """An unreachable carrier, a process not started yet and a missing append-only file do not.

    A Redis that evicts data or is down does.
    """
    environ["REDIS_URL"] = server.url
    server.client.config_set("appendonly", "no")
    lines = found(environ, release=True)
    assert Grade.WRONG is lines["account"].grade is lines["persistence"].grade
    assert not {"worker", "clock", "webhooks", "ourselves"} & lines.keys()
    assert not fails(lines.values(), release=True)
    server.client.config_set("maxmemory-policy", "allkeys-lru")
    assert Grade.BREAKS is found(environ, release=True)["memory"].grade
    server.kill()
    away = found(environ, release=True)
    assert Grade.BREAKS is away["redis"].grade
    assert "persistence" not in away, "one line tells that Redis is away"


def test_invalid_settings_are_the_only_thing_reported(environ: dict[str, str]) -> None:
    lines = list(examine({**environ, "PORT": "eighty", "TIME_ZONE": "Mars"}, release=True))
    assert ["settings", "settings"] == [line.name for line in lines]
    assert fails(lines, release=True)


def test_a_missing_desk_is_reported(environ: dict[str, str]) -> None:
    assert Grade.WELL is found(environ)["desk"].grade
    without = {**environ, "DESK_PASSWORD": ""}
    assert "no one sees who asked to be called back" in found(without)["desk"].message
    assert "desk" not in found({**without, "REDIS_URL": "redis://127.0.0.1:1/0"}), "there may be accounts"


def test_an_unreachable_queue_is_reported(settings: Settings, redis: Redis) -> None:
    redis.ping()
    service = create_app(replace(settings, queue_redis_url="redis://127.0.0.1:1/0")).extensions["hotline"]
    assert "check QUEUE_REDIS_URL" in checks.run_checks(service, ["queue"])["queue"]


def test_in_2028_a_release_succeeds_and_parents_are_served(
    environ: dict[str, str], settings: Settings, redis: Redis, tmp_path: Path
) -> None:
    """Every law is past its review date by then. /status lists which, with the files to review."""
    redis.ping()
    moved = tmp_path / "moved"
    moved.write_text(str((IN_2028 - datetime.now(UTC)) / timedelta(seconds=1)))
    done = subprocess.run(
        [sys.executable, "-m", "hotline", "doctor", "--release", "--json"],
        env={**os.environ, **environ, "CLOCK_FILE": str(moved)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    told = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert "past their review date" in told["review"]["message"]
    with time_machine.travel(IN_2028, tick=True):
        client = create_app(settings).test_client()
        assert "Parent Hotline" in " ".join(messages(Caller(client, settings).text("hi")))
        due = (client.get("/status").json or {})["review"]
        assert ".toml" in due
        assert ("The law in our words was reviewed on time", due) in problems_in({"review": due})
        desk = Desk(client.application).signed_in(settings.desk_password)
        assert "Statements of law past their review date:" in words(desk.get().text)
        assert 200 == client.get("/readyz").status_code


def test_the_reviews_are_those_of_what_is_served(settings: Settings, redis: Redis, tmp_path: Path) -> None:
    redis.ping()
    center = OwnCenter(
        "Our Group",
        "907-561-3701",
        source="Dialed",
        checked=date(2026, 1, 1),
        review_by=date(2026, 2, 2),
        was="x",
        was_phone="y",
    )
    (tmp_path / "own.toml").write_text(Overlay(centers={"AK": center}).written(), encoding="utf-8")
    client = create_app(replace(settings, flows_overlay=tmp_path / "own.toml")).test_client()
    told = (client.get("/status").json or {})["review"]
    assert "reference/centers.toml [AK] was due for review by 2026-02-02: review Dialed again" in told


def test_with_a_broken_edit_at_startup_our_own_flows_are_served(
    settings: Settings, redis: Redis, tmp_path: Path
) -> None:
    redis.ping()
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "book.toml").write_text("this is = not [TOML")
    broken = replace(settings, flows_dir=flows, books_dir=None)
    client = create_app(broken).test_client()
    assert "Parent Hotline" in " ".join(messages(Caller(client, broken).text("hi")))
    assert "911" in client.post("/fallback/sms").text
    assert "nueve once" in client.post("/fallback/voice").text
    assert 200 == client.get("/letters").status_code
    checks = client.get("/status").json or {}
    assert "the built-in ones are served instead: book.toml" in checks["flows"]
    assert "statements of law" in checks["review"] or checks["review"] == "ok"


def test_broken_letters_do_not_stop_the_service(settings: Settings, redis: Redis, tmp_path: Path) -> None:
    redis.ping()
    flows = copied_flows(tmp_path / "flows")
    (flows / "letters" / "504.toml").write_text("source = ")
    client = create_app(replace(settings, flows_dir=flows, books_dir=None)).test_client()
    assert 200 == client.get("/letters/504").status_code
    assert "letters/504.toml: is not TOML" in (client.get("/status").json or {})["flows"]


@pytest.mark.parametrize(
    ("finds", "told"), [((), "ok"), (("a loop",), "a loop (of 1: `hotline check` lists them)")]
)
def test_an_operators_own_flows_are_walked(
    finds: tuple[str, ...], told: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finding of the walk fails a deploy. Our own flows are walked before a release."""
    monkeypatch.setattr(examination, "check", lambda *_: Report(finds, (), ()))  # type: ignore[arg-type]
    assert () == tuple(examination._content(settings))
    (line,) = examination._content(replace(settings, flows_dir=tmp_path))
    assert (told, not finds) == (line.message, line.grade is Grade.WELL)


def test_the_report_is_available_as_json() -> None:
    lines = [Line("redis"), Line("review", "soon", Grade.ADVICE), Line("account", "suspended", Grade.WRONG)]
    told = as_json(lines, release=False)
    assert told["well"] is False
    assert {"name": "account", "message": "suspended", "must_be_fixed": True} == told["checks"][2]
    assert as_json(lines, release=True)["well"] is True
    assert "WRONG  account        suspended" == str(lines[2])
    assert "ok     redis" == str(lines[0])
