"""`hotline connect` and `hotline forms`. Each command imports what it needs when it runs."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from hotline.carrier.account import Account
    from hotline.config.settings import Settings
    from hotline.connect.plan import Plan

EXIT_NOT_CONNECTED = 1


@click.command()
@click.option("--yes", is_flag=True, help="Set it without asking.")
def connect(*, yes: bool) -> None:
    """Set the webhooks of the line's numbers at the carrier.

    Shows each change first and asks; without a terminal to ask on it only shows. Exit code 1 while texts or
    calls do not come to the line.
    """
    from hotline import log
    from hotline.carrier.account import Account
    from hotline.config.settings import Settings

    log.silence()  # the output reports the problems
    settings = Settings.read(os.environ)
    _refuse_an_address_that_nobody_reaches(settings)
    account = Account(settings)
    plan = _read(settings, account)
    connected = not plan.changes or _change(settings, account, plan, yes=yes)
    passed_over = any(each.number.elsewhere for each in plan.numbers)
    if connected and not passed_over:
        click.echo("The webhooks at the carrier are as the line wants them.")
    _show_remaining(settings, plan)
    if passed_over or not connected:
        sys.exit(EXIT_NOT_CONNECTED)


def _refuse_an_address_that_nobody_reaches(settings: Settings) -> None:
    """End the command if PUBLIC_BASE_URL is not usable, which would cut off current users."""
    from hotline.config.oddities import oddities

    if wrong := [each for each in oddities(settings, {}) if each.startswith("PUBLIC_BASE_URL")]:
        _end("; ".join(wrong))


def _read(settings: Settings, account: Account) -> Plan:
    """Return the plan. Ends the command if the carrier refuses, or if a number does not fit."""
    from hotline.carrier.account import NotReported
    from hotline.connect.plan import CannotConnect, read
    from hotline.doctor import carrier
    from hotline.doctor.lines import Grade

    try:
        state = carrier.state(*account.state())
        if state.grade is not Grade.WELL:
            click.echo(f"Note: {state.message}")
        return read(settings, account)
    except NotReported as error:
        _end(carrier.refused(error, settings).message)
    except CannotConnect as error:
        _end(str(error))


def _change(settings: Settings, account: Account, plan: Plan, *, yes: bool) -> bool:
    """Show the changes, ask, and apply them; return whether the carrier then shows all as set."""
    from hotline.carrier.account import NotReported
    from hotline.connect.plan import carry_out
    from hotline.doctor import carrier

    click.echo("To be set at the carrier:")
    for line in plan.shown():
        click.echo(f"  {line}")
    if not yes and not sys.stdin.isatty():
        click.echo("Nothing was set. To set it: hotline connect --yes")
        return False
    if not yes and not click.confirm("Set it?"):
        click.echo("Nothing was set.")
        return False
    try:
        carry_out(plan, account)
    except NotReported as error:
        _end(f"not all was set; run this again when it is right: {carrier.refused(error, settings).message}")
    left = _read(settings, account)
    if left.changes:
        click.echo("The carrier took the changes and still shows:", err=True)
        for line in left.shown():
            click.echo(f"  {line}", err=True)
        return False
    return True


def _show_remaining(settings: Settings, plan: Plan) -> None:
    from hotline.carrier.registration import Registration
    from hotline.connect import by_hand

    click.echo("For a person to do in the carrier's console, or to see that it is done:")
    for line in by_hand.lines(settings, plan, Registration(settings)):
        click.echo(f"  {line}")


def _end(why: str) -> NoReturn:
    click.echo(f"Not connected: {why}", err=True)
    sys.exit(EXIT_NOT_CONNECTED)


@click.command()
def forms() -> None:
    """Print answers for US carrier forms (A2P 10DLC, toll-free), from the current settings and texts."""
    from hotline.config.settings import Settings
    from hotline.connect.forms import fields
    from hotline.publishing.loader import load_book
    from hotline.publishing.overlays import Overlays

    settings = Settings.read(os.environ)
    book = load_book(Overlays(settings.flows_overlay).on(settings.flows_dir).sources, settings.names)
    for field in fields(settings, book):
        click.echo(f"{field}\n")
