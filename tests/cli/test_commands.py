"""The `hotline` command, as a user runs it."""

import io
import os
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import click
import pytest
from click.testing import CliRunner

from devtools.local.made_up import complete
from hotline.cli import COMMANDS, SECTIONS, main
from hotline.cli import hotline as command
from hotline.config.settings import Settings
from hotline.publishing.letters import load_letters
from hotline.publishing.lint import check as gate
from hotline.publishing.lint.graph_places import Walk
from hotline.publishing.lint.reviews import reviews
from hotline.publishing.loader import load_book
from hotline.store.heartbeat import last_beat
from tests.own_redis import OwnRedis
from tests.running import program
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]


def own_environ(**environ: str) -> dict[str, str]:
    """Return an environment with only these settings."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ} | environ


def hotline(*words: str, **environ: str) -> tuple[int | str | None, str, str]:
    """Run the command in this process; return its exit code, stdout and stderr."""
    out, err, code = io.StringIO(), io.StringIO(), None
    with (
        patch.dict(os.environ, own_environ(**environ), clear=True),
        patch.object(sys, "argv", ["hotline", *words]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("process", ["web", "worker", "clock"])
def test_invalid_settings_are_reported_without_a_traceback(process: str) -> None:
    code, out, err = hotline(process, PORT="eighty")
    assert (2, "") == (code, out)
    assert err.startswith(
        "The settings are invalid:\n  PUBLIC_BASE_URL is not set; it must be the URL at which"
    )
    assert "\n  REDIS_URL is not set; it must be the address of Redis" in err
    assert "\n  PORT is 'eighty'; it must be a whole number from 1 to 65535\n" in err


def test_the_settings_of_a_trial_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only to those who gave none: who gave a Redis means another service."""
    monkeypatch.chdir(tmp_path)
    hint = "hotline --settings var/settings"
    assert hint not in hotline("misunderstood")[2]
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "settings").touch()
    assert hint in hotline("misunderstood")[2]
    assert hint not in hotline("misunderstood", REDIS_URL="redis://127.0.0.1:1")[2]


@pytest.mark.parametrize("process", ["web", "worker", "clock"])
@pytest.mark.whole
def test_a_redis_that_evicts_data_is_refused(process: str, server: OwnRedis, tmp_path: Path) -> None:
    server.client.config_set("maxmemory-policy", "volatile-lru")
    done = subprocess.run(
        [sys.executable, "-m", "hotline", process],
        env=own_environ(**complete({}, tmp_path) | {"REDIS_URL": server.url}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert 2 == done.returncode
    assert done.stderr.startswith(
        "The settings are invalid:\n  REDIS_URL: this Redis evicts data when its memory is full"
    )
    assert "redis-cli CONFIG SET maxmemory-policy noeviction" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("forbidden", [(), ("-config",), ("-config", "-info")], ids=str)
@pytest.mark.whole
def test_a_redis_that_evicts_nothing_or_hides_its_policy_is_used(
    forbidden: tuple[str, ...], server: OwnRedis, tmp_path: Path
) -> None:
    """A clock starts even if a managed Redis forbids CONFIG and INFO. An unknown policy is logged."""
    server.client.acl_setuser(
        "default", enabled=True, nopass=True, keys=["*"], commands=["+@all", *forbidden]
    )
    said = tmp_path / "said"
    with program("clock", complete({}, tmp_path) | {"REDIS_URL": server.url}, said):
        wait_until(lambda: last_beat(server.client, "clock"), 20)
    assert ("store_policy_unknown" in said.read_text()) is ("-info" in forbidden)


@pytest.mark.whole
def test_a_process_waits_for_a_redis_that_is_down(server: OwnRedis, tmp_path: Path) -> None:
    server.kill()
    said = tmp_path / "said"
    with program("clock", complete({}, tmp_path) | {"REDIS_URL": server.url}, said):
        wait_until(lambda: said.read_text().count("store_busy") > 1, 20)
        server.start()
        wait_until(lambda: last_beat(server.client, "clock"), 20)


@pytest.mark.parametrize("watched", [False, True])
def test_check_summarizes_the_flows(monkeypatch: pytest.MonkeyPatch, walk: Walk, *, watched: bool) -> None:
    """With no settings it reads the flows that come with the service. Who watches at a terminal is told what it does."""
    monkeypatch.delenv("FLOWS_DIR", raising=False)
    monkeypatch.setattr(gate, "walk_book", lambda _: walk)
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: watched, raising=False)
    done = CliRunner().invoke(command, ["check"])
    steps = [line.split()[0] for line in done.stderr.splitlines()]
    assert (["reading", "walking", "playing", "reading"] if watched else []) == steps
    assert done.exit_code == 0, done.output
    for part in ("states", "questions", "outcomes", "reminders", "letters", "languages: en"):
        assert part in done.output


@pytest.mark.parametrize("dates", [False, True])
def test_check_fails_for_an_overdue_review_only_with_dates(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, dates: bool
) -> None:
    """In 2028 it lists each law due for review. The graph walk is left out, because it takes seconds."""
    moved = tmp_path / "moved"
    moved.write_text(str((datetime(2028, 6, 1, tzinfo=UTC) - datetime.now(UTC)) / timedelta(seconds=1)))
    monkeypatch.setenv("CLOCK_FILE", str(moved))

    def without_the_walk(folder: Path, names: dict[str, str], today: date, **_: object) -> gate.Report:
        letters = load_letters(folder, names)
        found = reviews(folder, load_book(folder, names), letters)
        return gate.Report(tuple(gate.overdue_rows(folder, letters, today)), (), found)

    monkeypatch.setattr("hotline.cli.flows.check_flows", without_the_walk)
    done = CliRunner().invoke(command, ["check", "--dates"] if dates else ["check"])
    assert int(dates) == done.exit_code, done.output
    assert "was due for review by 20" in done.output
    assert dates is ("Due: " not in done.output)


def test_the_help_has_each_command_once_with_its_whole_summary() -> None:
    """By who needs it. A sentence that is cut off helps nobody."""
    assert sorted(COMMANDS) == sorted(name for names in SECTIONS.values() for name in names)
    done = CliRunner().invoke(command, ["--help"])
    assert all(f"{heading}:" in done.output for heading in SECTIONS)
    assert "..." not in done.output.split("To try it")[1]


def test_a_mistyped_command_is_answered_with_the_one_that_may_be_meant() -> None:
    wrong = [CliRunner().invoke(command, [each]) for each in ("staf", "xyzzy")]
    assert [2, 2] == [each.exit_code for each in wrong]
    assert ["Did you mean: hotline staff?" in each.output for each in wrong] == [True, False]


def test_check_reports_a_broken_flow(tmp_path: Path) -> None:
    (tmp_path / "book.toml").write_text("this is = not [TOML")
    code, _, err = hotline("check", FLOWS_DIR=str(tmp_path))
    assert code == 1
    assert "book.toml" in err


def test_the_phone_says_how_to_start_the_service() -> None:
    for phone in ("text", "call"):
        code, _, err = hotline(phone, SIMULATOR_PORT="1")
        assert code == 1
        assert "http://127.0.0.1:1" in err
        assert "make run" in err


def test_the_phone_finds_the_carrier_of_the_settings() -> None:
    """On this machine only: no real carrier is asked to simulate a phone."""
    for named, asked in (
        ("http://127.0.0.1:2/", "http://127.0.0.1:2"),
        ("https://example.org", "http://127.0.0.1:1"),
    ):
        code, _, err = hotline("text", TWILIO_API_BASE_URL=named, SIMULATOR_PORT="1")
        assert (1, True) == (code, asked in err)


def test_a_command_is_imported_when_it_runs() -> None:
    """Rule 1: nothing waits for the dependencies of the others."""
    code = "import sys, hotline.cli; print(sorted({'flask', 'redis', 'rq', 'twilio', 'granian'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_command_is_where_the_table_says() -> None:
    done = CliRunner().invoke(command, ["--help"])
    assert 0 == done.exit_code, done.output
    for name in COMMANDS:
        found = command.get_command(click.Context(command), name)
        assert found
        assert name == found.name
        assert re.search(rf"(?m)^  {name} +[A-Z]", done.output)


def test_the_rehearsal_carrier_has_the_hotlines_number_as_newly_bought(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, str] = {}

    def run(environ: dict[str, str]) -> int:
        given.update(environ)
        return 0

    monkeypatch.setattr("devtools.twilio_sim.__main__.main", run)
    file = tmp_path / "hotline.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in complete({}, tmp_path).items()))
    for name in (*complete({}, tmp_path), "REDIS_URL"):
        monkeypatch.setenv(name, "")  # `load` modifies the environment of this process
    assert "REDIS_URL is not set" in str(
        CliRunner().invoke(command, ["--settings", str(file), "carrier"]).exception
    )
    file.write_text(f"{file.read_text()}REDIS_URL=redis://127.0.0.1:6379/0\n")
    done = CliRunner().invoke(command, ["--settings", str(file), "carrier"])
    assert 0 == done.exit_code, done.output
    settings = Settings.read(given)
    assert ("yes", settings.sender) == (given["SIMULATOR_NEW_NUMBER"], settings.hotline_numbers[0])
