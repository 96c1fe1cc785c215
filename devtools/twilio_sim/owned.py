"""What an account tells of itself: its state, its numbers with their webhooks, its Messaging Service.

Source: twilio.com/docs/iam/api/account, .../phone-numbers/api/incomingphonenumber-resource,
.../messaging/api/service-resource
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from devtools.twilio_sim import pages
from devtools.twilio_sim.account import Account
from devtools.twilio_sim.carrier import Carrier
from devtools.twilio_sim.errors import RestError

WHEN = "Mon, 23 Nov 2026 10:00:00 +0000"


def add_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    """Add them to the REST of this carrier."""

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
        account = carrier.account
        rows = [_number(account, number, n) for n, number in enumerate(account.numbers)]
        wanted = request.args.get("PhoneNumber", "")
        return pages.page("incoming_phone_numbers", [row for row in rows if wanted in row["phone_number"]])

    @blueprint.get("/v1/Services/<sid>")
    def fetch_service(sid: str) -> dict[str, Any]:
        account = carrier.account
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
            "use_inbound_webhook_on_number": not account.service_url,
        }


def _number(account: Account, number: str, n: int) -> dict[str, Any]:
    return {
        "sid": f"PN{n:032x}",
        "account_sid": account.account_sid,
        "phone_number": number,
        "friendly_name": number,
        "capabilities": {name: name in account.capabilities for name in ("voice", "sms", "mms", "fax")},
        "sms_url": account.sms_url,
        "sms_method": account.sms_method,
        "sms_fallback_url": account.sms_fallback_url,
        "sms_fallback_method": "POST",
        "sms_application_sid": account.sms_application_sid,
        "voice_url": account.voice_url,
        "voice_method": account.voice_method,
        "voice_fallback_url": account.voice_fallback_url,
        "voice_fallback_method": "POST",
        "voice_application_sid": "",
        "trunk_sid": account.trunk_sid or None,
        "status_callback": account.voice_status_url,
        "status_callback_method": "POST",
        "api_version": "2010-04-01",
        "date_created": WHEN,
        "date_updated": WHEN,
    }
