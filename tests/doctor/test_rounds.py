"""A running hotline reports in /status and on the desk, within a minute, what `hotline doctor` reports."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from redis import Redis

from devtools.twilio_sim import Carrier, serve
from hotline.config.settings import Settings
from hotline.doctor import rounds
from hotline.store.heartbeat import INBOX, beat, last_problems, store_problems
from hotline.web import checks
from hotline.web.app import create_app
from hotline.web.desk.view import problems_in
from tests.config.test_oddities import PLANTED as ODD
from tests.config.test_oddities import RIGHT
from tests.doctor.test_carrier import AT_THE_CARRIER, account
from tests.end_to_end.other_wires import town_on
from tests.running import free_ports
from tests.waiting import wait_until

WITHIN_SECONDS = rounds.EVERY.total_seconds() + rounds.RETRY_SECONDS + 10


def told(settings: Settings, redis: Redis) -> dict[str, str]:
    """Return the problems in /status of a hotline with these settings, after a round."""
    store_problems(redis, rounds.problems(settings))
    for process in ("clock", "worker", INBOX):
        beat(redis, process, datetime.now(UTC))
    service = create_app(settings).extensions["hotline"]
    found = checks.run_checks(service)
    wrong = {name: words for name, words in found.items() if words != "ok"}
    assert {words for _, words in problems_in(wrong)} == set(wrong.values()), "the desk says the same"
    return wrong


@pytest.mark.parametrize(("name", "value", "words"), list(ODD.values())[:2], ids=list(ODD)[:2])
def test_an_implausible_setting(
    name: str, value: str, words: str, redis: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/status reports it in `settings`."""
    environ = {**RIGHT, "REDIS_URL": redis_url, name: value}
    redis.ping()
    for each in environ:
        monkeypatch.setenv(each, environ[each])
    service = create_app(Settings.read(environ)).extensions["hotline"]
    assert words in checks.run_checks(service, ["settings"])["settings"]


@pytest.mark.parametrize(
    ("changed", "words"), list(AT_THE_CARRIER.values())[:2], ids=list(AT_THE_CARRIER)[:2]
)
def test_a_carrier_mistake(changed: dict[str, Any], words: str, settings: Settings, redis: Redis) -> None:
    """/status reports it in `doctor`, even before a text is lost."""
    with serve(Carrier(account(settings, **changed))) as serving:
        found = told(replace(settings, twilio_api_base_url=serving.url), redis)
    assert words in found["doctor"]


def test_a_missing_desk(settings: Settings, redis: Redis) -> None:
    """/status reports it in the check of what it affects."""
    found = told(replace(settings, desk_password=""), redis)
    assert "create an account with `hotline staff add NAME`" in found["desk"]


AROUND: dict[str, tuple[str, Any, str]] = {
    "an old Redis": ("hotline.doctor.store.OLDEST", (99, 0), "redis version: Redis is "),
    "a Redis that is far away": (
        "hotline.doctor.store.TOO_SLOW_SECONDS",
        0.0,
        "redis speed: Redis answers in",
    ),
    "two clocks": ("hotline.doctor.store.MOST_APART_SECONDS", -1.0, "redis clock: the clock of Redis is"),
    "a certificate that ends": (
        "hotline.doctor.ourselves.certificate",
        lambda _: "the certificate expires in 5 days",
        "certificate: the certificate expires in 5 days",
    ),
}
"""Problems that a test cannot create, simulated by moving a limit.

The limits themselves are tested in `test_store` and `test_ourselves`.
"""


@pytest.mark.parametrize(("name", "value", "words"), AROUND.values(), ids=AROUND.keys())
def test_a_problem_in_the_environment(
    name: str, value: Any, words: str, settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/status reports it in `doctor`."""
    monkeypatch.setattr(name, value)
    if name.endswith("TOO_SLOW_SECONDS"):
        monkeypatch.setattr("hotline.doctor.store.SLOW_SECONDS", 0.0)
    assert words in told(settings, redis)["doctor"]


def test_a_missing_round_is_not_ok(settings: Settings, redis: Redis) -> None:
    """Anything unchecked is not "ok". Without a clock, only the missing clock is reported."""
    beat(redis, "clock", datetime.now(UTC))
    service = create_app(settings).extensions["hotline"]
    assert "have not been checked" in checks.run_checks(service, ["doctor"])["doctor"]
    redis.set("heartbeat:doctor", "not what we write")
    assert "have not been checked" in checks.run_checks(service, ["doctor"])["doctor"]
    store_problems(redis, [])
    assert "ok" == checks.run_checks(service, ["doctor"])["doctor"]
    redis.delete("heartbeat:doctor")
    redis.delete("heartbeat:clock")
    assert "ok" == checks.run_checks(service, ["doctor"])["doctor"]
    assert "ok" != checks.run_checks(service, ["clock"])["clock"]


def test_a_public_url_that_leads_elsewhere(settings: Settings, redis: Redis) -> None:
    """/status reports it in `doctor`. The URL may lead elsewhere even if all settings look right."""
    with serve(Carrier(account(settings))) as elsewhere:
        found = told(replace(settings, public_base_url=elsewhere.url), redis)
    assert "something other than this hotline" in found["doctor"]


def test_one_of_many_clocks_makes_the_round(settings: Settings, redis: Redis) -> None:
    """The others see that it was already done."""
    away = replace(
        settings,
        twilio_api_base_url=f"http://127.0.0.1:{free_ports(1)[0]}",
        public_base_url=f"http://127.0.0.1:{free_ports(1)[0]}",
    )
    assert [True, False, False] == [rounds.go_round(away, redis) for _ in range(3)]
    (carrier, address) = last_problems(redis) or ()
    assert "the carrier does not answer" in carrier
    assert "nothing answers at" in address


@pytest.mark.whole
def test_a_running_hotline_reports_carrier_changes(redis: Redis, redis_url: str, tmp_path: Path) -> None:
    """It is ok at first, then someone changes a webhook in the console, then it is fixed."""
    with town_on({"number": "+15105550100"}, {}, redis, redis_url, tmp_path) as (town, carrier):
        base = carrier.account.sms_url.removesuffix("/sms")
        right = account(
            replace(Settings.read(RIGHT), public_base_url=base),
            account_sid=carrier.account.account_sid,
            auth_token=carrier.account.auth_token,
            number="+15105550100",
        )

        def found() -> str:
            said = requests.get(f"{base}/status", timeout=10).json()["doctor"]
            return str(said) if town.redis.exists("heartbeat:doctor") else "not yet"

        carrier.account = right
        wait_until(lambda: found() == "ok", 2 * WITHIN_SECONDS)
        carrier.account = replace(right, voice_url="https://demo.twilio.com/welcome/voice/")
        wait_until(lambda: "https://demo.twilio.com/welcome/voice/" in found(), WITHIN_SECONDS)
        carrier.account = right
        wait_until(lambda: found() == "ok", WITHIN_SECONDS)
