"""The page at /phone and its API: JSON in, JSON out.

Rule: an error is a 4xx or 503 with {"error": ..., "word": ...}, which the page shows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from devtools.phone.clock import NoClock
from devtools.phone.guard import guarded, refusal
from devtools.phone.languages import LANGUAGES, Words, words
from devtools.phone.live import live
from devtools.phone.phones import UnknownCall
from devtools.phone.recorder import CannotBeRecorded, NothingRecorded, file_name
from devtools.phone.sandbox import Sandbox
from devtools.twilio_sim import faults, lines
from hotline.conversation.model.events import FlowError
from hotline.publishing.lint.check import SAMPLE_NAMES
from hotline.publishing.loader import load_book
from hotline.store.connection import StoreBusy

MOST_PHONES = 8
"""Phones per page."""

STARTERS = {"en": ("hi", "does my kid need a 504 or an iep??"), "es": ("hola", "¿qué es un IEP?")}
"""Suggested first texts, by the page's language."""


def routes(sandbox: Sandbox) -> Blueprint:
    """Return the blueprint of the page. It guards every request of the whole application."""
    blueprint = Blueprint(
        "phone", __name__, url_prefix="/phone", static_folder="static", template_folder="templates"
    )

    @blueprint.before_app_request
    def refuse_others() -> ResponseReturnValue | None:
        why = refusal(request)
        return ({"error": why}, 403) if why else None

    blueprint.after_request(guarded)
    for mistake, (status, word) in MISTAKES.items():
        blueprint.register_error_handler(mistake, _mistaken(status, word))
    _page_routes(blueprint, sandbox)
    _phone_routes(blueprint, sandbox)
    _service_routes(blueprint, sandbox)
    return blueprint


MISTAKES: dict[type[Exception], tuple[int, str]] = {
    KeyError: (400, ""),
    ValueError: (400, ""),
    NoClock: (409, ""),
    UnknownCall: (404, "call"),
    CannotBeRecorded: (409, ""),
    NothingRecorded: (409, "played"),
    FlowError: (409, ""),
    StoreBusy: (503, "store"),
}
"""The status of each error, and its key in the page's text, "" if it has none."""


def _mistaken(status: int, word: str) -> Callable[[Exception], ResponseReturnValue]:
    def answer(error: Exception) -> ResponseReturnValue:
        return {"error": str(error) or type(error).__name__, "word": word}, status

    return answer


def _page_routes(blueprint: Blueprint, sandbox: Sandbox) -> None:
    @blueprint.get("", strict_slashes=False)
    def page() -> ResponseReturnValue:
        said = _words()
        return render_template(
            "phone.html",
            words=said,
            others=[words(each) for each in LANGUAGES if each != said.language],
            starters=STARTERS[said.language],
            settings=sandbox.settings,
            faults=faults.CHOICES,
        )

    @blueprint.get("/live")
    def events() -> ResponseReturnValue:
        numbers = tuple(dict.fromkeys(request.args.getlist("number")))[:MOST_PHONES]
        events = live(sandbox, numbers, _words().language)
        return Response(events, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})

    @blueprint.get("/transcript")
    def transcript() -> ResponseReturnValue:
        number, title = request.args["number"], request.args.get("title", "")
        book = load_book(sandbox.settings.flows_dir, SAMPLE_NAMES)
        written = sandbox.recorder.transcript(number, title, sandbox.carrier.kind(number), book)
        saved_as = {"Content-Disposition": f'attachment; filename="{file_name(title)}"'}
        return Response(written, mimetype="text/plain", headers=saved_as)


def _phone_routes(blueprint: Blueprint, sandbox: Sandbox) -> None:
    phones = sandbox.phones

    @blueprint.put("/phones/<number>")
    def line(number: str) -> ResponseReturnValue:
        if not lines.valid(number):
            raise ValueError(f"{number!r} is not a phone number, such as +12025550123")
        sandbox.carrier.set_kind(number, lines.LineKind(_given("kind")))
        return {}

    @blueprint.post("/phones/<number>/texts")
    def text(number: str) -> ResponseReturnValue:
        phones.text(number, _given("body"))
        return {}

    @blueprint.post("/phones/<number>/calls")
    def call(number: str) -> ResponseReturnValue:
        return phones.call(number).as_json()

    @blueprint.post("/phones/<number>/rings/<sid>/answer")
    def answer(number: str, sid: str) -> ResponseReturnValue:
        return phones.answer(number, sid).as_json()

    @blueprint.post("/phones/<number>/rings/<sid>/decline")
    def decline(number: str, sid: str) -> ResponseReturnValue:
        phones.decline(number, sid)
        return {}

    @blueprint.post("/calls/<sid>/<move>")
    def move(sid: str, move: str) -> ResponseReturnValue:
        return phones.move(sid, move, _given("words", "")).as_json()


def _service_routes(blueprint: Blueprint, sandbox: Sandbox) -> None:
    @blueprint.post("/clock")
    def clock() -> ResponseReturnValue:
        sandbox.clock.move(timedelta(seconds=float(_given("seconds"))))
        return {}

    @blueprint.post("/clock/next")
    def next_text() -> ResponseReturnValue:
        numbers = request.get_json().get("numbers", ())
        return {"moved": sandbox.to_next_text(map(str, numbers))}

    @blueprint.post("/phones/<number>/faults")
    def fault(number: str) -> ResponseReturnValue:
        sandbox.inject_fault(number, _given("fault"))
        return {}


def _given(name: str, default: str | None = None) -> str:
    """Return a string from the request's JSON. Raises KeyError if missing without a default."""
    given = request.get_json()
    return str(given[name] if default is None else given.get(name, default))


def _words() -> Words:
    """Return the page's text in the language of the URL, or else of the browser."""
    asked = request.args.get("lang", "")
    if asked not in LANGUAGES:
        asked = request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
    return words(asked)
