"""The `hotline` command: everything an operator, a developer or a host can start.

Rule 1: a command imports its dependencies when it runs, so that `hotline text` starts instantly.
Rule 2: an operator's mistake is printed as plain text without a traceback: exit code 2 for settings,
1 for everything else.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from hotline.cli import flows, servers, stored
from hotline.cli.exit_codes import EXIT_FAILED, EXIT_SETTINGS
from hotline.cli.overlay import overlay
from hotline.cli.staff import staff
from hotline.cli.translations import translations
from hotline.config import settings_file
from hotline.config.given import SettingsError
from hotline.connect.command import connect, forms
from hotline.conversation.model.events import FlowError
from hotline.doctor.command import doctor


def main() -> None:
    """Run the console script and exit with its exit code."""
    try:
        hotline.main(prog_name="hotline")
    except SettingsError as wrong:
        click.echo("The settings are invalid:", err=True)
        for problem in wrong.problems:
            click.echo(f"  {problem}", err=True)
        sys.exit(EXIT_SETTINGS)
    except FlowError as wrong:
        click.echo(f"The flows are invalid: {wrong}", err=True)
        sys.exit(EXIT_FAILED)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="parent-hotline")
@click.option(
    "--settings",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar=settings_file.VARIABLE,
    help=f"A settings file with one NAME=value per line; {settings_file.VARIABLE} may name it instead. The environment takes precedence.",
)
@click.pass_context
def hotline(context: click.Context, file: Path | None) -> None:
    """Run a free hotline that parents text or call to learn about 504 Plans and IEPs."""
    try:
        if file:
            settings_file.load(file, os.environ)
    except SettingsError as wrong:
        if context.invoked_subcommand != doctor.name:
            raise
        context.obj = wrong  # the doctor reports it with everything else


for command in (
    *(servers.run, servers.web, servers.worker, servers.clock),
    *(servers.carrier, servers.text, servers.call),
    *(flows.check, flows.draw_map, flows.transcript, flows.preview, flows.understand),
    *(stored.audit, stored.retention, stored.backup, stored.restore, stored.misunderstood, stored.reseal),
    *(translations, overlay, staff, connect, forms, doctor),
):
    hotline.add_command(command)
