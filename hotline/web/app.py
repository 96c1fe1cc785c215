"""The Flask app: hotline.web.app:create_app()."""

from __future__ import annotations

import math
import os
import time
from typing import Final

from flask import Flask, Response, g, request
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.wrappers import Response as AnyResponse

from hotline.config.settings import Settings
from hotline.log import configure, log
from hotline.store.webhook_counts import Refusal
from hotline.web.desk import desk
from hotline.web.forms import MAX_BODY
from hotline.web.health import health
from hotline.web.letters import letters
from hotline.web.mirror import mirror
from hotline.web.policies import policies
from hotline.web.prometheus import prometheus
from hotline.web.service import open_service, service
from hotline.web.signature import HEADER
from hotline.web.staff import staff
from hotline.web.webhooks import webhooks

GUARD: Final = (
    (
        "Content-Security-Policy",
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
)
"""On every answer that has no policy of its own: what is no page of ours needs nothing of a browser."""

QUICK_SECONDS: Final = 0.5


def create_app(settings: Settings | None = None) -> Flask:
    """The app, ready to serve. Without settings it reads the environment's, and sets up the logging of the
    process. Raises SettingsError and FlowError, so that a broken service does not start.
    """
    if settings is None:
        settings = Settings.read(os.environ)
        configure(settings.log_level, "web", settings.log_format)
    app = Flask("hotline", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # else /voice//turn is sent on, to whatever host the request names
    app.extensions["hotline"] = open_service(settings)
    app.register_blueprint(webhooks)
    app.register_blueprint(staff)
    app.register_blueprint(health)
    app.register_blueprint(letters)
    app.register_blueprint(desk)
    app.register_blueprint(mirror)
    app.register_blueprint(policies)
    app.register_blueprint(prometheus)
    app.before_request(_note_time)
    app.before_request(_need_utf8)
    app.after_request(_guarded)
    app.after_request(_settled)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _failed)
    return app


def _note_time() -> None:
    g.began = time.monotonic()


def _settled(response: Response) -> Response:
    """Write down which webhooks came and how their turns went, unless whoever waits for this answer has waited already."""
    if time.monotonic() - g.get("began", -math.inf) < QUICK_SECONDS:
        service().hearing.settle()
        service().measured.settle()
    return response


def _need_utf8() -> None:
    """Raises BadRequest for a query whose bytes are no text: whoever reads it would fail."""
    try:
        request.query_string.decode()
    except UnicodeDecodeError:
        raise BadRequest("the query must be UTF-8, percent-encoded") from None


def _guarded(response: Response) -> Response:
    if "Content-Security-Policy" not in response.headers:
        response.headers.extend(GUARD)
    return response


def _refused(error: HTTPException) -> AnyResponse:
    """A request that is wrong: 4xx, in one line that says what would be right, with the headers that belong to its
    status, such as Allow.
    """
    log.warning("request_refused", status=error.code, path=_route())
    wrong = {404: Refusal.NOWHERE, 405: Refusal.METHOD}.get(error.code or 0)
    if wrong and HEADER in request.headers and request.url_rule is None:
        service().hearing.note(request.path, wrong)  # set so in the console, and else nobody would hear of it
    response = error.get_response()
    response.data, response.mimetype = f"{error.description}\n", "text/plain"
    return response


def _failed(error: Exception) -> Response:
    """A fault of ours. A parent gets the safe words, and we get the place it happened."""
    log.error("request_failed", path=_route(), exc_info=error)
    words = service().safe_words
    if request.path.startswith("/voice"):
        return Response(words.voice, mimetype="text/xml")
    if request.path == "/sms":
        return Response(words.sms, mimetype="text/xml")
    return Response("", status=500)


def _route() -> str:
    """Which address of ours was asked for, as we write it: what stands in its place may be anybody's words."""
    return request.url_rule.rule if request.url_rule else "unknown"
