"""`hotline doctor`: run all checks, in the order in which they depend on one another."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

import click

from hotline import log
from hotline.config.given import SettingsError
from hotline.config.oddities import NAMED, oddities, oddities_beside
from hotline.config.settings import OWN_FLOWS, Settings
from hotline.conversation.model.events import FlowError
from hotline.doctor import carrier, lines, ourselves, store
from hotline.doctor.lines import WELL, Grade, Line, judged
from hotline.publishing.lint.check import SAMPLE_NAMES, check
from hotline.publishing.overlay_folder import Overlays
from hotline.web import checks
from hotline.web.service import Service
from hotline.web.webhook_health import NONE_YET

BREAKS: Final = ("redis", "memory", "flows")
"""Checks of /status that must pass to serve parents, and to serve them with the center's own texts.

A deploy with an invalid edit fails here, and the previous version stays up.
"""

AT_WORK: Final = ("worker", "clock", "followups", "inbox", "webhooks")
"""Checks of running processes, which have not started yet when a release is checked."""

ADVICE: Final = ("review", "spending")

EXIT_MUST_BE_FIXED: Final = 1


def examine(environ: Mapping[str, str], *, release: bool, unread: tuple[str, ...] = ()) -> Iterator[Line]:
    """Yield the results of all checks.

    With `release`, skip the running processes and our own URL, because neither is up yet. `unread` are the problems
    with lines in the settings file; the settings on those lines are missing from `environ`.
    """
    yield from (Line("settings", problem, Grade.BREAKS) for problem in unread)
    found = _examined(environ, release=release)
    named = tuple(f"{name} is not set;" for problem in unread for name in NAMED.findall(problem))
    yield from (line for line in found if not line.message.startswith(named))


def _examined(environ: Mapping[str, str], *, release: bool) -> Iterator[Line]:
    try:
        settings = Settings.read(environ)
        service = Service(settings)
    except SettingsError as wrong:
        yield from (Line("settings", problem, Grade.BREAKS) for problem in wrong.problems)
        yield from (Line("settings", problem, Grade.WRONG) for problem in oddities_beside(wrong, environ))
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
    yield _notification(settings)
    yield from _content(settings)


def _settings(settings: Settings, environ: Mapping[str, str]) -> Iterator[Line]:
    found = oddities(settings, environ)
    yield from (Line("settings", message, Grade.WRONG) for message in found)
    if not found:
        yield Line("settings")


def _checks(service: Service, *, release: bool) -> Iterator[Line]:
    """Yield the checks of /status, except settings and doctor, which are checked afresh here."""
    left_out = ("settings", "doctor", *(AT_WORK if release else ()))
    found = checks.run_checks(service, [each for each in checks.CHECKS if each not in left_out])
    for name, message in found.items():
        if name == "redis" or message != checks.AWAY:  # the line for redis reports an outage once for all
            yield judged(name, message, _grade(name, message))


def _grade(name: str, message: str) -> Grade:
    if name in ADVICE or message in (checks.NOT_REPORTED, NONE_YET):
        return Grade.ADVICE
    return Grade.BREAKS if name in BREAKS else Grade.WRONG


def _notification(settings: Settings) -> Line:
    """Check whether notices have a target."""
    message = (
        "no one is notified when a parent waits or something is wrong; set one of NOTIFY_EMAIL, NOTIFY_NUMBERS, "
        "NOTIFY_WEBHOOK, or check the desk"
    )
    return judged("notification", WELL if settings.notify.is_set else message, Grade.ADVICE)


def _content(settings: Settings) -> Iterator[Line]:
    """Run the checks of `hotline check` on an operator's own flows, without the review dates.

    The bundled flows are skipped unless FLOWS_OVERLAY changes them: they were checked before their release, and
    checking takes a while.
    """
    if settings.flows_dir.resolve() == OWN_FLOWS.resolve() and settings.flows_overlay is None:
        return
    try:
        flows = Overlays(settings.flows_overlay).on(settings.flows_dir)
        findings = check(flows.sources, SAMPLE_NAMES, date.min).findings
    except FlowError as wrong:
        message = str(wrong)
    else:
        message = f"{findings[0]} (of {len(findings)}: `hotline check` lists them)" if findings else WELL
    yield judged("words", message, Grade.BREAKS)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for use by a program.")
@click.option("--release", is_flag=True, help="Before a deploy: fail only for what would break serving.")
def doctor(*, as_json: bool, release: bool) -> None:
    """Check everything that the hotline depends on: one line per check, "ok" or what to do.

    Exit code 1 if anything must be fixed.
    """
    log.silence()  # the output reports the problems
    found = []
    unread = click.get_current_context().find_object(SettingsError)
    for line in examine(os.environ, release=release, unread=unread.problems if unread else ()):
        found.append(line)
        if not as_json:
            click.echo(line)
    if as_json:
        click.echo(json.dumps(lines.as_json(found, release=release), indent=2, ensure_ascii=False))
    if lines.fails(found, release=release):
        sys.exit(EXIT_MUST_BE_FIXED)
    if release and _runs_on(os.environ):
        signal.pause()


def _runs_on(environ: Mapping[str, str]) -> bool:
    """Check whether honcho or foreman started this as the `release` process of the Procfile.

    They stop all processes when one exits, unlike a platform with a release phase, such as Heroku.
    """
    return any(environ.get(name, "").startswith("release.") for name in ("HONCHO_PROCESS_NAME", "PS"))
