"""Traces of a whole service reach a collector and identify no one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.end_to_end.other_wires import town_on
from tests.end_to_end.town import Town, screen, sent
from tests.loopback_sink import Sink, sink
from tests.waiting import wait_until

pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2", reason="the extra telemetry")

WORDS = "my son Zebulon has dyslexia"
PARTS = {"webhook", "load", "step", "render", "commit"}


@pytest.fixture(scope="module")
def traced(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, Sink]]:
    """Yield a service that sends its traces to the test."""
    folder: Path = tmp_path_factory.mktemp("traces")
    with sink() as collector, Redis.from_url(redis_url, decode_responses=True) as redis:
        environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        with town_on({}, environ, redis, redis_url, folder) as (town, _):
            yield town, collector


def spans(collector: Sink) -> dict[str, list[Any]]:
    """Return the spans by process."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    found: dict[str, list[Any]] = {}
    for body in collector.bodies("/v1/traces"):
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            own = {each.key: each.value.string_value for each in resource.resource.attributes}
            for scope in resource.scope_spans:
                found.setdefault(own["hotline.process"], []).extend(scope.spans)
    return found


def test_spans_are_nested_and_anonymous(traced: tuple[Town, Sink]) -> None:
    town, collector = traced
    phone = town.phone()
    screen(phone, phone.text("hi"))
    for words in ("yes", WORDS):
        phone.text(words)
    phone.call().press("1")
    wait_until(lambda: bool(sent(phone)), 60)
    wait_until(lambda: {"web", "worker"} <= spans(collector).keys(), 30)
    wait_until(lambda: {each.name for each in spans(collector)["web"]} >= PARTS, 30)
    wait_until(lambda: {each.name for each in spans(collector)["worker"]} >= {"send", "claim", "carrier"}, 30)
    web = spans(collector)["web"]
    webhooks = {each.span_id for each in web if each.name == "webhook"}
    assert {each.parent_span_id for each in web if each.name == "step"} <= webhooks
    everything = collector.everything()
    secrets = (phone.number, phone.number[2:], "Zebulon", "dyslexia", "AccountSid", town.secret)
    assert [] == [secret for secret in secrets if secret.encode() in everything]
    names = {each.key for found in spans(collector).values() for one in found for each in one.attributes}
    assert names <= {
        f"hotline.{each}" for each in ("route", "channel", "kind", "outcome", "tries", "reminder", "attempt")
    }
