"""Twilio's REST API: Messages, Calls and Recordings of 2010-04-01, and Lookups v2.

`account_rest` adds the account's resources and registrations.

Rule 1: every request needs basic auth with the account's SID and token, or an API key and secret; else it gets 401,
        20003.
Rule 2: an error is JSON in Twilio's format: code, message, more_info, status.
Rule 3: lists are newest first and paged (`pages`).

Source: https://www.twilio.com/docs/messaging/api/message-resource, .../voice/api/call-resource,
.../voice/api/recording, https://www.twilio.com/docs/lookup/v2-api/line-type-intelligence
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue

from devtools.twilio_sim import account_rest, faults, lines, pages
from devtools.twilio_sim.call_facts import Progress
from devtools.twilio_sim.calls import Leg
from devtools.twilio_sim.carrier import Carrier, Draft
from devtools.twilio_sim.errors import RestError
from devtools.twilio_sim.messages import Text
from devtools.twilio_sim.verbs import COMPLETED

ACCOUNT = "/2010-04-01/Accounts/<account_sid>"


def routes(carrier: Carrier) -> Blueprint:
    """Return a blueprint with the REST endpoints of this carrier."""
    laml = "/api/laml" if carrier.account.is_signalwire else None
    blueprint = Blueprint("rest", __name__, url_prefix=laml)

    @blueprint.url_value_preprocessor
    def take_account(_: str | None, values: dict[str, Any] | None) -> None:
        if values and "account_sid" in values:
            g.account_sid = values.pop("account_sid")

    @blueprint.before_request
    def check() -> None:
        login = request.authorization
        if login is None or not carrier.account.knows(login.username or "", login.password or ""):
            raise RestError(20003)
        if g.get("account_sid", carrier.account.account_sid) != carrier.account.account_sid:
            raise RestError(20404, request.path)

    @blueprint.errorhandler(RestError)
    def refuse(error: RestError) -> ResponseReturnValue:
        return error.as_json(), error.status

    _message_routes(blueprint, carrier)
    _call_routes(blueprint, carrier)
    _recording_routes(blueprint, carrier)
    account_rest.add_routes(blueprint, carrier)
    if not carrier.account.is_signalwire:  # SignalWire has no such API
        _lookup_routes(blueprint, carrier)
    return blueprint


def signalwire_routes(carrier: Carrier) -> Blueprint:
    """Return a blueprint with the REST endpoints that SignalWire has besides its copy of Twilio's API."""
    blueprint = Blueprint("signalwire", __name__)

    @blueprint.get("/api/relay/rest/lookup/phone_number/<number>")
    def look_up(number: str) -> ResponseReturnValue:
        login = request.authorization
        if login is None or not carrier.account.knows(login.username or "", login.password or ""):
            return {"error": "Unauthorized"}, 401
        kinds = {lines.LineKind.MOBILE: "wireless", lines.LineKind.LANDLINE: "landline"}
        carrier_shown = {"linetype": kinds.get(carrier.kind(number), "voip"), "lec": "Simulator"}
        wanted = request.args.get("include", "").split(",")
        shown = {"carrier": carrier_shown} if "carrier" in wanted else {}
        return {"e164": number, "valid_number": lines.valid(number), **shown}

    return blueprint


def _lookup_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    @blueprint.get("/v2/PhoneNumbers/<number>")
    def look_up(number: str) -> ResponseReturnValue:
        valid = lines.valid(number)
        kind = carrier.kind(number)
        wanted = request.args.get("Fields", "").split(",")
        intelligence = {
            "type": None if kind is lines.LineKind.ANONYMOUS else kind.value,
            "carrier_name": "Simulator",
        }
        return {
            "calling_country_code": "1" if number.startswith("+1") else None,
            "country_code": "US" if number.startswith("+1") else None,
            "phone_number": number,
            "national_format": number,
            "valid": valid,
            "validation_errors": [] if valid else ["INVALID_BUT_POSSIBLE"],
            "line_type_intelligence": intelligence if valid and "line_type_intelligence" in wanted else None,
            "url": f"https://lookups.twilio.com/v2/PhoneNumbers/{number}",
        }


def _message_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    ledger = carrier.ledger

    @blueprint.post(f"{ACCOUNT}/Messages.json")
    def create_message() -> ResponseReturnValue:
        draft = _draft()
        text = carrier.send(draft)
        if stall := carrier.faults.take(draft.to, faults.FaultKind.STALL):
            carrier.closing.wait(stall.seconds)
        return _shown(carrier, text), 201

    @blueprint.get(f"{ACCOUNT}/Messages.json")
    def listed_messages() -> ResponseReturnValue:
        wanted = {"to": request.args.get("To"), "from_": request.args.get("From")}
        texts = (
            text
            for text in reversed(ledger.all())
            if not text.deleted and all(v in (None, getattr(text, name)) for name, v in wanted.items())
        )
        rows = (_shown(carrier, text) for text in sorted(texts, key=lambda text: text.at, reverse=True))
        by = {"To": "to", "From": "from"}
        return pages.page("messages", pages.filtered(rows, by, ("DateSent", "date_sent")))

    @blueprint.get(f"{ACCOUNT}/Messages/<sid>.json")
    def fetch_message(sid: str) -> ResponseReturnValue:
        return _shown(carrier, ledger.get(sid))

    @blueprint.post(f"{ACCOUNT}/Messages/<sid>.json")
    def update_message(sid: str) -> ResponseReturnValue:
        text = ledger.get(sid)
        if request.form.get("Body") != "":
            raise RestError(20001, "update takes an empty Body, to redact")
        return (ledger.redact(sid) or text).as_json()

    @blueprint.delete(f"{ACCOUNT}/Messages/<sid>.json")
    def delete_message(sid: str) -> ResponseReturnValue:
        ledger.get(sid)
        ledger.delete(sid)
        return "", 204


def _shown(carrier: Carrier, text: Text) -> dict[str, Any]:
    """Return the Message resource, with an empty body if the account does not keep bodies."""
    row = _rendered(text)
    return row if carrier.account.keeps_bodies else {**row, "body": ""}


@lru_cache(maxsize=65_536)
def _rendered(text: Text) -> dict[str, Any]:
    """Return the Message resource, which the caller must not change. Cached: a list of 20,000 is read page by page."""
    return text.as_json()


def _call_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    @blueprint.post(f"{ACCOUNT}/Calls.json")
    def create_call() -> ResponseReturnValue:
        form = request.form
        if form.get("From") not in carrier.account.numbers:
            raise RestError(21606 if form.get("From") else 21603)
        if fault := carrier.faults.take(form.get("To", ""), faults.FaultKind.REFUSE):
            raise RestError(fault.code)
        events = frozenset(form.getlist("StatusCallbackEvent")) or COMPLETED
        progress = Progress(form.get("StatusCallback", ""), events)
        leg = carrier.place_call(form.get("To", ""), form.get("Url", ""), progress, form["From"])
        return leg.facts.as_json(), 201

    @blueprint.get(f"{ACCOUNT}/Calls.json")
    def listed_calls() -> ResponseReturnValue:
        rows = (leg.facts.as_json() for leg in reversed(carrier.legs()) if not leg.facts.deleted)
        by = {"To": "to", "From": "from", "Status": "status", "ParentCallSid": "parent_call_sid"}
        return pages.page("calls", pages.filtered(rows, by, ("StartTime", "start_time")))

    @blueprint.get(f"{ACCOUNT}/Calls/<sid>.json")
    def fetch_call(sid: str) -> ResponseReturnValue:
        return _leg(carrier, sid).facts.as_json()

    @blueprint.delete(f"{ACCOUNT}/Calls/<sid>.json")
    def delete_call(sid: str) -> ResponseReturnValue:
        leg = _leg(carrier, sid)
        if not leg.over:
            raise RestError(20009, sid)
        leg.facts.deleted = True
        return "", 204


def _recording_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    recordings = carrier.recordings

    @blueprint.get(f"{ACCOUNT}/Recordings.json")
    def listed_recordings() -> ResponseReturnValue:
        listed = (each for each in reversed(recordings.all()) if not each.deleted)
        rows = (each.as_json() for each in sorted(listed, key=lambda each: each.at, reverse=True))
        created = ("DateCreated", "date_created")
        return pages.page("recordings", pages.filtered(rows, {"CallSid": "call_sid"}, created))

    @blueprint.delete(f"{ACCOUNT}/Recordings/<sid>.json")
    def delete_recording(sid: str) -> ResponseReturnValue:
        recordings.delete(sid)
        return "", 204

    @blueprint.get(f"{ACCOUNT}/Recordings/<sid>.mp3")
    def sound(sid: str) -> ResponseReturnValue:
        return Response(recordings.get(sid).sound(), mimetype="audio/mpeg")


def _leg(carrier: Carrier, sid: str) -> Leg:
    """Return the call with this SID. Raises RestError 20404 if unknown or deleted."""
    leg = carrier.leg(sid)
    if leg.facts.deleted:
        raise RestError(20404, sid)
    return leg


def _draft() -> Draft:
    form = request.form
    return Draft(
        to=form.get("To", ""),
        from_=form.get("From", ""),
        service_sid=form.get("MessagingServiceSid", ""),
        body=form.get("Body", ""),
        status_callback=form.get("StatusCallback", ""),
        content_sid=form.get("ContentSid", ""),
        content_variables=form.get("ContentVariables", ""),
    )
