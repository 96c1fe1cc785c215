"""`hotline overlay`, and the commands that read flows, with FLOWS_OVERLAY."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from redis import Redis

from devtools.local import made_up
from hotline import clock
from hotline.cli import hotline
from hotline.config.settings import OWN_FLOWS
from hotline.store.words_versions import Waiting, WordsVersions
from tests.copied_flows import copied_flows, edit

GOODBYE = "hotline.goodbye.text"


def run(*command: str, **environ: str) -> Result:
    """Run a command; return its output and exit code."""
    return CliRunner().invoke(hotline, command, env={"FLOWS_DIR": "", **environ})


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Make an overlay file as an operator does, from the output of `overlay text`."""
    path = tmp_path / "own.toml"
    printed = run("overlay", "text", GOODBYE).output
    path.write_text(
        printed.replace('written = "Thank you.', 'written = "Thanks from all of us.').replace(
            'written = "Gracias.', 'written = "Gracias de todos.'
        ),
        encoding="utf-8",
    )
    return path


def test_an_overlay_can_be_made_shown_and_previewed(own: Path) -> None:
    shown = run("overlay", "show", FLOWS_OVERLAY=str(own))
    assert f"text en {GOODBYE}: Thanks from all of us." in shown.output
    assert "Conflict" not in shown.output
    difference = run("preview", "--against", str(OWN_FLOWS), FLOWS_OVERLAY=str(own))
    assert "now  Thanks from all of us." in difference.output
    assert "now  Gracias de todos." in difference.output


def test_a_conflict_is_listed_with_both_texts(own: Path, tmp_path: Path) -> None:
    flows = copied_flows(tmp_path / "flows")
    edit(flows, "hotline.toml", "Thank you. We keep", "Many thanks. We keep")
    said = run("overlay", "show", str(own), FLOWS_DIR=str(flows)).output
    assert f"Conflict: text {GOODBYE} (en): yours is served" in said
    assert "theirs Many thanks. We keep" in said
    assert "yours  Thanks from all of us." in said


def test_a_transcript_uses_the_texts_in_effect(tmp_path: Path) -> None:
    own = tmp_path / "greeting.toml"
    printed = run("overlay", "text", "hotline.greeting.text").output
    own.write_text(
        printed.replace("Español: ESPAÑOL. {hotline}: free", "Snow day. {hotline}: free", 1), encoding="utf-8"
    )
    played = run("transcript", "--outcome", "OUT-IEP", FLOWS_OVERLAY=str(own))
    assert "Snow day. Parent Hotline: free school help" in played.output


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("overlay", "show"), "name a file, or set FLOWS_OVERLAY"),
        (("overlay", "text", "hotline.goodby"), "there is hotline.goodbye.text"),
    ],
)
def test_a_missing_file_or_text_is_reported(command: tuple[str, ...], says: str) -> None:
    done = run(*command)
    assert done.exit_code
    assert says in done.output


def test_an_import_waits_for_the_change_that_the_desk_is_checking(
    own: Path, redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    """Otherwise that change would be lost, and its editor told that it was published."""
    checking = Waiting("ed", 0, clock.now().timestamp(), "ed", "the greeting", "")
    WordsVersions(redis).wait(checking)
    environ = made_up.complete({"REDIS_URL": redis_url}, tmp_path)
    done = run("overlay", "import", str(own), **environ)
    assert (1, True) == (done.exit_code, "a change is being checked at the desk" in done.output), done.output
    assert checking == WordsVersions(redis).waiting()
