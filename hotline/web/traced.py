"""A span around each webhook, for `hotline.telemetry`. It names the route, and nothing that a request brings."""

from __future__ import annotations

from flask import Blueprint, g, request

from hotline.telemetry import span


def trace(blueprint: Blueprint) -> None:
    """Time each request of a blueprint as a span "webhook"."""
    blueprint.before_request(_begin)
    blueprint.teardown_request(_end)


def _begin() -> None:
    g.webhook_span = span("webhook", route=request.url_rule.rule if request.url_rule else "unknown")
    g.webhook_span.__enter__()


def _end(error: BaseException | None) -> None:
    if (timed := g.pop("webhook_span", None)) is not None:
        timed.__exit__(*(None, None, None) if error is None else (type(error), error, error.__traceback__))
