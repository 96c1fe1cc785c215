"""`hotline staff`: manage the staff accounts of the desk."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click

from hotline import clock
from hotline.cli.exit_codes import EXIT_FAILED
from hotline.config.settings import Settings
from hotline.store.away import why_away
from hotline.store.connection import StoreBusy
from hotline.store.staff_accounts import MOST
from hotline.store.staff_roles import Role

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")


def _name(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    name = value.strip().casefold()
    if not NAME.fullmatch(name):
        raise click.BadParameter(
            "a name has up to 32 characters: a-z, 0-9, dot, dash and underscore, such as maria.lopez"
        )
    return name


name_argument = click.argument("name", callback=_name)


class _Desk:
    """The desk's store and its URL."""

    def __init__(self, settings: Settings) -> None:
        from hotline.store.connection import connect
        from hotline.store.desk_audit import DeskAudit
        from hotline.store.keys import open_secrets
        from hotline.store.request_work import RequestWork
        from hotline.store.staff_accounts import Accounts

        redis = connect(settings.redis_url)
        self.accounts, self.audit = Accounts(redis), DeskAudit(redis)
        self.work = RequestWork(redis, open_secrets(settings))
        self.url = f"{settings.public_base_url}/desk"

    def note(self, what: str, name: str) -> None:
        """Record a change in the desk's audit log, before it is made."""
        self.audit.add("", what, name, clock.now())

    def need(self, name: str) -> None:
        """Raise click.ClickException if there is no such account."""
        if self.accounts.get(name) is None:
            raise click.ClickException(
                f"there is no account {name}; create it with: hotline staff add {name}"
            )

    def need_other_admin(self, name: str) -> None:
        """Raise click.ClickException if no other account could see the accounts and the audit."""
        if self.accounts.is_last_admin(name):
            raise click.ClickException(
                f"{name} is the last admin; first make another one: hotline staff role NAME admin"
            )

    def print_link(self, name: str) -> None:
        """Print the link to set a passphrase of an account."""
        from hotline.store.staff_accounts import LINK_LASTS

        token = self.accounts.link(name)
        hours = int(LINK_LASTS.total_seconds() // 3600)
        click.echo(f"Give this link to {name} and no one else. It works once, within {hours} hours:")
        click.echo(f"  {self.url}/passphrase/{token}")


@contextmanager
def _desk() -> Iterator[_Desk]:
    """Open the desk's store; if Redis is unreachable, say so and exit."""
    settings = Settings.read(os.environ)
    try:
        yield _Desk(settings)
    except StoreBusy:
        click.echo(f"{why_away(settings.redis_url)}.", err=True)
        sys.exit(EXIT_FAILED)


MAY: Final = {
    Role.STAFF: "calls and texts parents back",
    Role.EDITOR: "also changes hours, closed days, staff numbers and words",
    Role.ADMIN: "also sees the accounts and who did what, and ends sessions",
}
"""What each role may do, for the person who makes accounts."""


@click.group()
def staff() -> None:
    """Create, list, change and remove the staff's accounts at the desk.

    A role includes those before it: staff, editor, admin. The first account is an admin.
    """


@staff.command()
@name_argument
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), default=Role.STAFF.value, show_default=True
)
def add(name: str, role: str) -> None:
    """Create an account and print the link with which its owner sets a passphrase."""
    with _desk() as desk:
        accounts = desk.accounts.all()
        if name in {account.name for account in accounts}:
            raise click.ClickException(
                f"there is already an account {name}; for a new link: hotline staff link {name}; "
                f"to change what it may do: hotline staff role {name} {role}"
            )
        if len(accounts) >= MOST:
            raise click.ClickException(f"there are {MOST} accounts, the maximum; remove one first")
        given = Role(role)
        if not accounts:
            given = Role.ADMIN  # else no one could change hours and words, or see who did what
            click.echo("This is the first account: from now on DESK_PASSWORD no longer opens the desk.")
        desk.note("made an account", name)
        desk.accounts.add(name, given)
        click.echo(f"{name} is {given}: {MAY[given]}.")
        desk.print_link(name)


@staff.command()
@name_argument
def link(name: str) -> None:
    """Print a new link to set a passphrase, in case it was forgotten or the earlier link expired."""
    with _desk() as desk:
        desk.need(name)
        desk.note("made a link", name)
        desk.print_link(name)
        click.echo("Any earlier link for this account no longer works.")


@staff.command("role")
@name_argument
@click.argument("role", type=click.Choice([role.value for role in Role]))
def change_role(name: str, role: str) -> None:
    """Change what an account may do. Its owner stays signed in."""
    with _desk() as desk:
        desk.need(name)
        given = Role(role)
        if given is not Role.ADMIN:
            desk.need_other_admin(name)
        desk.note("changed a role", name)
        desk.accounts.set_role(name, given)
        click.echo(f"{name} is {given} now: {MAY[given]}.")


@staff.command("list")
def list_all() -> None:
    """List the accounts: name, role, and whether a passphrase is set."""
    with _desk() as desk:
        accounts = desk.accounts.all()
    for account in accounts:
        click.echo(f"{account.name}\t{account.role}\t{'ready' if account.hash else 'no passphrase yet'}")
    if not accounts:
        click.echo("No accounts: anyone with DESK_PASSWORD can use the desk.")


@staff.command()
@name_argument
def remove(name: str) -> None:
    """Remove an account and end its sessions immediately."""
    with _desk() as desk:
        desk.need(name)
        if len(desk.accounts.all()) > 1:
            desk.need_other_admin(name)
        desk.note("removed an account", name)
        desk.accounts.remove(name)
        click.echo(f"{name} is removed.")
        if released := desk.work.release_all(name):
            requests = "1 request" if released == 1 else f"{released} requests"
            click.echo(f"{requests} that {name} had taken can be taken by others now.")
        if not desk.accounts.any():
            click.echo("That was the last account: from now on DESK_PASSWORD opens the desk again.")
