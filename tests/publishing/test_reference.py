"""Errors in the data by US state."""

from pathlib import Path

import pytest

from hotline.conversation.model.events import FlowError
from hotline.publishing.reference import read_reference
from tests.copied_flows import copied_flows, edit


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("review_by = 2027-02-23", 'review_by = "2027-02-23"', r"\[AK\]: review_by must be a date"),
        ("checked = 2026-11-23", "checked = 2026", r"\[AK\]: checked must be a date"),
        ("phone = ", "phon = ", r"\[AK\]: no key named 'phon'; did you mean 'phone'\?"),
        ("source = ", "# source = ", r"\[AK\]: lacks source"),
        ("[AK]", "[XX]", r"\[XX\]: no state has this code"),
    ],
)
def test_an_error_in_a_center_is_named(old: str, new: str, says: str, tmp_path: Path) -> None:
    flows = edit(copied_flows(tmp_path / "flows"), "reference/centers.toml", old, new)
    with pytest.raises(FlowError, match=says):
        read_reference(flows)
