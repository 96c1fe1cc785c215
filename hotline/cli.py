"""The `hotline` command: everything an operator, a developer or a host can start.

Rule 1: a command imports its dependencies when it runs, so that `hotline text` starts instantly.
Rule 2: operator errors are printed in plain text without a traceback: exit code 2 for settings,
1 for everything else.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hotline.config import settings_file
from hotline.config.settings import Settings, SettingsError, flows_folder, flows_overlay, is_given
from hotline.connect.command import connect, forms
from hotline.conversation.model.events import FlowError
from hotline.doctor.command import doctor
from hotline.overlay_command import conflict_lines, overlay
from hotline.staff_command import staff

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from hotline.conversation.book.states import Book
    from hotline.publishing.overlay_folder import Overlaid

EXIT_SETTINGS = 2
EXIT_FAILED = 1

TRYING_FROM = "+12025550123"
"""A fictional number that is never assigned to a phone."""


def main() -> None:
    """Run the console script and exit with its exit code."""
    try:
        hotline.main(prog_name="hotline")
    except SettingsError as wrong:
        click.echo("The settings are not right:", err=True)
        for problem in wrong.problems:
            click.echo(f"  {problem}", err=True)
        sys.exit(EXIT_SETTINGS)
    except FlowError as wrong:
        click.echo(f"The flows are not right: {wrong}", err=True)
        sys.exit(EXIT_FAILED)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="parent-hotline")
@click.option(
    "--settings",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar=settings_file.VARIABLE,
    help=f"A file with settings, NAME=value a line; {settings_file.VARIABLE} may name it too. The environment goes before it.",
)
def hotline(file: Path | None) -> None:
    """Run a free hotline that parents text or call to learn about 504 Plans and IEPs."""
    if file:
        settings_file.load(file, os.environ)


@hotline.command()
def run() -> None:
    """Run the whole service on this machine, with a simulated carrier."""
    from devtools.local.run import run as run_all

    sys.exit(run_all(os.environ))


@hotline.command()
def web() -> None:
    """Serve the webhooks until SIGTERM."""
    settings = _start("web", os.environ)

    from hotline.publishing.letters import letters_for
    from hotline.publishing.versions import open_shelf

    shelf = open_shelf(settings)  # report a broken flow once here, not in each process
    if shelf.problem:
        click.echo(f"The flows are not right: {shelf.problem}\nMeanwhile {shelf.serves}.", err=True)
    if problem := letters_for(settings)[1]:
        click.echo(f"The letters are not right: {problem}\nMeanwhile our own are served.", err=True)

    from hotline.ports import CannotStart, need_free_port
    from hotline.web.handed import address_of, handed_socket
    from hotline.web.server import open_server

    handed, meant = handed_socket(os.environ), f"{settings.host}:{settings.port}"
    if handed is not None and address_of(handed) != meant:
        click.echo(f"systemd listens on {address_of(handed)}; HOST and PORT, {meant}, do nothing.", err=True)
    try:
        if handed is None:
            need_free_port("PORT", settings.host, settings.port)
    except CannotStart as problem:
        click.echo(str(problem), err=True)
        sys.exit(EXIT_FAILED)
    open_server(settings, handed).serve()


@hotline.command()
def worker() -> None:
    """Send due messages until SIGTERM."""
    settings = _start("worker", os.environ)

    from workers.worker import work

    work(settings)


@hotline.command()
def clock() -> None:
    """Hand due jobs to the workers until SIGTERM."""
    settings = _start("clock", os.environ)

    from hotline.doctor import rounds
    from workers.clock import run_clock

    rounds.start(settings)
    run_clock(settings)


@hotline.command()
def carrier() -> None:
    """Run a simulated carrier for a rehearsal with these settings, until Ctrl-C.

    Its number is as one buys it: `hotline connect` has everything to set. TWILIO_API_BASE_URL must be its URL.
    """
    Settings.read(os.environ)

    from devtools.twilio_sim.__main__ import main as run_carrier

    sys.exit(run_carrier({**os.environ, "SIMULATOR_NEW_NUMBER": "yes"}))


@hotline.command()
@click.option("--from", "number", default=TRYING_FROM, help="The number to text from.", show_default=True)
def text(number: str) -> None:
    """Text the service through the carrier of `hotline run` or `hotline carrier`."""
    from devtools.twilio_sim import terminal

    terminal.text(_carrier(os.environ), number)


@hotline.command()
@click.option("--from", "number", default=TRYING_FROM, help="The number to call from.", show_default=True)
def call(number: str) -> None:
    """Call the service through the carrier of `hotline run` or `hotline carrier`."""
    from devtools.twilio_sim import terminal

    terminal.call(_carrier(os.environ), number)


@hotline.command()
@click.option("--dates", is_flag=True, help="Fail for a review date that is past, too.")
def check(*, dates: bool) -> None:
    """Walk all of the flows and print the findings or, if there are none, statistics.

    Law past its review date, or within a month of it, is listed; past dates fail only with --dates.
    """
    from datetime import date

    from hotline.clock import now
    from hotline.publishing.letters import load_letters
    from hotline.publishing.lint import reviews
    from hotline.publishing.lint.check import SAMPLE_NAMES
    from hotline.publishing.lint.check import check as check_flows

    folder, today = flows_folder(os.environ), now().date()
    with _flows_in_use() as flows:
        report = check_flows(flows.folder, SAMPLE_NAMES, today if dates else date.min)
        book = _book(flows.folder)
        found = reviews.reviews(flows.folder, book, load_letters(flows.folder / "letters", SAMPLE_NAMES))
    for line in conflict_lines(flows.conflicts):
        click.echo(line)
    for review in reviews.due(found, today):
        if not dates or review.by >= today:  # otherwise it is already a finding
            click.echo(f"Due: {reviews.line(review, today)}")
    for finding in report.findings:
        click.echo(finding)
    if report.findings:
        click.echo(f"{folder}: {len(report.findings)} findings", err=True)
        sys.exit(EXIT_FAILED)
    for figure in report.figures:
        click.echo(figure)


hotline.add_command(doctor)
hotline.add_command(staff)
hotline.add_command(connect)
hotline.add_command(forms)
hotline.add_command(overlay)


@hotline.group()
def translations() -> None:
    """Manage the languages besides English: flows/translations/<language>.po."""


@translations.command("extract")
@click.option("--language", default="xx", help="Its code, such as fr.")
def extract_translations(language: str) -> None:
    """Print a catalog of all texts without any translations."""
    from hotline.publishing import translations as catalogues
    from hotline.publishing.texts import all_texts, read_files

    texts = all_texts(read_files(flows_folder(os.environ)))
    empty = catalogues.Catalogue(language, {}, {})
    click.echo(catalogues.written(catalogues.updated(empty, texts)), nl=False)


@translations.command("update")
@click.option("--language", help="Its code, such as fr; a new one gets its file. All, if not given.")
def update_translations(language: str | None) -> None:
    """Update the catalogs to match the current texts."""
    from hotline.publishing import translations as catalogues

    for done in catalogues.update_files(flows_folder(os.environ), language):
        click.echo(done)


@translations.command("status")
@click.option("--language", help="Its code. All, if not given.")
def status_of_translations(language: str | None) -> None:
    """List missing, changed or unconfirmed translations; exit code 1 if there are any."""
    from hotline.publishing import translations as catalogues
    from hotline.publishing.texts import all_texts, read_files

    folder = flows_folder(os.environ)
    texts, wrong = tuple(all_texts(read_files(folder))), 0
    for catalogue in catalogues.chosen(folder, language):
        problems = catalogues.statuses(texts, catalogue)
        wrong += len(problems)
        for problem in problems:
            click.echo(problem)
        click.echo(f"{catalogue.language}: {len(catalogue.entries)} texts, {len(problems)} problems")
    if wrong:
        sys.exit(EXIT_FAILED)


@hotline.command("map")
@click.option("--to", "file", type=click.Path(path_type=Path), help="Where to; docs/flows.md, if not given.")
def draw_map(file: Path | None) -> None:
    """Draw the flows as charts that GitHub renders, into docs/flows.md."""
    from hotline.publishing.lint.map import MAP, draw

    file = file or MAP
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(draw(_book_in_use()), encoding="utf-8")
    click.echo(f"{file} is drawn")


@hotline.command()
@click.option("--outcome", help="Such as OUT-IEP.")
@click.option("--lang", default="en", show_default=True, help="The language that the person has chosen.")
@click.option("--channel", type=click.Choice(["sms", "voice"]), default="sms", show_default=True)
@click.option("--list", "only_list", is_flag=True, help="List the outcomes.")
def transcript(outcome: str | None, lang: str, channel: str, only_list: bool) -> None:
    """Play the shortest path to an outcome, as text to read aloud."""
    from hotline.conversation.model.events import Channel
    from hotline.publishing.lint import paths
    from hotline.publishing.lint.transcript import play

    book = _book_in_use()
    if only_list or not outcome:
        click.echo("\n".join(paths.outcomes(book)))
        return
    by = Channel(channel)
    moves = paths.shortest(book, outcome, by, lang)
    click.echo(play(book, paths.script(moves, by, f"The shortest way to {outcome}.", lang)), nl=False)


@hotline.command()
@click.option(
    "--against", default="HEAD", show_default=True, help="A folder, or a git revision of the flows."
)
def preview(against: str) -> None:
    """Show what an edit of the flows changed: texts, cost, states, paths."""
    from hotline.publishing.lint.preview import differences, flows_against

    folder = flows_folder(os.environ)
    after = _book_in_use()
    with flows_against(against, folder) as earlier:
        try:
            before = _book(earlier)
        except FlowError as wrong:
            raise FlowError(f"as they were at {against}: {wrong}") from None
    for line in differences(before, after):
        click.echo(line)


def _settings_of_stored_data() -> Settings:
    """Return the settings, or those of the local `make run` store if none are given."""
    if any(is_given(os.environ, name) for name in ("REDIS_URL", "HOTLINE_SECRET")):
        return Settings.read(os.environ)

    from devtools.local.embedded import SOCKET
    from devtools.local.made_up import complete
    from devtools.local.run import OWN_FOLDER

    if not (OWN_FOLDER / SOCKET).exists():
        return Settings.read(os.environ)
    click.echo(f"No settings are given: this is what `make run` keeps in {OWN_FOLDER}.", err=True)
    return Settings.read({**complete(os.environ, OWN_FOLDER), "REDIS_URL": f"unix://{OWN_FOLDER / SOCKET}"})


@hotline.command()
@click.option("--since", default="1970-01-01", show_default=True, help="The first day, in UTC.")
@click.option("--number", default="", help="Of this number alone, such as +15105550100; it is kept nowhere.")
def audit(since: str, number: str) -> None:
    """Print consents and opt-outs as CSV, without phone numbers."""
    from hotline.ops import write_audit

    write_audit(_settings_of_stored_data(), since, number, sys.stdout)


@hotline.command()
def retention() -> None:
    """Print which data is stored and for how long; exit code 1 if any never expires."""
    from hotline import ops

    for line in ops.retention(_settings_of_stored_data()):
        click.echo(line)


@hotline.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write all stored data to FILE while the service runs."""
    from hotline.ops import back_up

    click.echo(back_up(Settings.read(os.environ), file))


@hotline.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Restore a backup into an empty Redis before web, worker and clock start."""
    from hotline.ops import restore as put_back

    click.echo(put_back(Settings.read(os.environ), file))


@hotline.command()
@click.option("--days", default=28, show_default=True, help="Days back that places are counted for.")
def misunderstood(days: int) -> None:
    """Show where texts are not understood, and the public words in them used by three or more people."""
    from hotline import ops

    for line in ops.misunderstood(_settings_of_stored_data(), days):
        click.echo(line)


@hotline.command()
@click.argument("text", required=False)
@click.option("--at", "place", default="", help="The question the text answers, such as child_age.")
@click.option("--lang", default="", help="The language of the person; else that of the text.")
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Rows: text<TAB>lang.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def understand(text: str | None, place: str, lang: str, file: Path | None, as_json: bool) -> None:
    """Show how a text is interpreted: the parts removed, the intent, its source, how sure, and why."""
    from hotline.publishing.understand import explained, understand_file
    from hotline.publishing.understand import understand as understand_text

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


@hotline.command()
def reseal() -> None:
    """Re-encrypt all stored numbers with SEAL_SECRET; exit code 1 if some cannot be decrypted."""
    from hotline.ops import seal_anew

    click.echo(seal_anew(Settings.read(os.environ)))


def _flows_in_use() -> AbstractContextManager[Overlaid]:
    """Yield the folder of FLOWS_DIR with FLOWS_OVERLAY on top."""
    from hotline.publishing.overlays import Overlays

    return Overlays(flows_overlay(os.environ)).on(flows_folder(os.environ))


def _book_in_use() -> Book:
    with _flows_in_use() as flows:
        return _book(flows.folder)


def _book(folder: Path) -> Book:
    """Return the book in the folder, filled with sample names."""
    from hotline.publishing.lint.check import SAMPLE_NAMES
    from hotline.publishing.loader import load_book

    return load_book(folder, SAMPLE_NAMES)


def _start(process: str, environ: Mapping[str, str]) -> Settings:
    """Return the settings of a server process and configure its logging.

    Only warn if Redis is unreachable. Raise SettingsError if its eviction policy could drop data.
    """
    from hotline import log, telemetry
    from hotline.reports import open_reporter
    from hotline.store.connection import StoreBusy, connect
    from hotline.store.redis_config import what_is_wrong, without_password

    settings = Settings.read(environ)
    report = open_reporter(settings.sentry_dsn)
    log.configure(settings.log_level, process, settings.log_format, report)
    if process != "web":  # whose processes are forked from here, and configure it themselves
        telemetry.configure(settings.otel_exporter_otlp_endpoint, process)
    if without_password(settings.redis_url):
        log.log.warning("store_without_password", reason="give_REDIS_URL_a_password")
    try:
        with connect(settings.redis_url) as redis:
            wrong = what_is_wrong(redis)
    except StoreBusy as busy:
        log.log.warning("store_busy", cause=str(busy))
        return settings
    if wrong is None:
        log.log.warning("store_policy_unknown", reason="it_must_be_noeviction")
    elif wrong:
        raise SettingsError((f"REDIS_URL: this Redis {wrong}",))
    return settings


def _carrier(environ: Mapping[str, str]) -> str:
    """Return the URL of the simulated carrier of `hotline run` or `hotline carrier`."""
    from devtools.local.made_up import SIMULATOR_PORT

    return f"http://127.0.0.1:{environ.get('SIMULATOR_PORT') or SIMULATOR_PORT}"
