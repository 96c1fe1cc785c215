"""What docs/operate.md says to type is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hotline.cli import hotline
from hotline.config.oddities import known_names

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")


def test_each_command_of_ours_is_one() -> None:
    """In a block, or in the text."""
    used = set(re.findall(r"^    hotline ([a-z]+)", GUIDE, re.MULTILINE)) | set(
        re.findall(r"`hotline ([a-z]+)", GUIDE)
    )
    assert {"doctor", "connect", "backup", "restore", "forms"} <= used
    assert used <= hotline.commands.keys()


def test_each_setting_is_one() -> None:
    """By its whole name."""
    named = {
        name
        for name in re.findall(r"\b([A-Z]+(?:_[A-Z]+)+)\b", GUIDE)
        if not name.startswith(("YOUR", "THE"))
    }
    assert len(named) > 8
    assert named - known_names() == {"REQUESTS_CA_BUNDLE"}, "which is of the library that asks"


@pytest.mark.parametrize("file", sorted(set(re.findall(r"\bdeploy/[\w./-]*\w", GUIDE))))
def test_each_file_is_there(file: str) -> None:
    """`deploy/systemd/hotline*` stands for all of its folder."""
    assert (ROOT / file).exists() or list((ROOT / file).parent.glob(f"{Path(file).name}*"))


def test_the_parts_that_are_linked_are_there() -> None:
    """Within the page, and from it to others."""
    headings = {
        re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^###? (.*)$", GUIDE, re.MULTILINE)
    }
    assert set(re.findall(r"\(#([^)]+)\)", GUIDE)) <= headings
    for link in re.findall(r"\]\((\.\./[^)#]+)\)", GUIDE):
        assert (ROOT / "docs" / link).exists(), link
