"""REST endpoints for an account's resources: its numbers with webhooks, its Messaging Service, and its registrations.

Rule: an unknown parameter is refused (20001); otherwise a misspelled one would seem to have been set.

Source: twilio.com/docs/iam/api/account, .../phone-numbers/api/incomingphonenumber-resource,
.../messaging/api/service-resource, .../messaging/api/phonenumber-resource, .../messaging/api/usapptoperson-resource,
.../messaging/api/tollfree-verification-resource. The geo permissions are missing from the Twilio OpenAPI files that the
tests use; their path and fields come from Twilio's client (twilio.rest.accounts.v1.messaging_geopermissions).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from devtools.twilio_sim import pages
from devtools.twilio_sim.account import Account
from devtools.twilio_sim.carrier import Carrier
from devtools.twilio_sim.errors import RestError

WHEN = "Mon, 23 Nov 2026 10:00:00 +0000"
WHEN_ISO = "2026-11-23T10:00:00Z"

METHODS: Final = ("GET", "POST")

NUMBER_FIELDS: Final = {
    "SmsUrl": "sms_url",
    "SmsMethod": "sms_method",
    "SmsFallbackUrl": "sms_fallback_url",
    "SmsFallbackMethod": "sms_fallback_method",
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
}
"""Parameter that can be set on a number -> field of the response that shows it."""

IN_ACCOUNT: Final = {"status_callback": "voice_status_url"}
"""Response field -> its name in `Account`, where the two differ."""

SERVICE_FIELDS: Final = {"InboundRequestUrl": "service_url", "FallbackUrl": "service_fallback_url"}
SERVICE_METHODS: Final = ("InboundMethod", "FallbackMethod")


def add_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    """Add the endpoints of the account's resources to `blueprint`."""

    @blueprint.get("/2010-04-01/Accounts/<account_sid>.json")
    def fetch_account() -> dict[str, Any]:
        account = carrier.account
        return {
            "sid": account.account_sid,
            "owner_account_sid": account.account_sid,
            "friendly_name": "Simulator",
            "status": account.status,
            "type": account.type,
            "date_created": WHEN,
            "date_updated": WHEN,
            "auth_token": None,
            "subresource_uris": {},
            "uri": request.path,
        }

    @blueprint.get("/2010-04-01/Accounts/<account_sid>/IncomingPhoneNumbers.json")
    def listed_numbers() -> dict[str, Any]:
        rows = [_number(carrier, number) for number in carrier.account.numbers]
        wanted = request.args.get("PhoneNumber", "")
        return pages.page("incoming_phone_numbers", [row for row in rows if wanted in row["phone_number"]])

    @blueprint.post("/2010-04-01/Accounts/<account_sid>/IncomingPhoneNumbers/<sid>.json")
    def update_number(sid: str) -> dict[str, Any]:
        number = number_of(carrier.account, sid)
        given = {NUMBER_FIELDS[name]: value for name, value in _given(NUMBER_FIELDS).items()}
        if number == carrier.account.number:
            changed: dict[str, Any] = {IN_ACCOUNT.get(name, name): value for name, value in given.items()}
            carrier.account = replace(carrier.account, **changed)
        else:
            carrier.other_webhooks.setdefault(number, {}).update(given)
        return _number(carrier, number)

    _service_routes(blueprint, carrier)
    if not carrier.account.is_signalwire:  # SignalWire has no such API
        _registration_routes(blueprint, carrier)


def _service_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    @blueprint.get("/v1/Services/<sid>")
    def fetch_service(sid: str) -> dict[str, Any]:
        return _service(carrier.account, sid)

    @blueprint.post("/v1/Services/<sid>")
    def update_service(sid: str) -> dict[str, Any]:
        _service(carrier.account, sid)
        given = _given((*SERVICE_FIELDS, *SERVICE_METHODS))
        changed: dict[str, Any] = {
            SERVICE_FIELDS[name]: value for name, value in given.items() if name in SERVICE_FIELDS
        }
        carrier.account = replace(carrier.account, **changed)
        return _service(carrier.account, sid)

    @blueprint.get("/v1/Services/<sid>/PhoneNumbers")
    def listed_senders(sid: str) -> dict[str, Any]:
        account = carrier.account
        _service(account, sid)
        rows = [_sender(account, number) for number in _senders(account)]
        return pages.meta_page("phone_numbers", rows)

    @blueprint.post("/v1/Services/<sid>/PhoneNumbers")
    def add_sender(sid: str) -> ResponseReturnValue:
        account = carrier.account
        _service(account, sid)
        number = number_of(account, _given(("PhoneNumberSid",)).get("PhoneNumberSid", ""))
        if number in _senders(account):
            raise RestError(21710, number)
        carrier.account = replace(account, service_senders=(*_senders(account), number))
        return _sender(account, number), 201


def _registration_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    @blueprint.get("/v1/Services/<sid>/Compliance/Usa2p")
    def listed_campaigns(sid: str) -> dict[str, Any]:
        account = carrier.account
        if sid != account.messaging_service_sid:
            raise RestError(20404, sid)
        status = account.campaign_status
        failed = [{"error_code": account.rejection_code, "fields": ["MESSAGE_FLOW"]}]
        row = {
            "sid": "QE" + "1" * 32,
            "account_sid": account.account_sid,
            "messaging_service_sid": sid,
            "campaign_status": status,
            "errors": failed if status == "FAILED" else [],
            "date_created": WHEN_ISO,
            "date_updated": WHEN_ISO,
        }
        return pages.meta_page("compliance", [row] if status else [])

    @blueprint.get("/v1/Tollfree/Verifications")
    def listed_verifications() -> dict[str, Any]:
        account = carrier.account
        sid = request.args.get("TollfreePhoneNumberSid", "")
        status = account.toll_free_status
        row = {
            "sid": "HH" + "1" * 32,
            "account_sid": account.account_sid,
            "tollfree_phone_number_sid": sid,
            "tollfree_phone_number": number_of(account, sid),
            "status": status,
            "error_code": account.rejection_code if status == "TWILIO_REJECTED" else None,
            "date_created": WHEN_ISO,
            "date_updated": WHEN_ISO,
        }
        return pages.meta_page("verifications", [row] if status else [])

    @blueprint.get("/v1/Messaging/GeoPermissions")
    def geo_permissions() -> dict[str, Any]:
        country = request.args.get("CountryCode", "")
        enabled = country in carrier.account.regions
        return {"permissions": [{"country_code": country, "type": "country", "enabled": enabled}]}


def sid_of(account: Account, number: str) -> str:
    """Return the SID of one of the account's numbers. Raises ValueError if it has no such number."""
    return f"PN{account.numbers.index(number):032x}"


def number_of(account: Account, sid: str) -> str:
    """Return the number with this SID. Raises RestError 20404 if unknown."""
    found = next((number for number in account.numbers if sid_of(account, number) == sid), None)
    if found is None:
        raise RestError(20404, sid)
    return found


def _given(known: Mapping[str, str] | tuple[str, ...]) -> dict[str, str]:
    """Return the request's form. Raises RestError 20001 for an unknown parameter or HTTP method."""
    given = request.form.to_dict()
    if strange := [name for name in given if name not in known]:
        raise RestError(20001, ", ".join(strange))
    if wrong := [name for name, value in given.items() if name.endswith("Method") and value not in METHODS]:
        raise RestError(20001, ", ".join(wrong))
    return given


def _senders(account: Account) -> tuple[str, ...]:
    return account.numbers if account.service_senders is None else account.service_senders


def _sender(account: Account, number: str) -> dict[str, Any]:
    return {
        "sid": sid_of(account, number),
        "account_sid": account.account_sid,
        "service_sid": account.messaging_service_sid,
        "phone_number": number,
        "country_code": "US",
        "capabilities": sorted(account.capabilities),
        "date_created": WHEN_ISO,
        "date_updated": WHEN_ISO,
        "url": f"https://messaging.twilio.com{request.path}/{sid_of(account, number)}",
    }


def _service(account: Account, sid: str) -> dict[str, Any]:
    """Return the Messaging Service resource. Raises RestError 20404 for any other SID."""
    if sid != account.messaging_service_sid:
        raise RestError(20404, sid)
    return {
        "sid": sid,
        "account_sid": account.account_sid,
        "friendly_name": "Simulator",
        "inbound_request_url": account.service_url or None,
        "inbound_method": "POST",
        "fallback_url": account.service_fallback_url or None,
        "fallback_method": "POST",
        "status_callback": None,
        "use_inbound_webhook_on_number": not account.service_takes_texts,
    }


def _number(carrier: Carrier, number: str) -> dict[str, Any]:
    account = carrier.account
    row = {
        "sid": sid_of(account, number),
        "account_sid": account.account_sid,
        "phone_number": number,
        "friendly_name": number,
        "capabilities": {name: name in account.capabilities for name in ("voice", "sms", "mms", "fax")},
        "sms_application_sid": account.sms_application_sid or None,
        "voice_application_sid": account.voice_application_sid or None,
        "trunk_sid": account.trunk_sid or None,
        "api_version": "2010-04-01",
        "date_created": WHEN,
        "date_updated": WHEN,
    }
    shown = {field: getattr(account, IN_ACCOUNT.get(field, field)) for field in NUMBER_FIELDS.values()}
    return {**row, **shown, **carrier.other_webhooks.get(number, {})}
