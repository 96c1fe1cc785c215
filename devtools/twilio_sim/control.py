"""HTTP endpoints under /simulator/ that control the simulated phones: JSON in, JSON out.

For tests in other processes and for the terminal phone; `phone.Phone` is the client. An invalid request gets 400 or
404 with {"error": ...}.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from devtools.twilio_sim import faults, heard, lines
from devtools.twilio_sim.calls import Leg
from devtools.twilio_sim.carrier import Carrier
from devtools.twilio_sim.errors import RestError

MOVES: dict[str, Callable[[Leg, dict[str, Any]], list[heard.Heard]]] = {
    "answer": lambda leg, _: leg.open(),
    "press": lambda leg, given: leg.press(given["keys"]),
    "speak": lambda leg, given: leg.speak(given["words"]),
    "wait": lambda leg, _: leg.wait(),
    "record": lambda leg, given: leg.record(given["words"], given.get("then", "silence")),
    "dialed": lambda leg, given: leg.dialed(given["outcome"], given.get("press", "")),
    "hang-up": lambda leg, _: leg.hang_up(),
}
"""What the person on the phone can do in a call, by name."""


def routes(carrier: Carrier) -> Blueprint:
    """Return a blueprint with the control endpoints of this carrier."""
    blueprint = Blueprint("control", __name__, url_prefix="/simulator")

    @blueprint.errorhandler(KeyError)
    @blueprint.errorhandler(ValueError)
    def mistaken(error: Exception) -> ResponseReturnValue:
        return {"error": f"{type(error).__name__}: {error}"}, 400

    @blueprint.errorhandler(RestError)
    def unknown(error: RestError) -> ResponseReturnValue:
        return {"error": str(error)}, error.status

    @blueprint.get("/")
    def number() -> ResponseReturnValue:
        return {"number": carrier.account.number}

    _phone_routes(blueprint, carrier)
    _fault_routes(blueprint, carrier)
    _record_routes(blueprint, carrier)
    return blueprint


def _phone_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    @blueprint.post("/texts")
    def text() -> ResponseReturnValue:
        given = request.get_json()
        sid, bubbles = carrier.receive(given["from"], given["body"])
        return {"sid": sid, "bubbles": [asdict(bubble) for bubble in bubbles]}

    @blueprint.get("/phones/<number>/bubbles")
    def bubbles(number: str) -> ResponseReturnValue:
        return {"bubbles": [asdict(bubble) for bubble in carrier.ledger.bubbles(number)]}

    @blueprint.get("/phones/<number>/calls")
    def ringing(number: str) -> ResponseReturnValue:
        legs = [leg for leg in carrier.legs() if leg.facts.to == number and leg.facts.status == "queued"]
        return {"ringing": [leg.facts.sid for leg in legs]}

    @blueprint.put("/phones/<number>")
    def line(number: str) -> ResponseReturnValue:
        carrier.set_kind(number, lines.LineKind(request.get_json()["kind"]))
        return {}

    @blueprint.post("/calls")
    def call() -> ResponseReturnValue:
        leg = carrier.call(request.get_json()["from"])
        return _moved(leg, leg.open())

    @blueprint.post("/calls/<sid>/<move>")
    def move(sid: str, move: str) -> ResponseReturnValue:
        leg = carrier.leg(sid)
        if move not in MOVES:
            raise RestError(20404, f"a move is one of {', '.join(MOVES)}, not {move}")
        return _moved(leg, MOVES[move](leg, request.get_json(silent=True) or {}))


def _fault_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    @blueprint.post("/faults")
    def fault() -> ResponseReturnValue:
        carrier.faults.add(_fault(dict(request.get_json())))
        return {}

    @blueprint.post("/reset")
    def reset() -> ResponseReturnValue:
        carrier.reset()
        return {}


def _record_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    @blueprint.get("/ledger")
    def ledger() -> ResponseReturnValue:
        rows = [asdict(text) | {"at": text.at.isoformat()} for text in carrier.ledger.all()]
        return jsonify(rows)

    @blueprint.get("/recordings")
    def recordings() -> ResponseReturnValue:
        return jsonify([asdict(each) | {"at": each.at.isoformat()} for each in carrier.recordings.all()])

    @blueprint.get("/calls")
    def calls() -> ResponseReturnValue:
        return jsonify([leg.facts.as_json() | {"deleted": leg.facts.deleted} for leg in carrier.legs()])

    @blueprint.get("/alerts")
    def alerts() -> ResponseReturnValue:
        return jsonify([asdict(alert) for alert in list(carrier.webhooks.alerts)])


def _fault(given: dict[str, Any]) -> faults.Fault:
    """Parse a fault from JSON: a kind with its fields, or the name of a choice. Raises ValueError."""
    if strange := set(given) - {"choice", "kind", "code", "seconds", "times", "to"}:
        raise ValueError(
            f"a fault has kind or choice, code, seconds, times and to, not {', '.join(sorted(strange))}"
        )
    if "choice" not in given:
        return faults.Fault(faults.FaultKind(given.pop("kind")), **given)
    name = given.pop("choice")
    if name not in faults.CHOICES:
        raise ValueError(f"no choice is named {name!r}; there are {', '.join(faults.CHOICES)}")
    return replace(faults.CHOICES[name], **given)


def _moved(leg: Leg, events: list[heard.Heard]) -> dict[str, Any]:
    return {"sid": leg.facts.sid, "heard": heard.as_json(events), "over": leg.over}
