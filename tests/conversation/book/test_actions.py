"""Actions of a state: parsing, and error messages for invalid ones."""

import re
from pathlib import Path
from typing import Any

import pytest

from hotline.conversation.book.actions import (
    ENDINGS,
    Action,
    Do,
    RecordConsent,
    RecordMessage,
    RecordRefusal,
    RingStaff,
    Scope,
    StartReminder,
    is_ending,
    named_in,
    read_actions,
)
from hotline.conversation.model.events import FlowError

CONSENT = {"consent": "may_we", "to": "nudge"}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param({}, (), id="none"),
        pytest.param({"does": ["transfer"], "missed": "else"}, (RingStaff("else"),), id="transfer"),
        pytest.param({"does": ["record"], "missed": "else"}, (RecordMessage("else"),), id="record"),
        pytest.param({"does": [CONSENT]}, (RecordConsent("may_we", Scope.NUDGE),), id="consent"),
        pytest.param(
            {"does": [{"consent": "may_we"}]}, (RecordConsent("may_we"),), id="consent to the series"
        ),
        pytest.param({"does": [{"refuse": "this"}]}, (RecordRefusal(Scope.THIS),), id="refuse"),
        pytest.param(
            {"does": [{"start": "later"}, "hang_up"]},
            (StartReminder("later"), Do.HANG_UP),
            id="in their order",
        ),
        pytest.param(
            {"does": [{"start": "later", "when": "call_over"}]},
            (StartReminder("later", at_end=True),),
            id="after the call",
        ),
        *(pytest.param({"does": [each.value]}, (each,), id=each) for each in Do),
    ],
)
def test_actions_are_read(entry: dict[str, Any], expected: tuple[Action, ...]) -> None:
    assert expected == read_actions("a.toml [b]", entry)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        pytest.param({"does": "transfer"}, 'does is a list, such as does = ["transfer"]', id="no list"),
        pytest.param({"does": ["ring"]}, "does has 'ring'; each is \"transfer\"", id="unknown"),
        pytest.param({"does": [{"consent": "a", "for": "b"}]}, "each is", id="an unknown key"),
        pytest.param({"does": [{"start": "a", "refuse": "series"}]}, "each is", id="two in one table"),
        pytest.param({"does": [{"start": "a", "when": "soon"}]}, "each is", id="an unknown when"),
        pytest.param({"does": [{}]}, "each is", id="an empty table"),
        pytest.param({"does": [3]}, "each is", id="a number"),
        pytest.param(
            {"does": [{"refuse": "all"}]}, "one of series, pending, nudge, this", id="unknown texts"
        ),
        pytest.param(
            {"does": [{"refuse": ["series"]}]}, "one of series, pending, nudge, this", id="a list of texts"
        ),
        pytest.param({"does": ["transfer"]}, "has missed", id="transfer without missed"),
        pytest.param({"does": ["erase"], "missed": "a"}, "others do not", id="missed without a call"),
        pytest.param(
            {"does": ["hang_up", "opt_out"]}, "can only be the last", id="an ending that is not last"
        ),
    ],
)
def test_a_wrong_action_is_refused(entry: dict[str, Any], says: str) -> None:
    with pytest.raises(FlowError, match=re.escape(says)) as refused:
        read_actions("a.toml [b]", entry)
    assert str(refused.value).startswith("a.toml [b]: ")


def test_the_endings_are_those_that_end() -> None:
    actions: dict[str, Action] = {
        "transfer": RingStaff(""),
        "record": RecordMessage(""),
        **{d: d for d in Do},
    }
    assert set(ENDINGS) == {name for name, action in actions.items() if is_ending(action)}
    assert not is_ending(RecordConsent("a"))


def test_what_an_action_names_is_checked() -> None:
    actions = (RecordConsent("a"), StartReminder("b"), RecordRefusal(), RingStaff("c"), Do.ERASE)
    assert [("question", "a"), ("reminder", "b")] == list(named_in(actions))


def test_the_readme_lists_each_action() -> None:
    readme = Path("flows/README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `[\"{].*", readme, re.MULTILINE)
    for name in ("consent", "refuse", "start", "transfer", "record", *Do):
        assert any(re.search(rf"\b{name}\b", row.split(" | ")[0]) for row in rows), name
