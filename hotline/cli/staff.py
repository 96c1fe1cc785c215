"""`hotline staff`: manage the staff accounts of the desk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from hotline import clock
from hotline.cli.store_errors import store_errors
from hotline.config.settings import Settings
from hotline.store.connection import connect
from hotline.store.desk_audit import DeskAudit
from hotline.store.keys import open_secrets
from hotline.store.request_work import RequestWork
from hotline.store.staff_accounts import LINK_LASTS, MOST, Accounts, read_name
from hotline.store.staff_changes import LINK_PATH, NoAccount, NotChanged, StaffChanges, Why
from hotline.store.staff_roles import MAY, Role


def _name(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    name = read_name(value)
    if name is None:
        raise click.BadParameter(
            "a name has up to 32 letters, digits, dots, dashes and underscores and begins with a letter or a digit, such as lucía.núñez"
        )
    return name


name_argument = click.argument("name", callback=_name)


class _Desk:
    """The accounts and changes of them; the command line acts under no name."""

    def __init__(self, settings: Settings) -> None:
        redis = connect(settings.redis_url)
        self.accounts = Accounts(redis)
        self.changes = StaffChanges(
            self.accounts, DeskAudit(redis), RequestWork(redis, open_secrets(settings))
        )
        self.url = settings.public_base_url + LINK_PATH

    def print_link(self, name: str, token: str) -> None:
        """Print the link to set a passphrase of an account."""
        hours = int(LINK_LASTS.total_seconds() // 3600)
        click.echo(f"Give this link to {name} and no one else. It works once, within {hours} hours:")
        click.echo(f"  {self.url}{token}")


@contextmanager
def _desk(name: str = "", role: str = "") -> Iterator[_Desk]:
    """Open the desk's store; say why a change of the account `name` is refused or Redis is unreachable, and exit."""
    settings = Settings.read(os.environ)
    try:
        with store_errors(settings):
            yield _Desk(settings)
    except NoAccount:
        raise click.ClickException(
            f"there is no account {name}; create it with: hotline staff add {name}"
        ) from None
    except NotChanged as refused:
        raise click.ClickException(_why(refused.why, name, role)) from None


def _why(why: Why, name: str, role: str) -> str:
    """Return why a change was refused, and what to do."""
    match why:
        case Why.TAKEN:
            return (
                f"there is already an account {name}; for a new link: hotline staff link {name}; "
                f"to change what it may do: hotline staff role {name} {role}"
            )
        case Why.FULL:
            return f"there are {MOST} accounts, the maximum; remove one first"
        case Why.LAST_ADMIN | Why.OWN:  # the command line has no account of its own
            return f"{name} is the last admin; first make another one: hotline staff role NAME admin"


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
    with _desk(name, role) as desk:
        added = desk.changes.add(name, Role(role), clock.now())
        if added.is_first:
            click.echo("This is the first account: from now on DESK_PASSWORD no longer opens the desk.")
        click.echo(f"{name} is {added.role}: {MAY[added.role]}.")
        desk.print_link(name, added.token)


@staff.command()
@name_argument
def link(name: str) -> None:
    """Print a new link to set a passphrase, in case it was forgotten or the earlier link expired."""
    with _desk(name) as desk:
        desk.print_link(name, desk.changes.link(name, clock.now()))
        click.echo("Any earlier link for this account no longer works.")


@staff.command("role")
@name_argument
@click.argument("role", type=click.Choice([role.value for role in Role]))
def change_role(name: str, role: str) -> None:
    """Change what an account may do. Its owner stays signed in."""
    with _desk(name) as desk:
        desk.changes.set_role(name, Role(role), clock.now())
        click.echo(f"{name} is {role} now: {MAY[Role(role)]}.")


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
    with _desk(name) as desk:
        released = desk.changes.remove(name, clock.now())
        click.echo(f"{name} is removed.")
        if released:
            requests = "1 request" if released == 1 else f"{released} requests"
            click.echo(f"{requests} that {name} had taken can be taken by others now.")
        if not desk.accounts.any():
            click.echo("That was the last account: from now on DESK_PASSWORD opens the desk again.")
