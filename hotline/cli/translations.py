"""`hotline translations`: the catalogs of the languages besides English."""

from __future__ import annotations

import os
import sys

import click

from hotline.cli.exit_codes import EXIT_FAILED
from hotline.config.settings import flows_folder
from hotline.publishing.catalogs import chosen
from hotline.publishing.texts import all_texts, read_files
from hotline.publishing.translations import statuses, update_files


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
    for catalog in chosen(folder, language):
        problems = statuses(texts, catalog)
        wrong += len(problems)
        for problem in problems:
            click.echo(problem)
        click.echo(f"{catalog.language}: {len(catalog.entries)} texts, {len(problems)} problems")
    if wrong:
        sys.exit(EXIT_FAILED)
