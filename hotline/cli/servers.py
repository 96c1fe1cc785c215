"""The commands that start the service, one of its processes or a simulated carrier, and those that text and call it."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from hotline.cli.exit_codes import EXIT_FAILED
from hotline.config.given import SettingsError
from hotline.config.settings import Settings

if TYPE_CHECKING:
    from hotline.web.service import Service

TRYING_FROM = "+12025550123"
"""A fictional number that is never assigned to a phone."""


@click.command()
def run() -> None:
    """Run the whole service on this machine, with a simulated carrier."""
    from devtools.local.run import run as run_all

    sys.exit(run_all(os.environ))


@click.command()
def web() -> None:
    """Serve the webhooks until SIGTERM."""
    settings = _start("web", os.environ)

    from hotline.publishing.letters import letters_for
    from hotline.publishing.pages import pages_for
    from hotline.publishing.versions import open_versions
    from hotline.web.service import policy_names

    opened = _open_before_fork(settings)
    versions = opened.versions if opened else open_versions(settings)  # a broken flow is reported once, here
    if versions.problem:
        click.echo(f"The flows are invalid: {versions.problem}\nMeanwhile {versions.serves}.", err=True)
    printed = {
        "letters": letters_for(settings, versions.in_force)[1],
        "pages": pages_for(policy_names(settings), versions.in_force)[1],
    }
    for part, problem in printed.items():
        if problem:
            click.echo(f"The {part} are invalid: {problem}\nThe built-in ones are served instead.", err=True)

    from hotline.config.ports import CannotStart, need_free_port
    from hotline.web.server import activation_socket, address_of, open_server

    passed, meant = activation_socket(os.environ), f"{settings.host}:{settings.port}"
    if passed is not None and address_of(passed) != meant:
        click.echo(f"systemd listens on {address_of(passed)}; HOST and PORT ({meant}) are ignored.", err=True)
    try:
        if passed is None:
            need_free_port("PORT", settings.host, settings.port)
    except CannotStart as problem:
        click.echo(str(problem), err=True)
        sys.exit(EXIT_FAILED)
    open_server(settings, passed).serve()


def _open_before_fork(settings: Settings) -> Service | None:
    """Load the app before the web processes are forked, so that they share its memory and are ready at once.

    Return its service; None if the web processes load their own, because they are not forked, or because a part of the
    app starts a thread, which would not survive a fork. Raise FlowError.
    """
    threads = settings.sentry_dsn or settings.otel_exporter_otlp_endpoint
    if threads or multiprocessing.get_start_method() != "fork":
        return None
    gc.disable()  # nothing that is being loaded is garbage
    from hotline.rsgi import app

    gc.enable()
    gc.collect()
    gc.freeze()  # so that a collection in a web process does not write to the shared memory
    app.service.redis.connection_pool.disconnect()
    return app.service


@click.command()
def worker() -> None:
    """Send due messages until SIGTERM."""
    settings = _start("worker", os.environ)

    from workers.worker import work

    work(settings)


@click.command()
def clock() -> None:
    """Hand due jobs to the workers until SIGTERM."""
    settings = _start("clock", os.environ)

    from hotline.doctor import rounds
    from workers.clock import run_clock

    rounds.start(settings)
    run_clock(settings)


@click.command()
def carrier() -> None:
    """Run a simulated carrier for a rehearsal with these settings, until Ctrl-C.

    Its number is not configured yet, like one just bought: `hotline connect` sets it up. TWILIO_API_BASE_URL must be
    the URL of this carrier.
    """
    Settings.read(os.environ)

    from devtools.twilio_sim.__main__ import main as run_carrier

    sys.exit(run_carrier({**os.environ, "SIMULATOR_NEW_NUMBER": "yes"}))


@click.command()
@click.option("--from", "number", default=TRYING_FROM, help="The number to text from.", show_default=True)
def text(number: str) -> None:
    """Text the service through the carrier of `hotline run` or `hotline carrier`."""
    from devtools.twilio_sim import terminal

    terminal.text(_carrier(os.environ), number)


@click.command()
@click.option("--from", "number", default=TRYING_FROM, help="The number to call from.", show_default=True)
def call(number: str) -> None:
    """Call the service through the carrier of `hotline run` or `hotline carrier`."""
    from devtools.twilio_sim import terminal

    terminal.call(_carrier(os.environ), number)


def _start(process: str, environ: Mapping[str, str]) -> Settings:
    """Return the settings of a server process, after configuring its logging.

    Only warn if Redis is unreachable. Raise SettingsError if Redis could evict data or is otherwise unusable.
    """
    from hotline import log
    from hotline.store.connection import StoreBusy, connect
    from hotline.store.redis_config import what_is_wrong, without_password
    from hotline.telemetry import traces
    from hotline.telemetry.reports import open_reporter

    settings = Settings.read(environ)
    report = open_reporter(settings.sentry_dsn)
    log.configure(settings.log_level, process, settings.log_format, report)
    if process != "web":  # the web processes are forked from this one, and configure it themselves
        traces.configure(settings.otel_exporter_otlp_endpoint, process)
    if without_password(settings.redis_url):
        log.log.warning("store_without_password", reason="give_REDIS_URL_a_password")
    try:
        with connect(settings.redis_url) as redis:
            wrong = what_is_wrong(redis)
    except StoreBusy as busy:
        log.log.warning("store_busy", cause=str(busy))
        return settings
    if wrong is None:
        log.log.warning("store_policy_unknown", reason="it_must_be_noeviction")
    elif wrong:
        raise SettingsError((f"REDIS_URL: this Redis {wrong}",))
    return settings


def _carrier(environ: Mapping[str, str]) -> str:
    """Return the URL of the simulated carrier of `hotline run` or `hotline carrier`."""
    from devtools.local.made_up import SIMULATOR_PORT
    from hotline.config.url_types import is_loopback

    named = environ.get("TWILIO_API_BASE_URL", "").strip().rstrip("/")
    if is_loopback(urlsplit(named).hostname or ""):
        return named
    return f"http://127.0.0.1:{environ.get('SIMULATOR_PORT') or SIMULATOR_PORT}"
