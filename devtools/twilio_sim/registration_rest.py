"""REST for an account's registrations: A2P 10DLC campaign, toll-free numbers, and geo permissions.

Source: twilio.com/docs/messaging/api/usapptoperson-resource, .../messaging/api/tollfree-verification-resource. The geo
permissions are missing from the Twilio OpenAPI files that the tests use; their path and fields come from Twilio's
client (twilio.rest.accounts.v1.messaging_geopermissions).
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from devtools.twilio_sim import pages
from devtools.twilio_sim.account_rest import WHEN_ISO, number_of
from devtools.twilio_sim.carrier import Carrier
from devtools.twilio_sim.errors import RestError


def add_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    """Add the endpoints of the account's registrations to `blueprint`."""

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
