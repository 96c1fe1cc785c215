"""The commands for stored data: audit, retention, backup, restore, texts not understood, re-encryption.

Rule 1: a phone number given to select rows is hashed, and neither printed nor logged.
Rule 2: an error is reported in one line, with exit code 1.
"""

from __future__ import annotations

import csv
import os
import sys
from collections import Counter
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from hotline import clock
from hotline.cli.store_errors import store_errors
from hotline.config import setting_types
from hotline.config.given import is_given
from hotline.config.settings import Settings
from hotline.conversation.engine.misses import MISUNDERSTOOD
from hotline.publishing.loader import book_for
from hotline.store import backup, metrics
from hotline.store import misunderstood as missed
from hotline.store.audit import Audit, Row
from hotline.store.connection import connect
from hotline.store.keys import open_secrets
from hotline.store.purge import Purge
from hotline.store.retention import figures as stored_figures
from hotline.store.retention import summary

DAY = "%Y-%m-%d"


MOST_WORDS_SHOWN = 60


@click.command()
@click.option("--since", default="1970-01-01", show_default=True, help="The first day, in UTC.")
@click.option("--number", default="", help="Only this number, such as +15105550100; it is not stored.")
def audit(since: str, number: str) -> None:
    """Print consents and opt-outs as CSV, without phone numbers."""
    settings = _settings_of_stored_data()
    secrets = open_secrets(settings)
    try:
        first = datetime.strptime(since, DAY).replace(tzinfo=UTC)
    except ValueError:
        raise click.ClickException("--since must be a day such as 2026-11-23") from None
    try:
        who = secrets.who(setting_types.number(number)) if number else ""
    except ValueError as right:
        raise click.ClickException(f"--number {right}") from None
    table = csv.DictWriter(sys.stdout, [field.name for field in fields(Row)], lineterminator="\n")
    table.writeheader()
    stored = Audit(connect(settings.redis_url))
    rows = stored.rows_of(who, secrets, first) if who else stored.rows(first)
    with store_errors(settings):
        table.writerows(map(asdict, rows))


@click.command()
def retention() -> None:
    """Print what is stored and for how long; exit code 1 if anything never expires or is of an unknown kind."""
    settings = _settings_of_stored_data()
    redis = connect(settings.redis_url)
    with store_errors(settings):
        figures, unknown = stored_figures(redis)
        oldest = Audit(redis).oldest()
    for figure in figures:
        click.echo(summary(figure))
    if oldest is not None:
        click.echo(f"The oldest consent or opt-out is from {oldest:{DAY}}.")
    endless = sum(figure.endless for figure in figures)
    if unknown or endless:
        raise click.ClickException(f"{endless} keys never expire, and {unknown} are of an unknown kind")


@click.command()
@click.option(
    "--days", type=click.IntRange(1), default=28, show_default=True, help="How many days back to count."
)
def misunderstood(days: int) -> None:
    """Show where texts are not understood, and the public words in them used by three or more people."""
    settings = _settings_of_stored_data()
    redis, secrets, now = connect(settings.redis_url), open_secrets(settings), clock.now()
    today = now.astimezone(settings.time_zone).date()
    counted_days = [today - timedelta(days=back) for back in range(days)]
    public = book_for(settings).reader.public
    weeks = (("this week", now), ("last week", now - timedelta(days=7)))
    with store_errors(settings):
        counted = sum(metrics.figures_of(redis, counted_days), Counter[str]())
        people = {week: missed.by_people(redis, secrets, public, at) for week, at in weeks}
    places = [(name, n) for name, n in counted.most_common() if name.startswith(MISUNDERSTOOD)]
    click.echo(f"Not understood in the last {days} days: {sum(n for _, n in places)} texts.")
    for name, n in places:
        _, place, language = name.split(".")
        click.echo(f"{n:6}  {place} ({language})")
    for week, used in people.items():
        words = ", ".join(f"{word} {n}" for word, n in used.most_common(MOST_WORDS_SHOWN)) or "none"
        click.echo(f"Words used by three or more people, {week}: {words}")


@click.command()
def reseal() -> None:
    """Re-encrypt all stored numbers with SEAL_SECRET; exit code 1 if some cannot be decrypted."""
    settings = Settings.read(os.environ)
    purge = Purge(connect(settings.redis_url), open_secrets(settings))
    with store_errors(settings):
        done = purge.run_all(clock.now())
    if done.undecryptable:
        raise click.ClickException(
            f"{done.sealed} numbers re-encrypted; {done.undecryptable} cannot be decrypted with the secrets given here"
        )
    click.echo(f"{done.sealed} numbers re-encrypted; all can be decrypted")


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def back_up(file: Path) -> None:
    """Write all stored data to FILE while the service runs."""
    settings = Settings.read(os.environ)
    try:
        with store_errors(settings):
            done = backup.back_up(settings.redis_url, file, clock.now())
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from None
    click.echo(
        f"{done.keys} keys are in {file}. Store HOTLINE_SECRET and SEAL_SECRET somewhere else: the backup is useless "
        "without them."
    )


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Restore a backup into an empty Redis before web, worker and clock start."""
    settings = Settings.read(os.environ)
    try:
        with store_errors(settings):
            done = backup.restore(settings.redis_url, file, clock.now())
    except backup.NotRestored as error:
        raise click.ClickException(str(error)) from None
    at = done.at.astimezone(settings.time_zone)
    click.echo(
        f"{done.keys} keys from {at:%Y-%m-%d %H:%M %Z} are restored. Start worker and clock, then web: planned texts wait "
        "until the carrier has been checked for texts received since then."
    )


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
