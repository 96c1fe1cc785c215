"""`hotline connect` with the simulator's REST API: a new account, a misconfigured one, and a second run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from devtools.twilio_sim import Account, Carrier, Serving, serve
from hotline.channels.addresses import wanted
from hotline.config.settings import Settings
from hotline.connect import command
from hotline.doctor.carrier import lines
from hotline.doctor.lines import Grade
from tests.devtools.twilio_sim import openapi
from tests.devtools.twilio_sim.recorder import Asked, recorded
from tests.running import free_ports

SERVICE, TOLL_FREE, SECOND = "MG" + "c" * 32, "+18335550100", "+15105550101"
APP, TRUNK = "AP" + "0" * 32, "TK" + "0" * 32

Run = Callable[..., Result]


def fresh(settings: Settings, **more: Any) -> Account:
    """Return an account with a new number, as Twilio sets it up: calls and texts go to Twilio's demo."""
    account = Account(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token,
        number=settings.sender,
        sms_url="https://demo.twilio.com/welcome/sms/reply/",
        voice_url="https://demo.twilio.com/welcome/voice/",
        messaging_service_sid=SERVICE,
    )
    return replace(account, **more)


@contextmanager
def carrier(account: Account) -> Iterator[Serving]:
    with serve(Carrier(account)) as serving:
        yield serving


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs `hotline connect` with these settings, without a terminal."""

    def run(settings: Settings, *arguments: str) -> Result:
        monkeypatch.setattr(Settings, "read", lambda _: settings)
        monkeypatch.setattr("hotline.log.silence", lambda: None)  # it would affect all later tests
        return CliRunner().invoke(command.connect, arguments, catch_exceptions=False)

    return run


def wrong_webhooks(settings: Settings) -> list[str]:
    """Return what `hotline doctor` finds wrong at the carrier."""
    return [line.message for line in lines(settings) if line.grade is not Grade.WELL]


def changes(asked: list[Asked]) -> list[str]:
    """Return the paths of requests that change something."""
    return [each.path for each in asked if each.method != "GET"]


def test_without_yes_the_changes_are_shown_and_nothing_is_set(settings: Settings, run: Run) -> None:
    with carrier(fresh(settings)) as serving, recorded(serving) as asked:
        done = run(replace(settings, twilio_api_base_url=serving.url))
    assert 1 == done.exit_code
    assert "https://demo.twilio.com/welcome/voice/" in done.output
    for address in wanted(settings.public_base_url):
        assert f"it becomes {address.url}" in done.output
    assert "Nothing was changed. To apply the changes: hotline connect --yes" in done.output
    assert [] == changes(asked)


def test_with_yes_everything_is_set_as_doctor_wants_it(settings: Settings, run: Run) -> None:
    with carrier(fresh(settings)) as serving, recorded(serving) as asked:
        reached = replace(settings, twilio_api_base_url=serving.url)
        done = run(reached, "--yes")
        assert 0 == done.exit_code, done.output
        assert 1 == len(changes(asked))
        assert [] == wrong_webhooks(reached)
    assert "The webhooks at the carrier are set correctly." in done.output


@pytest.mark.parametrize(
    "senders", [("whatsapp:+15105550101",), ("51234",)], ids=["WhatsApp", "a short code"]
)
def test_where_nothing_can_be_set_nothing_is_said_to_be_correct(
    senders: tuple[str, ...], settings: Settings, run: Run
) -> None:
    with carrier(fresh(settings)) as serving:
        done = run(replace(settings, twilio_api_base_url=serving.url, hotline_numbers=senders))
    assert "set correctly" not in done.output
    assert "HOTLINE_NUMBER has no phone number" in done.output


def test_a_second_run_changes_nothing(settings: Settings, run: Run) -> None:
    account = fresh(settings, service_takes_texts=True, service_senders=(), others=(SECOND,))
    with carrier(account) as serving:
        reached = replace(
            settings,
            twilio_api_base_url=serving.url,
            twilio_messaging_service_sid=SERVICE,
            hotline_numbers=(settings.sender, SECOND),
        )
        assert 0 == run(reached, "--yes").exit_code
        assert [] == wrong_webhooks(reached)
        with recorded(serving) as asked:
            again = run(reached, "--yes")
        assert [] == changes(asked)
    assert 0 == again.exit_code
    assert "To be set" not in again.output


def test_a_messaging_service_gets_the_webhooks_for_texts(settings: Settings, run: Run) -> None:
    with carrier(fresh(settings, service_takes_texts=True, service_senders=())) as serving:
        run(replace(settings, twilio_api_base_url=serving.url, twilio_messaging_service_sid=SERVICE), "--yes")
        account = serving.carrier.account
    urls = {address.field: address.url for address in wanted(settings.public_base_url)}
    assert (urls["sms_url"], urls["sms_fallback_url"]) == (account.service_url, account.service_fallback_url)
    assert urls["voice_url"] == account.voice_url
    assert "https://demo.twilio.com/welcome/sms/reply/" == account.sms_url, "which nobody asks"
    assert (settings.sender,) == account.service_senders


def test_apps_and_trunks_that_override_the_webhooks_are_left_alone(settings: Settings, run: Run) -> None:
    other = fresh(settings, sms_application_sid=APP, voice_application_sid=APP, trunk_sid=TRUNK)
    with carrier(other) as serving:
        done = run(replace(settings, twilio_api_base_url=serving.url), "--yes")
        assert (APP, TRUNK) == (
            serving.carrier.account.sms_application_sid,
            serving.carrier.account.trunk_sid,
        )
    assert 1 == done.exit_code
    for name in ("SIP trunk", "TwiML app for texts", "TwiML app for calls"):
        assert f"WRONG  handled by     a {name} handles {settings.sender}" in done.output


def test_a_webhook_that_uses_get_is_changed_to_post(settings: Settings, run: Run) -> None:
    urls = {address.field: address.url for address in wanted(settings.public_base_url)}
    with carrier(fresh(settings, sms_url=urls["sms_url"], sms_method="GET")) as serving:
        reached = replace(settings, twilio_api_base_url=serving.url)
        assert '"A message comes in" is requested by GET, not by POST' in run(reached).output
        run(reached, "--yes")
        assert "POST" == serving.carrier.account.sms_method


WRONG: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "another token": ({"auth_token": "another"}, {}, "check TWILIO_AUTH_TOKEN or TWILIO_API_KEY"),
    "another account": ({"account_sid": "AC" + "9" * 32}, {}, "and TWILIO_ACCOUNT_SID"),
    "another service": (
        {},
        {"twilio_messaging_service_sid": "MG" + "d" * 32},
        "check TWILIO_ACCOUNT_SID and TWILIO_MESSAGING_SERVICE_SID",
    ),
    "another number": (
        {},
        {"hotline_numbers": ("+15105550177",)},
        "+15105550177 is not a number of this account",
    ),
    "no calls": ({"capabilities": frozenset({"sms"})}, {}, "supports no calls"),
    "an example": ({}, {"public_base_url": "https://hotline.example.org"}, "PUBLIC_BASE_URL is the example"),
}


@pytest.mark.parametrize(("account", "changed", "expected"), WRONG.values(), ids=WRONG.keys())
def test_a_problem_is_reported_and_nothing_is_set(
    account: dict[str, Any], changed: dict[str, Any], expected: str, settings: Settings, run: Run
) -> None:
    with carrier(fresh(settings, **account)) as serving, recorded(serving) as asked:
        done = run(replace(settings, **changed, twilio_api_base_url=serving.url), "--yes")
    assert 1 == done.exit_code
    assert expected in done.output
    assert [] == changes(asked)
    assert settings.twilio_auth_token not in done.output.replace(settings.sender, "")


ACCOUNTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "fresh": ({}, {}),
    "through a service": (
        {"service_takes_texts": True, "service_senders": (), "campaign_status": "VERIFIED"},
        {"twilio_messaging_service_sid": SERVICE},
    ),
    "toll-free": ({"number": TOLL_FREE}, {"hotline_numbers": (TOLL_FREE,)}),
    **{name: (account, changed) for name, (account, changed, _) in WRONG.items()},
}


@pytest.mark.parametrize(("account", "changed"), ACCOUNTS.values(), ids=ACCOUNTS.keys())
def test_all_requests_conform_to_twilios_description(
    account: dict[str, Any], changed: dict[str, Any], settings: Settings, run: Run
) -> None:
    """On a new account, a misconfigured one, and on a second run. Needs TWILIO_OPENAPI."""
    contract = openapi.contract()
    with carrier(fresh(settings, **account)) as serving, recorded(serving) as asked:
        for _ in range(2):
            run(replace(settings, **changed, twilio_api_base_url=serving.url), "--yes")
    assert asked or "public_base_url" in changed, "an example is named before anything is asked"
    assert [] == [problem for each in asked for problem in contract.request_problems(each)]


def test_an_unreachable_carrier_is_reported(settings: Settings, run: Run) -> None:
    done = run(replace(settings, twilio_api_base_url=f"http://127.0.0.1:{free_ports(1)[0]}"), "--yes")
    assert 1 == done.exit_code
    assert "the carrier does not answer" in done.output


IN_SERVICE, BY_TOLL_FREE = {"twilio_messaging_service_sid": SERVICE}, {"hotline_numbers": (TOLL_FREE,)}

BY_HAND: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a campaign that is approved": ({"campaign_status": "VERIFIED"}, IN_SERVICE, "ok     A2P 10DLC\n"),
    "a campaign that waits": (
        {"campaign_status": "IN_PROGRESS"},
        IN_SERVICE,
        "WRONG  A2P 10DLC      the application is under review",
    ),
    "a campaign that was rejected": (
        {"campaign_status": "FAILED", "rejection_code": 30897},
        IN_SERVICE,
        "WRONG  A2P 10DLC      the application was rejected (30897",
    ),
    "no campaign": ({}, IN_SERVICE, "WRONG  A2P 10DLC      no application was submitted"),
    "a campaign that can't be seen": (
        {},
        {},
        "ADVICE A2P 10DLC      a campaign belongs to a Messaging Service",
    ),
    "toll-free, verified": (
        {"number": TOLL_FREE, "toll_free_status": "TWILIO_APPROVED"},
        BY_TOLL_FREE,
        "ok     toll-free\n",
    ),
    "toll-free, rejected": (
        {"number": TOLL_FREE, "toll_free_status": "TWILIO_REJECTED"},
        BY_TOLL_FREE,
        f"WRONG  toll-free      {TOLL_FREE}: the application was rejected (30475",
    ),
    "toll-free, nobody has applied": (
        {"number": TOLL_FREE},
        BY_TOLL_FREE,
        f"WRONG  toll-free      {TOLL_FREE}: no application was submitted",
    ),
    "Puerto Rico": (
        {"regions": frozenset({"US", "CA", "AS", "GU", "MP", "VI"})},
        {},
        "ADVICE countries      texts to PR are off",
    ),
    "Canada": (
        {"regions": frozenset({"US", "AS", "GU", "MP", "PR", "VI"})},
        {},
        "WRONG  countries      texts to CA are off",
    ),
    "media": ({}, {}, "Enforce HTTP Auth on Media URLs"),
    "opt-out words": ({}, {}, "Advanced Opt-Out"),
}


@pytest.mark.parametrize(("account", "changed", "expected"), BY_HAND.values(), ids=BY_HAND.keys())
def test_manual_steps_are_listed_with_their_status(
    account: dict[str, Any], changed: dict[str, Any], expected: str, settings: Settings, run: Run
) -> None:
    with carrier(fresh(settings, **account)) as serving:
        done = run(replace(settings, **changed, twilio_api_base_url=serving.url), "--yes")
    assert 0 == done.exit_code
    assert expected in done.output
