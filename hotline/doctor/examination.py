"""The whole examination, in the order in which things stand on one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hotline.config.oddities import known_names, oddities
from hotline.config.settings import OWN_FLOWS, Settings, SettingsError, is_given
from hotline.conversation.model.events import FlowError
from hotline.doctor import carrier, ourselves, store
from hotline.doctor.lines import WELL, Grade, Line, judged
from hotline.publishing.lint.check import SAMPLE_NAMES, check
from hotline.web import health
from hotline.web.hearing import NONE_YET
from hotline.web.service import Service, open_service

BREAKS: Final = ("redis", "memory", "flows")
"""Checks of /status without which no parent is served, or not in the center's words: a deploy that brings a broken edit
ends here, and the one before goes on."""

AT_WORK: Final = ("worker", "clock", "followups", "inbox", "webhooks")
"""Of what runs already. A release comes before it."""

ADVICE: Final = ("review", "spending")

PLACES: Final = (
    "America/New_York",
    "America/Anchorage",
    "Pacific/Honolulu",
    "Pacific/Guam",
    "America/Puerto_Rico",
)
"""At whose hours texts are sent."""


def examine(environ: Mapping[str, str], *, release: bool) -> Iterator[Line]:
    """Yield what is found. With `release` what a release comes before is left out: the processes, and our own address."""
    try:
        settings = Settings.read(environ)
        service = open_service(settings)
    except SettingsError as wrong:
        yield from (Line("settings", problem, Grade.BREAKS) for problem in wrong.problems)
        return
    except FlowError as wrong:
        yield Line("flows", str(wrong), Grade.BREAKS)
        return
    yield from _settings(settings, environ)
    yield from _checks(service, release=release)
    yield from store.lines(settings)
    yield from carrier.lines(settings)
    if not release:
        yield from ourselves.lines(settings)
    yield _zones()
    yield _desk(service)
    yield from _notification(environ)
    yield from _content(settings)


def _settings(settings: Settings, environ: Mapping[str, str]) -> Iterator[Line]:
    found = oddities(settings, environ)
    yield from (Line("settings", told, Grade.WRONG) for told in found)
    if not found:
        yield Line("settings")


def _checks(service: Service, *, release: bool) -> Iterator[Line]:
    """Those of /status; its settings are told above, a line each."""
    left_out = ("settings", *(AT_WORK if release else ()))
    found = health.looked_at(service, [each for each in health.CHECKS if each not in left_out])
    for name, told in found.items():
        if name == "redis" or told != health.AWAY:  # which one line tells for all
            yield judged(name, told, _grade(name, told))


def _grade(name: str, told: str) -> Grade:
    if name in ADVICE or told in (health.NOT_TOLD, NONE_YET):
        return Grade.ADVICE
    return Grade.BREAKS if name in BREAKS else Grade.WRONG


def _zones() -> Line:
    """Whether this machine knows the time zones: a slim image may have none."""
    try:
        for place in PLACES:
            ZoneInfo(place)
    except (ZoneInfoNotFoundError, OSError) as error:
        told = f"this machine does not know all time zones ({type(error).__name__}); install tzdata"
        return Line("time zones", told, Grade.WRONG)
    return Line("time zones")


def _desk(service: Service) -> Line:
    told = (
        "there is no desk, so nobody sees who asked to be called back or left a message; make an account with "
        f"`hotline staff add NAME`, and look at {service.settings.public_base_url}/desk each day"
    )
    return judged("desk", WELL if service.live.now().requests_are_seen else told)


def _notification(environ: Mapping[str, str]) -> Iterator[Line]:
    """Whether somebody is told of what waits; nothing where this version has no settings for it."""
    names = sorted(
        name for name in known_names() if name.startswith("NOTIFY_") and not name.endswith("_FILE")
    )
    if not names:
        return
    told = f"nobody is told when a parent waits or something is wrong; set one of {', '.join(names)}, or look at the desk"
    yield judged(
        "notification", WELL if any(is_given(environ, name) for name in names) else told, Grade.ADVICE
    )


def _content(settings: Settings) -> Iterator[Line]:
    """The whole gate over an operator's own flows, as `hotline check` walks it; without the dates, which hold nothing up.
    Those that come with the service are walked before they do, and it takes a while.
    """
    if settings.flows_dir.resolve() == OWN_FLOWS.resolve():
        return
    try:
        findings = check(settings.flows_dir, SAMPLE_NAMES, date.min).findings
    except FlowError as wrong:
        told = str(wrong)
    else:
        told = f"{findings[0]} (of {len(findings)}: `hotline check` lists them)" if findings else WELL
    yield judged("words", told, Grade.BREAKS)
