"""The commands for stored data: audit, retention, backup, restore, texts not understood, re-encryption."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from hotline.config.given import is_given
from hotline.config.settings import Settings


def _settings_of_stored_data() -> Settings:
    """Return the settings, or those of the local `make run` store if none are given."""
    if any(is_given(os.environ, name) for name in ("REDIS_URL", "HOTLINE_SECRET")):
        return Settings.read(os.environ)

    from devtools.local.embedded import SOCKET
    from devtools.local.made_up import complete
    from devtools.local.run import OWN_FOLDER

    if not (OWN_FOLDER / SOCKET).exists():
        return Settings.read(os.environ)
    click.echo(f"No settings given: using the data of `make run` in {OWN_FOLDER}.", err=True)
    return Settings.read({**complete(os.environ, OWN_FOLDER), "REDIS_URL": f"unix://{OWN_FOLDER / SOCKET}"})


@click.command()
@click.option("--since", default="1970-01-01", show_default=True, help="The first day, in UTC.")
@click.option("--number", default="", help="Only this number, such as +15105550100; it is not stored.")
def audit(since: str, number: str) -> None:
    """Print consents and opt-outs as CSV, without phone numbers."""
    from hotline.cli.ops import write_audit

    write_audit(_settings_of_stored_data(), since, number, sys.stdout)


@click.command()
def retention() -> None:
    """Print what is stored and for how long; exit code 1 if anything never expires or is of an unknown kind."""
    from hotline.cli import ops

    for line in ops.retention(_settings_of_stored_data()):
        click.echo(line)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write all stored data to FILE while the service runs."""
    from hotline.cli.ops import back_up

    click.echo(back_up(Settings.read(os.environ), file))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Restore a backup into an empty Redis before web, worker and clock start."""
    from hotline.cli.ops import restore as put_back

    click.echo(put_back(Settings.read(os.environ), file))


@click.command()
@click.option("--days", default=28, show_default=True, help="How many days back to count.")
def misunderstood(days: int) -> None:
    """Show where texts are not understood, and the public words in them used by three or more people."""
    from hotline.cli import ops

    for line in ops.misunderstood(_settings_of_stored_data(), days):
        click.echo(line)


@click.command()
def reseal() -> None:
    """Re-encrypt all stored numbers with SEAL_SECRET; exit code 1 if some cannot be decrypted."""
    from hotline.cli.ops import seal_anew

    click.echo(seal_anew(Settings.read(os.environ)))
