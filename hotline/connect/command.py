"""`hotline connect` and `hotline forms`."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from hotline import log
from hotline.carrier.account import Account
from hotline.carrier.client import CarrierError
from hotline.carrier.registration import Registration
from hotline.config.oddities import oddities
from hotline.config.settings import Settings
from hotline.connect import by_hand
from hotline.connect.forms import fields
from hotline.connect.plan import CannotConnect, Plan, carry_out, read
from hotline.doctor import carrier
from hotline.doctor.lines import Grade
from hotline.publishing.loader import load_book
from hotline.publishing.overlay_folder import NOTHING, Overlays, Published
from hotline.store.connection import StoreBusy
from hotline.store.connection import connect as connect_store
from hotline.store.in_force import Live
from hotline.store.words_versions import WordsVersions

EXIT_NOT_CONNECTED = 1


@click.command()
@click.option("--yes", is_flag=True, help="Apply the changes without asking.")
def connect(*, yes: bool) -> None:
    """Set the webhooks of the line's numbers at the carrier.

    Shows each change and asks before applying it; without a terminal it only shows the changes. Exit code 1 if
    texts or calls do not reach the line yet.
    """
    log.silence()  # the output reports the problems
    settings = Settings.read(os.environ)
    _refuse_implausible_url(settings)
    account = Account(settings)
    plan = _read(settings, account)
    connected = not plan.changes or _change(settings, account, plan, yes=yes)
    passed_over = any(each.number.elsewhere for each in plan.numbers)
    if not plan.numbers:
        click.echo("HOTLINE_NUMBER has no phone number, so there are no webhooks to set from here.")
    elif connected and not passed_over:
        click.echo("The webhooks at the carrier are set correctly.")
    click.echo("To do or check by hand in the carrier's console:")
    for line in by_hand.lines(settings, plan, Registration(settings)):
        click.echo(f"  {line}")
    if passed_over or not connected:
        sys.exit(EXIT_NOT_CONNECTED)


def _refuse_implausible_url(settings: Settings) -> None:
    """Exit if PUBLIC_BASE_URL is implausible: setting it would cut off the parents who use the line now."""
    if wrong := [each for each in oddities(settings, {}) if each.startswith("PUBLIC_BASE_URL")]:
        _end("; ".join(wrong))


def _read(settings: Settings, account: Account) -> Plan:
    """Return the plan; exit if the carrier refuses us, or if a number is not in the account or lacks texts or calls."""
    try:
        state = carrier.state(*account.state())
        if state.grade is not Grade.WELL:
            click.echo(f"Note: {state.message}")
        return read(settings, account)
    except CarrierError as error:
        _end(carrier.refused(error, settings).message)
    except CannotConnect as error:
        _end(str(error))


def _change(settings: Settings, account: Account, plan: Plan, *, yes: bool) -> bool:
    """Show the changes, ask, and apply them; return whether the carrier then reports all of them as set."""
    click.echo("Changes to make at the carrier:")
    for line in plan.shown():
        click.echo(f"  {line}")
    if not yes and not sys.stdin.isatty():
        click.echo("Nothing was changed. To apply the changes: hotline connect --yes")
        return False
    if not yes and not click.confirm("Apply these changes?"):
        click.echo("Nothing was changed.")
        return False
    try:
        carry_out(plan, account)
    except CarrierError as error:
        _end(f"some changes failed; fix this and run it again: {carrier.refused(error, settings).message}")
    left = _read(settings, account)
    if left.changes:
        click.echo("The carrier accepted the changes but still reports:", err=True)
        for line in left.shown():
            click.echo(f"  {line}", err=True)
        return False
    return True


def _end(why: str) -> NoReturn:
    click.echo(f"Not connected: {why}", err=True)
    sys.exit(EXIT_NOT_CONNECTED)


@click.command()
def forms() -> None:
    """Print answers for US carrier forms (A2P 10DLC, toll-free), from the settings and texts in force."""
    log.silence()  # the output reports the problem
    settings = Settings.read(os.environ)
    published: Published = NOTHING
    try:
        with connect_store(settings.redis_url) as redis:
            published = WordsVersions(redis).latest() or NOTHING
            settings = Live(settings, redis).fresh().settings
    except StoreBusy:
        click.echo(
            "Note: Redis does not answer, so these answers lack what was changed at the desk.", err=True
        )
    sources = Overlays(settings.flows_overlay).on(settings.flows_dir, published).sources
    book = load_book(sources, settings.names)
    for field in fields(settings, book):
        click.echo(f"{field}\n")
