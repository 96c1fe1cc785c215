"""`hotline doctor`."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Mapping

import click

from hotline import log
from hotline.config.given import SettingsError
from hotline.doctor import lines
from hotline.doctor.examination import examine

EXIT_MUST_BE_FIXED = 1


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for use by a program.")
@click.option("--release", is_flag=True, help="Before a deploy: fail only for what would break serving.")
def doctor(*, as_json: bool, release: bool) -> None:
    """Check everything that the hotline depends on: one line per check, "ok" or what to do.

    Exit code 1 if anything must be fixed.
    """
    log.silence()  # the output reports the problems
    found = []
    unread = click.get_current_context().find_object(SettingsError)
    for line in examine(os.environ, release=release, unread=unread.problems if unread else ()):
        found.append(line)
        if not as_json:
            click.echo(line)
    if as_json:
        click.echo(json.dumps(lines.as_json(found, release=release), indent=2, ensure_ascii=False))
    if lines.fails(found, release=release):
        sys.exit(EXIT_MUST_BE_FIXED)
    if release and _runs_on(os.environ):
        signal.pause()


def _runs_on(environ: Mapping[str, str]) -> bool:
    """Check whether honcho or foreman started this as the `release` process of the Procfile.

    They stop all processes when one exits, unlike a platform with a release phase, such as Heroku.
    """
    return any(environ.get(name, "").startswith("release.") for name in ("HONCHO_PROCESS_NAME", "PS"))
