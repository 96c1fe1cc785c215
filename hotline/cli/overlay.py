"""`hotline overlay`: a center's own texts on top of the flows, as a file or as published at the desk."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from hotline import clock, log
from hotline.cli.exit_codes import EXIT_FAILED
from hotline.cli.store_errors import store_errors
from hotline.config.settings import Settings, flows_folder, flows_overlay
from hotline.conversation.book.book import Book
from hotline.publishing.lint.check import WALKING, walked
from hotline.publishing.lint.walk_facts import WalkFacts
from hotline.publishing.overlay import Overlay, OwnText, read_overlay_file
from hotline.publishing.overlay_check import added_findings
from hotline.publishing.overlay_folder import read_tables
from hotline.publishing.overlay_merge import Conflict, merge, upstream_wordings
from hotline.publishing.sources import Sources
from hotline.store.connection import connect
from hotline.store.words_versions import Waiting, WordsVersions
from hotline.web.desk.words_judge import Job, judge, run

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def say_step(doing: str) -> None:
    """Print what a long command does now, to a person who watches; not into a file or a pipe."""
    if sys.stderr.isatty():
        click.echo(f"{doing} ...", err=True)


@click.group()
def overlay() -> None:
    """Manage a center's own texts: in FLOWS_OVERLAY, and published at the desk."""


@overlay.command()
@click.argument("id")
def text(id: str) -> None:
    """Print the text with this ID, such as hotline.greeting.text, as an overlay entry to edit."""
    known = upstream_wordings(read_tables(flows_folder(os.environ)))
    found = {key: OwnText(words, words) for key, words in known.items() if key[1] == id}
    if not found:
        near = sorted(i for _, i in known if id in i)[:5]
        raise click.ClickException(
            f"no text has the ID {id!r}" + (f"; there is {', '.join(near)}" if near else "")
        )
    click.echo(Overlay(found).written(), nl=False)


@overlay.command()
@click.argument("file", required=False, type=FILE)
def show(file: Path | None) -> None:
    """List what FILE, or FLOWS_OVERLAY, changes, and its conflicts with the flows."""
    own = _of_file(file)
    for (language, id), entry in sorted(own.texts.items()):
        click.echo(f"text {language} {id}: {entry.now.written}")
    for name, day in own.reminders.items():
        click.echo(f"reminder {name}: {day.after}; it was {day.was}")
    for name, review in own.reviews.items():
        click.echo(f"review {name}: reviewed on {review.reviewed}, due again by {review.review_by}")
    for code, center in own.centers.items():
        click.echo(f"center {code}: {center.name} {center.phone}".rstrip())
    for name, faq in own.faqs.items():
        click.echo(
            f"topic {name}: {', '.join(faq.languages)}" + (f"; in the menu {faq.menu}" if faq.menu else "")
        )
    for line in conflict_lines(merge(read_tables(flows_folder(os.environ)), own).conflicts):
        click.echo(line)


@overlay.command()
@click.argument("file", required=False, type=FILE)
def check(file: Path | None) -> None:
    """Check FILE, or FLOWS_OVERLAY, as the desk does before it publishes; exit code 1 for findings or conflicts."""
    own, flows = _of_file(file), Sources.read(flows_folder(os.environ))
    found = added_findings(flows, Overlay(), own, _facts)
    conflicts = merge(read_tables(flows), own).conflicts
    for line in (*map(str, found), *conflict_lines(conflicts)):
        click.echo(line)
    if found or conflicts:
        click.echo(f"{len(found)} findings, {len(conflicts)} conflicts", err=True)
        sys.exit(EXIT_FAILED)
    click.echo("no problems found")


def _facts(book: Book) -> WalkFacts:
    say_step(WALKING)
    return WalkFacts.of(book, walked(book))


@overlay.command()
def export() -> None:
    """Print what is published at the desk, as a file for FLOWS_OVERLAY."""
    settings = Settings.read(os.environ)
    with store_errors(settings), connect(settings.redis_url) as redis:
        latest = WordsVersions(redis).latest()
    click.echo(latest.overlay if latest else "", nl=False)


@overlay.command("import")
@click.argument("file", type=FILE)
def import_file(file: Path) -> None:
    """Check FILE and publish it instead of what is published at the desk, where this can be reverted."""
    settings, own = Settings.read(os.environ), read_overlay_file(file)
    with store_errors(settings), connect(settings.redis_url) as redis:
        versions = WordsVersions(redis)
        latest, id = versions.latest(), secrets.token_hex(8)
        after = latest.number if latest else 0
        what = f"imported: {file.name}"[:80]
        if not versions.begin(Waiting(id, after, clock.now().timestamp(), "", what, own.written())):
            raise click.ClickException("a change is being checked at the desk; try again in a minute")
        below = settings.flows_overlay.read_text(encoding="utf-8") if settings.flows_overlay else ""
        flows = Sources.read(settings.flows_dir)
        say_step(WALKING)
        job = Job(settings.redis_url, flows, below, latest.overlay if latest else "", id)
        found = judge(job, redis)
    for line in found:
        click.echo(line)
    if found:
        sys.exit(EXIT_FAILED)
    click.echo(f"published as version {after + 1}")


@overlay.command("judge", hidden=True)
def judge_job() -> None:
    """Do the job on standard input. The desk runs this command."""
    log.configure("info", "words", "json")
    run(Job.read(sys.stdin.read()))


def conflict_lines(conflicts: Iterable[Conflict]) -> list[str]:
    """Return the conflicts with the flows as lines, each with both texts."""
    lines = []
    for each in conflicts:
        who = "yours is served" if each.serves_ours else "the flows' own is served"
        named = f"{each.kind} {each.name}" + (f" ({each.language})" if each.language else "")
        lines += [f"Conflict: {named}: {'the flows no longer have it' if each.is_gone else who}"]
        lines += [f"    yours  {each.ours}", f"    theirs {each.upstream}", f"    was    {each.was}"]
    return lines


def _of_file(file: Path | None) -> Overlay:
    path = file or flows_overlay(os.environ)
    if path is None:
        raise click.UsageError("name a file, or set FLOWS_OVERLAY")
    return read_overlay_file(path)
