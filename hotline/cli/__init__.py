"""The `hotline` command: everything an operator, a developer or a host can start.

Rule 1: the module of a command is imported when the command runs, so that `hotline text` starts instantly.
Rule 2: an operator's mistake is printed as plain text without a traceback: exit code 2 for settings,
1 for everything else.
"""

from __future__ import annotations

import difflib
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

import click

from hotline.cli.exit_codes import EXIT_FAILED, EXIT_SETTINGS
from hotline.config import settings_file
from hotline.config.given import SettingsError
from hotline.conversation.model.events import FlowError

TRIED: Final = Path("var", "settings")
"""The settings that `hotline run` made up, for a command that is started beside them without any."""


def main() -> None:
    """Run the console script and exit with its exit code."""
    try:
        hotline.main(prog_name="hotline")
    except SettingsError as wrong:
        click.echo("The settings are invalid:", err=True)
        for problem in wrong.problems:
            click.echo(f"  {problem}", err=True)
        if TRIED.is_file() and not os.environ.get("REDIS_URL"):
            click.echo(f"For the service of `hotline run`: hotline --settings {TRIED} ...", err=True)
        sys.exit(EXIT_SETTINGS)
    except FlowError as wrong:
        click.echo(f"The flows are invalid: {wrong}", err=True)
        sys.exit(EXIT_FAILED)


COMMANDS: Final = {
    **{name: f"hotline.cli.servers:{name}" for name in ("run", "web", "worker", "clock")},
    **{name: f"hotline.cli.servers:{name}" for name in ("carrier", "text", "call")},
    **{name: f"hotline.cli.flows:{name}" for name in ("check", "transcript", "preview", "understand")},
    "map": "hotline.cli.flows:draw_map",
    **{name: f"hotline.cli.ops:{name}" for name in ("audit", "retention", "misunderstood")},
    **{name: f"hotline.cli.ops:{name}" for name in ("restore", "reseal")},
    "backup": "hotline.cli.ops:back_up",
    "translations": "hotline.cli.flows:translations",
    "overlay": "hotline.cli.overlay:overlay",
    "staff": "hotline.cli.staff:staff",
    "connect": "hotline.connect.command:connect",
    "forms": "hotline.connect.command:forms",
    "doctor": "hotline.doctor.examination:doctor",
}
"""Where each command is defined."""


SECTIONS: Final = {
    "To try it on this machine": ("run", "text", "call", "carrier"),
    "To set it up and keep it running": ("doctor", "connect", "forms", "staff", "web", "worker", "clock"),
    "What is stored": ("backup", "restore", "retention", "audit", "reseal"),
    "The words": (
        "check",
        "preview",
        "transcript",
        "understand",
        "misunderstood",
        "overlay",
        "translations",
        "map",
    ),
}
"""The commands as `hotline --help` lists them."""

WHOLE: Final = 500
"""Characters of a command's summary, more than any has, so that none is cut off."""


class _Commands(click.Group):
    """A group that imports a command when it is needed (Rule 1). Its help needs all of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- as click calls it
        return sorted(COMMANDS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was typed; name the one that may be meant if there is none."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as wrong:
            if like := difflib.get_close_matches(args[0], COMMANDS, 1):
                raise click.UsageError(f"{wrong.message} Did you mean: hotline {like[0]}?", ctx) from None
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by who needs them, each with its whole first sentence."""
        for heading, names in SECTIONS.items():
            found = ((name, self.get_command(ctx, name)) for name in names)
            rows = [(name, each.get_short_help_str(WHOLE)) for name, each in found if each]
            with formatter.section(heading):
                formatter.write_dl(rows)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, command = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(import_module(module), command)
        return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
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
        if context.invoked_subcommand != "doctor":
            raise
        context.obj = wrong  # the doctor reports it with everything else
