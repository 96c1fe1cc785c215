"""Twilio's REST, as its own client speaks it: Messages and Calls of 2010-04-01, and Lookups v2.

Rule 1: basic auth first, with the account's sid and token or an API key and secret; else 401, 20003.
Rule 2: a refusal is JSON in Twilio's shape: code, message, more_info, status.
Rule 3: lists are newest first and paged as the client expects: next_page_uri until there is none.

Source: https://www.twilio.com/docs/messaging/api/message-resource, .../voice/api/call-resource,
https://www.twilio.com/docs/lookup/v2-api/line-type-intelligence
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from hotline.simulator import faults, lines
from hotline.simulator.carrier import Carrier, Draft
from hotline.simulator.errors import RestError
from hotline.simulator.messages import Text

DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 50, 1000
"""Twilio's."""
ACCOUNT = "/2010-04-01/Accounts/<account_sid>"


def routes(carrier: Carrier) -> Blueprint:
    """The REST endpoints of this carrier."""
    blueprint = Blueprint("rest", __name__)

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

    _messages_routes(blueprint, carrier)
    _message_routes(blueprint, carrier)
    _calls_routes(blueprint, carrier)
    _call_routes(blueprint, carrier)

    @blueprint.get("/v2/PhoneNumbers/<number>")
    def look_up(number: str) -> ResponseReturnValue:
        return _looked_up(carrier, number)

    return blueprint


def _messages_routes(blueprint: Blueprint, carrier: Carrier) -> None:

    @blueprint.post(f"{ACCOUNT}/Messages.json")
    def create_message() -> ResponseReturnValue:
        draft = _draft()
        text = carrier.send(draft)
        if stall := carrier.faults.take(draft.to, faults.Kind.STALL):
            carrier.closing.wait(stall.seconds)
        return text.as_json(), 201

    @blueprint.get(f"{ACCOUNT}/Messages.json")
    def listed_messages() -> ResponseReturnValue:
        return _page("messages", [t.as_json() for t in reversed(carrier.ledger.all()) if _wanted(t)])


def _message_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    ledger = carrier.ledger

    @blueprint.get(f"{ACCOUNT}/Messages/<sid>.json")
    def fetch_message(sid: str) -> ResponseReturnValue:
        return ledger.get(sid).as_json()

    @blueprint.post(f"{ACCOUNT}/Messages/<sid>.json")
    def update_message(sid: str) -> ResponseReturnValue:
        text = ledger.get(sid)
        if request.form.get("Status") == "canceled":
            return carrier.cancel(sid).as_json()
        if request.form.get("Body") != "":
            raise RestError(20001, "update takes Status=canceled, or an empty Body to redact")
        return (ledger.redact(sid) or text).as_json()

    @blueprint.delete(f"{ACCOUNT}/Messages/<sid>.json")
    def delete_message(sid: str) -> ResponseReturnValue:
        ledger.get(sid)
        ledger.delete(sid)
        return "", 204


def _calls_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    @blueprint.post(f"{ACCOUNT}/Calls.json")
    def create_call() -> ResponseReturnValue:
        form = request.form
        if form.get("From") != carrier.account.number:
            raise RestError(21606 if form.get("From") else 21603)
        leg = carrier.place_call(form.get("To", ""), form.get("Url", ""), form.get("StatusCallback", ""))
        return leg.facts.as_json(), 201

    @blueprint.get(f"{ACCOUNT}/Calls.json")
    def listed_calls() -> ResponseReturnValue:
        def wanted(row: dict[str, Any]) -> bool:
            return all(
                request.args.get(name) in (None, row[field])
                for name, field in (("To", "to"), ("From", "from"), ("Status", "status"))
            )

        rows = [leg.facts.as_json() for leg in reversed(carrier.legs())]
        return _page("calls", [row for row in rows if wanted(row)])


def _call_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    @blueprint.get(f"{ACCOUNT}/Calls/<sid>.json")
    def fetch_call(sid: str) -> ResponseReturnValue:
        return carrier.leg(sid).facts.as_json()

    @blueprint.post(f"{ACCOUNT}/Calls/<sid>.json")
    def update_call(sid: str) -> ResponseReturnValue:
        leg = carrier.leg(sid)
        if request.form.get("Status") not in ("completed", "canceled"):
            raise RestError(20001, "update takes Status=completed or canceled")
        if leg.over:
            raise RestError(21220)
        leg.end()
        return leg.facts.as_json()


def _draft() -> Draft:
    form = request.form
    return Draft(
        to=form.get("To", ""),
        from_=form.get("From", ""),
        service_sid=form.get("MessagingServiceSid", ""),
        body=form.get("Body", ""),
        media=tuple(form.getlist("MediaUrl")),
        status_callback=form.get("StatusCallback", ""),
        schedule_type=form.get("ScheduleType", ""),
        send_at=form.get("SendAt", ""),
    )


def _wanted(text: Text) -> bool:
    """Whether the list's filters leave this text in: To, From, and DateSent with =, > (at or after), <."""
    given = request.args
    sent = text.at.replace(microsecond=0)
    dates: tuple[tuple[str, Callable[[datetime], bool]], ...] = (
        ("DateSent", lambda day: sent.date() == day.date()),
        ("DateSent>", lambda moment: sent >= moment),
        ("DateSent<", lambda moment: sent <= moment),
    )
    return (
        not text.deleted
        and given.get("To") in (None, text.to)
        and given.get("From") in (None, text.from_)
        and all(holds(_moment(given[name])) for name, holds in dates if name in given)
    )


def _moment(written: str) -> datetime:
    """A day or a moment as the client writes it (2026-11-23, 2026-11-23T10:00:00Z), in UTC."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as wrong:
        raise RestError(20001, f"{written!r} is no date") from wrong
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _page(key: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    size = min(max(request.args.get("PageSize", DEFAULT_PAGE_SIZE, int), 1), MAX_PAGE_SIZE)
    page = max(request.args.get("Page", 0, int), 0)
    start = page * size
    shown = rows[start : start + size]

    def uri(number: int) -> str:
        return f"{request.path}?{urlencode({**request.args, 'PageSize': size, 'Page': number})}"

    return {
        key: shown,
        "page": page,
        "page_size": size,
        "start": start,
        "end": start + max(len(shown) - 1, 0),
        "uri": uri(page),
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1) if start + size < len(rows) else None,
        "previous_page_uri": uri(page - 1) if page else None,
    }


def _looked_up(carrier: Carrier, number: str) -> dict[str, Any]:
    valid = lines.valid(number)
    kind = carrier.kind(number)
    wanted = request.args.get("Fields", "").split(",")
    intelligence = {
        "type": None if kind is lines.Kind.ANONYMOUS else kind.value,
        "carrier_name": "Simulator",
        "mobile_country_code": None,
        "mobile_network_code": None,
        "error_code": None,
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
