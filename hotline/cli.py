"""The `hotline` command: everything that an operator, a developer or a host can start.

Rule 1: a command imports what it needs when it runs, so that `hotline text` is there at once.
Rule 2: what an operator got wrong is told in plain lines without a traceback: exit code 2 for
settings, 1 for all else.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from hotline.conversation.model import FlowError
from hotline.local import made_up
from hotline.settings import Settings, SettingsError, flows_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

EXIT_SETTINGS = 2
EXIT_FAILED = 1

TRYING_FROM = "+12025550123"
"""A number that no telephone has, as those of films."""

NAMES_FOR_CHECKING = {"hotline": "Parent Hotline", "person": "Example Parent Center, 510-555-0199"}
"""What the texts are filled with while they are checked; the operator's own names come at the start."""

WEB_THREADS = 4
"""Requests that one web process answers at a time. A turn waits for two round trips to Redis, so a
few overlap well; more would only wait for the interpreter's lock."""

WEB_BACKLOG = 1024
"""Connections that may wait while all threads are busy. Twilio gives up after 15 seconds."""


def main() -> None:
    """The console script. Ends the process with the exit code."""
    try:
        hotline.main(prog_name="hotline")
    except SettingsError as wrong:
        click.echo("The settings are not right:", err=True)
        for problem in wrong.problems:
            click.echo(f"  {problem}", err=True)
        sys.exit(EXIT_SETTINGS)
    except FlowError as wrong:
        click.echo(f"The flows are not right: {wrong}", err=True)
        sys.exit(EXIT_FAILED)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="parent-hotline")
def hotline() -> None:
    """A free line that parents text or call to learn about 504 Plans and IEPs."""


@hotline.command()
def run() -> None:
    """Run the whole service on this machine, with a simulated carrier."""
    from hotline.local.run import run as run_all

    sys.exit(run_all(os.environ))


@hotline.command()
def web() -> None:
    """Serve the webhooks, until SIGTERM."""
    settings = _start("web", os.environ)

    from hotline.publishing.library import load_book

    load_book(settings.flows_dir, settings.names)  # a broken flow is told here, once, not by each process

    from granian.constants import Interfaces
    from granian.server import Server

    from hotline.local.run import CannotStart, need_free_port

    try:
        need_free_port("PORT", settings.host, settings.port)
    except CannotStart as problem:
        click.echo(str(problem), err=True)
        sys.exit(EXIT_FAILED)
    Server(
        "hotline.wsgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_processes,
        blocking_threads=WEB_THREADS,
        backlog=WEB_BACKLOG,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=5,
        log_access=False,  # its lines would hold what a caller puts in an address
        log_dictconfig=LOG_THROUGH_OURS,
    ).serve()


LOG_THROUGH_OURS = {
    "formatters": {},
    "handlers": {"ours": {"()": "hotline.log.FromLibraries", "level": "WARNING"}},
    "loggers": {
        "_granian": {"handlers": ["ours"], "propagate": False},
        "granian.access": {"handlers": ["ours"], "propagate": False},
    },
}
"""Granian sets up logging itself, again in each of its processes: it must end in hotline.log."""


@hotline.command()
def worker() -> None:
    """Send what is due, until SIGTERM."""
    settings = _start("worker", os.environ)

    from workers.run import work

    work(settings)


@hotline.command()
def clock() -> None:
    """Hand what is due to the workers, until SIGTERM."""
    settings = _start("clock", os.environ)

    from workers.clock import run_clock

    run_clock(settings)


@hotline.command()
@click.option("--from", "number", default=TRYING_FROM, help="The number to text from.", show_default=True)
def text(number: str) -> None:
    """Text the service that `hotline run` started."""
    from hotline.simulator import terminal

    terminal.text(_carrier(os.environ), number)


@hotline.command()
@click.option("--from", "number", default=TRYING_FROM, help="The number to call from.", show_default=True)
def call(number: str) -> None:
    """Call the service that `hotline run` started."""
    from hotline.simulator import terminal

    terminal.call(_carrier(os.environ), number)


@hotline.command()
def check() -> None:
    """Read the flows as at a start, and tell what is in them or what is wrong."""
    from hotline.conversation.book import Question, Statement
    from hotline.publishing.library import load_book

    folder = flows_folder(os.environ)
    book = load_book(folder, NAMES_FOR_CHECKING)
    states = book.states.values()
    found = {
        "states": len(states),
        "questions": sum(isinstance(state, Question) for state in states),
        "outcomes": len(
            {state.outcome for state in states if isinstance(state, Statement) and state.outcome}
        ),
        "reminders": len(book.reminders),
    }
    counts = ", ".join(f"{count} {name}" for name, count in found.items())
    click.echo(f"{folder}: {counts}; languages: {', '.join(book.languages)}")


def _start(process: str, environ: Mapping[str, str]) -> Settings:
    """The settings of a process that serves, with its logging set up."""
    from hotline import log

    settings = Settings.read(environ)
    log.configure(settings.log_level, process)
    return settings


def _carrier(environ: Mapping[str, str]) -> str:
    """Where the carrier is that `hotline run` started."""
    return f"http://127.0.0.1:{environ.get('SIMULATOR_PORT') or made_up.SIMULATOR_PORT}"
