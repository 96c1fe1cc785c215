"""Misconfiguration at the carrier is reported with its fix: a table of planted mistakes at the simulator."""

from dataclasses import replace
from typing import Any

import pytest

from devtools.twilio_sim import Account, Carrier, serve
from hotline.channels.addresses import wanted
from hotline.config.settings import Settings
from hotline.doctor.carrier import lines, sender_lines
from hotline.doctor.lines import Grade, Line
from tests.doctor.test_ourselves import answers, served
from tests.running import free_ports

SERVICE = "MG" + "c" * 32
OTHER = "https://old.parents.edu"


def account(settings: Settings, **changed: Any) -> Account:
    """Return an account that is set up correctly, except for what is `changed`."""
    urls = {address.field: address.url for address in wanted(settings.public_base_url)}
    right = Account(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token,
        number=settings.sender,
        sms_url=urls["sms_url"],
        sms_fallback_url=urls["sms_fallback_url"],
        voice_url=urls["voice_url"],
        voice_fallback_url=urls["voice_fallback_url"],
        voice_status_url=urls["status_callback"],
        messaging_service_sid=SERVICE,
    )
    return replace(right, **changed)


def found(settings: Settings, own: Account) -> list[Line]:
    """Return what `hotline doctor` reports about this account."""
    with serve(Carrier(own)) as serving:
        return list(lines(replace(settings, twilio_api_base_url=serving.url)))


def wrong(found: list[Line]) -> list[str]:
    return [f"{line.name}: {line.message}" for line in found if line.grade is not Grade.WELL]


def test_a_correct_account_has_no_problems(settings: Settings) -> None:
    assert [] == wrong(found(settings, account(settings)))
    through = replace(settings, twilio_messaging_service_sid=SERVICE)
    assert [] == wrong(found(through, account(settings)))


AT_THE_CARRIER: dict[str, tuple[dict[str, Any], str]] = {
    "suspended": ({"status": "suspended"}, "account: the account is suspended"),
    "closed": ({"status": "closed"}, "account: the account is closed"),
    "a trial": ({"type": "Trial"}, "account: a trial account reaches only verified numbers"),
    "a number of somebody else": (
        {"number": "+15105550177"},
        "number: HOTLINE_NUMBER +15105550100 is not a number",
    ),
    "no texts": ({"capabilities": frozenset({"voice"})}, "number: +15105550100 supports no texts"),
    "no calls": ({"capabilities": frozenset({"sms"})}, "number: +15105550100 supports no calls"),
    "texts not set": ({"sms_url": ""}, '"A message comes in" is not set'),
    "texts go elsewhere": (
        {"sms_url": f"{OTHER}/sms"},
        '"A message comes in" is https://old.parents.edu/sms',
    ),
    "texts not asked again": (
        {"sms_url": "http://127.0.0.1:8000/sms"},
        '"A message comes in" does not say when to retry',
    ),
    "texts by GET": ({"sms_method": "GET"}, '"A message comes in" is requested by GET'),
    "texts to an app": ({"sms_application_sid": "AP" + "0" * 32}, "a TwiML app for texts handles it"),
    "no fallback for texts": ({"sms_fallback_url": ""}, '"A message comes in, fallback" is not set'),
    "calls not set": ({"voice_url": ""}, '"A call comes in" is not set'),
    "calls go to the demo": (
        {"voice_url": "https://demo.twilio.com/welcome/voice/"},
        '"A call comes in" is https://demo.twilio.com/welcome/voice/',
    ),
    "calls by GET": ({"voice_method": "GET"}, '"A call comes in" is requested by GET'),
    "calls to a trunk": ({"trunk_sid": "TK" + "0" * 32}, "a SIP trunk handles it"),
    "no fallback for calls": ({"voice_fallback_url": ""}, '"A call comes in, fallback" is not set'),
    "nobody tells that a call ended": ({"voice_status_url": ""}, '"Call status changes" is not set'),
    "another token": (
        {"auth_token": "another"},
        "account: the carrier refuses us (20003): credentials are refused",
    ),
    "another account": ({"account_sid": "AC" + "9" * 32}, "account: the carrier refuses us (20003)"),
}


@pytest.mark.parametrize(("changed", "told"), AT_THE_CARRIER.values(), ids=AT_THE_CARRIER.keys())
def test_a_mistake_at_the_carrier_is_reported(changed: dict[str, Any], told: str, settings: Settings) -> None:
    lines = wrong(found(settings, account(settings, **changed)))
    assert 1 == len(lines), lines
    assert told in lines[0]
    assert settings.twilio_auth_token not in lines[0]


def test_a_messaging_service_that_handles_texts_is_checked(settings: Settings) -> None:
    through = replace(settings, twilio_messaging_service_sid=SERVICE)
    urls = {address.field: address.url for address in wanted(settings.public_base_url)}
    other = account(
        settings,
        service_takes_texts=True,
        service_url=f"{OTHER}/sms",
        service_fallback_url=urls["sms_fallback_url"],
    )
    (line,) = wrong(found(through, other))
    assert "in the Messaging Service, Integration" in line
    (gone,) = wrong(found(through, account(settings, messaging_service_sid="")))
    assert "check TWILIO_ACCOUNT_SID and TWILIO_MESSAGING_SERVICE_SID" in gone


def test_a_number_outside_the_messaging_service_is_reported(settings: Settings) -> None:
    through = replace(settings, twilio_messaging_service_sid=SERVICE)
    urls = {address.field: address.url for address in wanted(settings.public_base_url)}
    outside = account(
        settings,
        sms_url=f"{OTHER}/sms",
        service_senders=(),
        service_takes_texts=True,
        service_url=urls["sms_url"],
        service_fallback_url=urls["sms_fallback_url"],
    )
    sender, webhook = wrong(found(through, outside))
    assert "service: +15105550100 is not a sender of the Messaging Service" in sender
    assert f'"A message comes in" is {OTHER}/sms' in webhook


def test_a_page_in_place_of_the_carrier_is_reported(settings: Settings) -> None:
    port = free_ports(1)[0]
    there = replace(settings, twilio_api_base_url=f"http://127.0.0.1:{port}")
    with served(answers("200 OK", body=b"<p>Welcome")(there), port):
        (line,) = wrong(list(lines(there)))
    assert "the carrier does not answer" in line
    assert "TWILIO_API_BASE_URL" in line


def test_an_unreachable_carrier_is_reported(settings: Settings) -> None:
    away = replace(settings, twilio_api_base_url=f"http://127.0.0.1:{free_ports(1)[0]}")
    (line,) = wrong(list(lines(away)))
    assert "the carrier does not answer" in line


def test_a_short_code_must_be_checked_manually(settings: Settings) -> None:
    both = replace(settings, hotline_numbers=(settings.sender, "51234"))
    (line,) = wrong(found(both, account(settings)))
    assert "51234 is a short code" in line


NUMBER, WHATSAPP, RCS = "+15105550100", "whatsapp:+15105550101", "rcs:center_agent"
BOTH = (("en", "HX" + "1" * 32), ("es", "HX" + "2" * 32))

TOLD: dict[str, tuple[dict[str, Any], Grade, str]] = {
    "a WhatsApp sender": ({"hotline_numbers": (NUMBER, WHATSAPP)}, Grade.ADVICE, "are posted to"),
    "no templates": (
        {"hotline_numbers": (NUMBER, WHATSAPP)},
        Grade.WRONG,
        "WHATSAPP_TEMPLATES has none for en, es",
    ),
    "no Spanish template": (
        {"hotline_numbers": (NUMBER, WHATSAPP), "whatsapp_templates": BOTH[:1]},
        Grade.WRONG,
        "WHATSAPP_TEMPLATES has none for es",
    ),
    "nobody can call": ({"hotline_numbers": (WHATSAPP, RCS)}, Grade.WRONG, "no one can call the line"),
    "templates for nobody": (
        {"hotline_numbers": (NUMBER, RCS), "whatsapp_templates": BOTH},
        Grade.ADVICE,
        "has no effect without a WhatsApp sender",
    ),
}


@pytest.mark.parametrize(("changed", "grade", "told"), TOLD.values(), ids=TOLD.keys())
def test_channel_problems_are_reported(
    changed: dict[str, Any], grade: Grade, told: str, settings: Settings
) -> None:
    found = list(sender_lines(replace(settings, **changed)))
    assert any(line.grade is grade and told in line.message for line in found), found


def test_a_complete_setup_has_only_advice(settings: Settings) -> None:
    found = sender_lines(replace(settings, hotline_numbers=(NUMBER, WHATSAPP, RCS), whatsapp_templates=BOTH))
    assert {"WhatsApp", "RCS"} == {line.name for line in found if line.grade is not Grade.WELL}


def test_a_phone_number_alone_has_no_lines(settings: Settings) -> None:
    assert [] == list(sender_lines(settings))
