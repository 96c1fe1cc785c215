"""Flows are read; a broken one is refused with its place, the problem and the fix."""

from pathlib import Path

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Fork, Question
from hotline.conversation.model.events import FlowError
from hotline.publishing.lint.check import SAMPLE_NAMES as NAMES
from hotline.publishing.loader import load_book
from tests.copied_flows import copied_flows
from tests.rows import cases

BROKEN = cases(__file__, "broken_flows")


@pytest.mark.parametrize(("right", "wrong", "told"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_flows_are_refused_with_a_fix(right: str, wrong: str, told: str, tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    copied_flows(flows)
    screening = flows / "screening.toml"
    text = screening.read_text(encoding="utf-8")
    assert right in text
    screening.write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(FlowError) as error:
        load_book(flows, NAMES)
    assert told in str(error.value)


IN_SERIES, OF_A_DAY = 'after = "4 days"', 'after = "-10 days"'
"""The delays of a reminder after an answer, and of one before the last day of a limit."""


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        (IN_SERIES, "-400 days", 'must be between 1 hour and 365 days, or "at once"'),
        (IN_SERIES, "0 days", 'must be between 1 hour and 365 days, or "at once"'),
        (IN_SERIES, "1 minutes", 'must be between 1 hour and 365 days, or "at once"'),
        (IN_SERIES, "400 days", 'must be between 1 hour and 365 days, or "at once"'),
        (IN_SERIES, "99999999999 days", 'must read "at once", "2 hours" or "10 days"'),
        (OF_A_DAY, "-100 days", "must be between -60 days (before that day) and 365 days"),
    ],
)
def test_a_reminder_delay_must_be_plausible(right: str, wrong: str, told: str, tmp_path: Path) -> None:
    """A typo at the desk could text every parent at once, or in 13 months."""
    flows = tmp_path / "flows"
    copied_flows(flows)
    reminders = flows / "reminders.toml"
    text = reminders.read_text(encoding="utf-8")
    assert right in text
    reminders.write_text(text.replace(right, f'after = "{wrong}"', 1), encoding="utf-8")
    with pytest.raises(FlowError) as error:
        load_book(flows, NAMES)
    assert f"after = {wrong!r} {told}" in str(error.value)


def test_a_state_defined_in_two_files_is_refused(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    copied_flows(flows)
    (flows / "extra.toml").write_text('[menu]\ntext = "Hi"\ngo = "rest"\n', encoding="utf-8")
    with pytest.raises(FlowError, match=r"\[menu\]: extra.toml has a state with this name too"):
        load_book(flows, NAMES)


def test_a_folder_without_flows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FlowError, match="FLOWS_DIR"):
        load_book(tmp_path, NAMES)


def test_any_edit_of_a_text_changes_the_version(book: Book, tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    copied_flows(flows)
    assert load_book(flows, NAMES).version == book.version
    plans = flows / "plans.toml"
    plans.write_text(
        plans.read_text(encoding="utf-8").replace("It is free.", "It costs nothing."), encoding="utf-8"
    )
    assert load_book(flows, NAMES).version != book.version


def test_no_chain_of_statements_is_circular(book: Book) -> None:
    for start in book.states:
        reached: set[str] = set()
        edge = {start}
        while edge:
            name = edge.pop()
            state = book.states.get(name)
            if state is None or isinstance(state, Question) or name in reached:
                assert name != start or not reached or isinstance(state, Question), (
                    f"{start} leads back to itself"
                )
                continue
            reached.add(name)
            edge |= {case.go for case in state.cases} if isinstance(state, Fork) else {state.go}
