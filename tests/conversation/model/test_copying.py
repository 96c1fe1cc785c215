"""A copy with changes is what `dataclasses.replace` makes, of values with slots and without."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import pytest

from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Texting
from hotline.conversation.model.session import Session


@dataclass(frozen=True, slots=True)
class Slotted:
    one: int = 1
    two: int = 2


@pytest.mark.parametrize(
    ("value", "changes"),
    [
        (Session(), {}),
        (Session(state="menu"), {"state": "x", "texting": Texting.YES}),
        (Slotted(), {"two": 3}),
    ],
)
def test_a_copy_is_what_dataclasses_make(value: Any, changes: dict[str, Any]) -> None:
    before = dataclasses.replace(value)
    copy = replace(value, **changes)
    assert dataclasses.replace(value, **changes) == copy
    assert hash(dataclasses.replace(value, **changes)) == hash(copy)
    assert before == value


@pytest.mark.parametrize("value", [Session(), Slotted()])
def test_a_field_that_there_is_not_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="statt"):
        replace(value, statt="menu")


def test_a_copy_is_as_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        replace(Session(), state="menu").state = "x"  # type: ignore[misc]
