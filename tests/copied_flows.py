"""Copies of this repository's flows, for tests that edit them."""

import shutil
from pathlib import Path

from hotline.config.settings import OWN_FLOWS
from hotline.publishing.sources import MODEL


def copied_flows(to: Path) -> Path:
    """Copy the flows to a new folder and return it. The trained model is left out, because loading a copy of it
    is slow.
    """
    return Path(shutil.copytree(OWN_FLOWS, to, ignore=shutil.ignore_patterns(MODEL, "__pycache__")))


def edit(flows: Path, file: str, old: str, new: str) -> Path:
    """Replace the first occurrence of these words in a file of the flows; return the folder."""
    path = flows / file
    before = path.read_text(encoding="utf-8")
    assert old in before
    path.write_text(before.replace(old, new, 1), encoding="utf-8")
    return flows
