"""A copy of this repository's flows, for a test to edit."""

from __future__ import annotations

import shutil
from pathlib import Path

from hotline.config.settings import OWN_FLOWS
from hotline.publishing.sources import MODEL


def copied_flows(to: Path) -> Path:
    """Copy the flows to a new folder, and return it.

    Without the trained model, which a folder of flows need not have: it is read where it is, and so once by each
    process. A copy is another file, and reading it takes longer than the rest of a book.
    """
    return Path(shutil.copytree(OWN_FLOWS, to, ignore=shutil.ignore_patterns(MODEL, "__pycache__")))


def edit(flows: Path, file: str, old: str, new: str) -> Path:
    """Replaces the first place in a file of the flows that has these words, and returns the folder."""
    path = flows / file
    before = path.read_text(encoding="utf-8")
    assert old in before
    path.write_text(before.replace(old, new, 1), encoding="utf-8")
    return flows
