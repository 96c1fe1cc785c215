"""Flask app factory: hotline.web.app:create_app()."""

from __future__ import annotations

import math
import os
import time

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from hotline.config.settings import Settings
from hotline.log import configure, log
from hotline.store.webhook_counts import Refusal
from hotline.telemetry import traces
from hotline.telemetry.reports import open_reporter
from hotline.web.desk import desk, refusals
from hotline.web.forms import MAX_BODY
from hotline.web.health import health
from hotline.web.incoming import GUARD
from hotline.web.letters import letters
from hotline.web.measured import QUICK_SECONDS
from hotline.web.mirror import mirror
from hotline.web.prometheus import prometheus
from hotline.web.routes import add_routes, need_utf8, write_counts
from hotline.web.service import Service, service


def create_app(settings: Settings | None = None) -> Flask:
    """Return the app, ready to serve.

    Without `settings`, read them from the environment and configure the logging of the process.
    Raises SettingsError or FlowError, so a misconfigured service does not start.
    """
    if settings is None:
        settings = Settings.read(os.environ)
        configure(settings.log_level, "web", settings.log_format, open_reporter(settings.sentry_dsn))
        traces.configure(settings.otel_exporter_otlp_endpoint, "web")
    app = Flask("hotline", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # otherwise /voice//turn redirects to any host that the request names
    app.extensions["hotline"] = Service(settings)
    add_routes(app)
    app.register_blueprint(health)
    app.register_blueprint(letters)
    app.register_blueprint(desk)
    app.register_blueprint(mirror)
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
    """Flush webhook and turn counts to Redis, unless this response was slow already."""
    if time.monotonic() - g.get("began", -math.inf) < QUICK_SECONDS:
        write_counts(service())
    return response


def _need_utf8() -> None:
    """Raise BadRequest for a query string that is not UTF-8."""
    need_utf8(request.environ.get("QUERY_STRING", ""))


def _guarded(response: Response) -> Response:
    if "Content-Security-Policy" not in response.headers:
        response.headers.extend(GUARD)
    return response


def _refused(error: HTTPException) -> AnyResponse:
    """Return an error response with a one-line explanation, and the headers of its status, such as Allow."""
    log.warning("request_refused", status=error.code, path=_route())
    bare = request.path == "/"  # the page of `letters.front`, where no webhook belongs
    wrong = Refusal.NOWHERE if bare else {404: Refusal.NOWHERE, 405: Refusal.METHOD}.get(error.code or 0)
    if wrong and service().signatures.header in request.headers and (bare or request.url_rule is None):
        service().webhook_health.note(request.path, wrong)  # a wrong URL in the console would go unnoticed
    if refusals.is_desk(request.path):
        return refusals.no_page(error)
    response = error.get_response()
    response.data, response.mimetype = f"{error.description}\n", "text/plain"
    return response


def _failed(error: Exception) -> Response:
    """Log an unexpected exception. It is not from a webhook, which `routes` handles."""
    log.error("request_failed", path=_route(), exc_info=error)
    if refusals.is_desk(request.path):
        return refusals.broken()
    return Response("", status=500)


def _route() -> str:
    """Return the URL rule that matched, or "unknown". The raw path is not logged, because it may contain anything."""
    return request.url_rule.rule if request.url_rule else "unknown"
