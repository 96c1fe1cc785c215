"""The commands for authors of the flows: check, draw, play, compare, and interpret texts with them."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

import click

from hotline.cli.exit_codes import EXIT_FAILED
from hotline.cli.overlay import conflict_lines, say_step
from hotline.clock import now
from hotline.config.settings import flows_folder, flows_overlay
from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Channel, FlowError
from hotline.publishing.catalogs import catalogs_named
from hotline.publishing.lint import paths, reviews
from hotline.publishing.lint.check import SAMPLE_NAMES
from hotline.publishing.lint.check import check as check_flows
from hotline.publishing.lint.map import MAP, draw
from hotline.publishing.lint.preview import differences, flows_against
from hotline.publishing.lint.transcript import play
from hotline.publishing.loader import load_book
from hotline.publishing.overlay_folder import Overlaid, Overlays
from hotline.publishing.sources import Sources
from hotline.publishing.texts import all_texts, read_files
from hotline.publishing.translations import statuses, update_files
from hotline.publishing.understand import explained, understand_file
from hotline.publishing.understand import understand as understand_text


@click.command()
@click.option("--dates", is_flag=True, help="Also fail if a review date has passed.")
def check(*, dates: bool) -> None:
    """Check all of the flows and print the findings or, if there are none, statistics.

    Also lists law past its review date, or within a month of it; past dates fail only with --dates.
    """
    folder, today = flows_folder(os.environ), now().date()
    flows = _flows_in_use()
    report = check_flows(flows.sources, SAMPLE_NAMES, today if dates else date.min, doing=say_step)
    for line in conflict_lines(flows.conflicts):
        click.echo(line)
    for review in reviews.due(report.reviews, today):
        if not dates or review.by >= today:  # otherwise it is already a finding
            click.echo(f"Due: {reviews.line(review, today)}")
    for finding in report.findings:
        click.echo(finding)
    if report.findings:
        click.echo(f"{folder}: {len(report.findings)} findings", err=True)
        sys.exit(EXIT_FAILED)
    for figure in report.figures:
        click.echo(figure)


@click.command("map")
@click.option(
    "--to",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The output file.  [default: docs/flows.md]",
)
def draw_map(file: Path | None) -> None:
    """Draw the flows as charts that GitHub renders, into docs/flows.md."""
    file = file or MAP
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(draw(_book_in_use()), encoding="utf-8")
    click.echo(f"wrote {file}")


@click.command()
@click.option("--outcome", help="The outcome to reach, such as OUT-IEP.")
@click.option("--lang", default="en", show_default=True, help="The language that the person has chosen.")
@click.option("--channel", type=click.Choice(["sms", "voice"]), default="sms", show_default=True)
@click.option("--list", "only_list", is_flag=True, help="List the outcomes.")
def transcript(outcome: str | None, lang: str, channel: str, only_list: bool) -> None:
    """Print the shortest conversation that leads to an outcome, as text to read aloud."""
    book = _book_in_use()
    if only_list or not outcome:
        click.echo("\n".join(paths.outcomes(book)))
        return
    by = Channel(channel)
    moves = paths.shortest(book, outcome, by, lang)
    click.echo(play(book, paths.script(moves, by, f"The shortest path to {outcome}.", lang)), nl=False)


@click.command()
@click.option(
    "--against", default="HEAD", show_default=True, help="A folder, or a git revision of the flows."
)
def preview(against: str) -> None:
    """Show what an edit of the flows changed: texts, cost, states, paths."""
    folder = flows_folder(os.environ)
    after = _book_in_use()
    with flows_against(against, folder) as earlier:
        try:
            before = _book(earlier)
        except FlowError as wrong:
            raise FlowError(f"those of {against}: {wrong}") from None
    for line in differences(before, after):
        click.echo(line)


@click.command()
@click.argument("text", required=False)
@click.option("--at", "place", default="", help="The question the text answers, such as child_age.")
@click.option("--lang", default="", help="The person's language; detected from the text by default.")
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with one text<TAB>lang per line.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def understand(text: str | None, place: str, lang: str, file: Path | None, as_json: bool) -> None:
    """Show how a text is interpreted: the parts removed, the intent, its source, how sure, and why."""
    if (text is None) == (file is None):
        raise click.UsageError(
            'give one text, as in hotline understand "my son cant read", or --file FILE.tsv'
        )
    book = _book_in_use()
    try:
        rows = (
            understand_file(book, file.read_text(encoding="utf-8"))
            if file
            else iter([understand_text(book, text or "", lang, place)])
        )
        for row in rows:
            click.echo(row.as_json() if as_json else explained(row))
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def _flows_in_use() -> Overlaid:
    """Return the flows of FLOWS_DIR with FLOWS_OVERLAY on top."""
    return Overlays(flows_overlay(os.environ)).on(flows_folder(os.environ))


def _book_in_use() -> Book:
    return _book(_flows_in_use().sources)


def _book(flows: Sources | Path) -> Book:
    """Return the book of these flows, filled with sample names."""
    return load_book(flows, SAMPLE_NAMES)


@click.group()
def translations() -> None:
    """Manage the languages besides English: flows/translations/<language>.po."""


@translations.command("update")
@click.option("--language", help="The language's code, such as fr; a new one gets a file. All by default.")
def update_translations(language: str | None) -> None:
    """Update the catalogs to match the current texts."""
    for done in update_files(flows_folder(os.environ), language):
        click.echo(done)


@translations.command("status")
@click.option("--language", help="The language's code. All by default.")
def status_of_translations(language: str | None) -> None:
    """List missing, changed or unconfirmed translations; exit code 1 if there are any."""
    folder = flows_folder(os.environ)
    texts, wrong = tuple(all_texts(read_files(folder))), 0
    for catalog in catalogs_named(folder, language):
        problems = statuses(texts, catalog)
        wrong += len(problems)
        for problem in problems:
            click.echo(problem)
        click.echo(f"{catalog.language}: {len(catalog.entries)} texts, {len(problems)} problems")
    if wrong:
        sys.exit(EXIT_FAILED)
