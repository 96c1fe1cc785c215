"""The preview of an edit."""

import shutil
import subprocess
from pathlib import Path

import pytest

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.book import Book
from hotline.conversation.model.events import FlowError
from hotline.publishing.lint.check import SAMPLE_NAMES as NAMES
from hotline.publishing.lint.preview import differences, flows_against
from hotline.publishing.loader import load_book
from tests.copied_flows import copied_flows, edit

GIT = shutil.which("git") or "git"
QUESTION = 'text = "Which age group is your child in?"'


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    """Return an editable copy of the flows."""
    return copied_flows(tmp_path / "flows")


def edited(flows: Path, old: str, new: str, file: str = "screening.toml") -> Book:
    return load_book(edit(flows, file, old, new), NAMES)


def test_nothing_changed_is_said_in_a_line(book: Book, flows: Path) -> None:
    assert ["Nothing that a parent reads, hears or is asked has changed."] == list(
        differences(book, load_book(flows, NAMES))
    )


def test_a_changed_text_is_shown_with_its_cost(book: Book, flows: Path) -> None:
    long = "Which age group is your child in? " + "Tell us the age in years. " * 8
    shown = list(differences(book, edited(flows, QUESTION, f'text = "{long}"')))
    at = shown.index("~ en screening.child_age.text: 1 segment before, 2 segments now")
    assert ["    was  Which age group is your child in?", f"    now  {long}"] == shown[at + 1 : at + 3]
    assert any(line.startswith("= en OUT-EI, shortest path: 3 texts in, ") for line in shown)


def test_new_states_and_edges_are_shown(book: Book, flows: Path) -> None:
    after = edited(
        flows,
        'You can write or call any time."\ndoes = [{ refuse = "series" }]\ngo = "where_you_live"',
        'You can write or call any time."\ndoes = [{ refuse = "series" }]\ngo = "one_more"\n\n'
        '[one_more]\ntext = "One more thing."\ngo = "where_you_live"',
    )
    shown = list(differences(book, after))
    assert "+ screening.toml [one_more] is new" in shown
    assert "> screening.toml [texts_off] go: leads to one_more; it was where_you_live" in shown
    assert "- screening.toml [one_more] was removed" in differences(after, book)


def test_an_unreachable_outcome_is_shown(book: Book, flows: Path) -> None:
    after = edited(
        flows, 'ages = [0, 3], go = "outcome_early_intervention"', 'ages = [0, 3], go = "sent_home"'
    )
    assert any("OUT-EI" in line and "out of reach" in line for line in differences(book, after))


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
    subprocess.run([GIT, "-C", str(folder), *who, *words], check=True, capture_output=True)


def test_the_flows_of_a_git_revision_are_found(flows: Path) -> None:
    git(flows.parent, "init", "--quiet")
    (flows.parent / "other.txt").write_text("not a flow")
    git(flows.parent, "add", ".")
    git(flows.parent, "commit", "--quiet", "-m", "before")
    edited(flows, QUESTION, 'text = "How old?"')
    with flows_against("HEAD", flows) as earlier:
        assert QUESTION in (earlier / "screening.toml").read_text(encoding="utf-8")
        assert not (earlier / "other.txt").exists()
    with pytest.raises(FlowError, match="--against no-such: no such folder, and git has no flows there"):
        flows_against("no-such", flows).__enter__()


@pytest.mark.parametrize("given", ["HEAD", "--output=x"])
def test_an_invalid_base_is_reported(given: str, flows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(flows))
    with pytest.raises(FlowError, match=r"no such folder, and .* use (one|a folder)"):
        flows_against(given, flows).__enter__()


def test_a_git_that_does_not_answer_is_reported(flows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotline.publishing.lint.preview.GIT_SECONDS", 0)
    with pytest.raises(FlowError, match="git did not answer within 0 seconds"):
        flows_against("HEAD", flows).__enter__()


def test_a_folder_can_be_the_base(flows: Path) -> None:
    with flows_against(str(flows), OWN_FLOWS) as earlier:
        assert flows == earlier
