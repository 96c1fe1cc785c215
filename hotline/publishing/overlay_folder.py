"""A flows folder with an overlay applied: a temporary folder that everything else reads like any other.

Loading, checking, archiving and playing flows need not know of overlays. Files that the overlay does not touch are
links to the real ones, so that the trained model and the lexicon are read once in a process.
"""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tomli_w

from hotline.conversation.model.events import FlowError
from hotline.publishing.catalogues import FOLDER as TRANSLATIONS
from hotline.publishing.catalogues import read_catalogues, written
from hotline.publishing.overlay import Overlay
from hotline.publishing.overlay_merge import Conflict, Merged, Sources, merge
from hotline.publishing.printed_texts import read_printed
from hotline.publishing.texts import read_files

CENTERS: Final = "reference/centers.toml"


@dataclass(frozen=True, slots=True)
class Overlaid:
    """A folder to read flows from, and what in the overlay no longer fits them."""

    folder: Path
    conflicts: tuple[Conflict, ...] = ()


def read_sources(folder: Path) -> Sources:
    """Return what the flows in `folder` are read from. Raise FlowError."""
    catalogues = {each.language: each for each in read_catalogues(folder)}
    return Sources(read_files(folder), _read_centers(folder), catalogues, read_printed(folder))


@contextmanager
def overlaid(folder: Path, overlay: Overlay) -> Iterator[Overlaid]:
    """Yield the flows in `folder` with the overlay applied, until the block ends; `folder` itself if it is empty.

    Raise FlowError if the flows cannot be read.
    """
    if not overlay:
        yield Overlaid(folder)
        return
    upstream = read_sources(folder)
    merged = merge(upstream, overlay)
    files = dict(_changed(upstream, merged))
    with tempfile.TemporaryDirectory(prefix="hotline-overlay-") as name:
        _link(folder, Path(name), files)
        yield Overlaid(Path(name), merged.conflicts)


def _changed(upstream: Sources, merged: Merged) -> Iterator[tuple[str, str]]:
    """Yield the path and the content of each file that the overlay changes."""
    now = merged.sources
    for file, table in now.tables.items():
        if table != upstream.tables.get(file):
            yield f"{file}.toml", tomli_w.dumps(table)
    for file, table in now.printed.items():
        if table != upstream.printed[file]:
            yield f"{file}.toml", tomli_w.dumps(table)
    if now.centers != upstream.centers:
        yield CENTERS, tomli_w.dumps(now.centers)
    for language, catalogue in now.catalogues.items():
        if catalogue != upstream.catalogues[language]:
            yield f"{TRANSLATIONS}/{language}.po", written(catalogue)


def _link(folder: Path, to: Path, files: Mapping[str, str]) -> None:
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if path.is_dir() or str(relative) in files or "__pycache__" in relative.parts:
            continue
        place = to / relative
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(path.resolve())
    for name, content in files.items():
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        (to / name).write_text(content, encoding="utf-8")


def _read_centers(folder: Path) -> dict[str, dict[str, Any]]:
    try:
        return tomllib.loads((folder / CENTERS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FlowError(f"{CENTERS}: is not there; copy it from the repository's flows/reference/") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FlowError(f"{CENTERS}: is not TOML: {error}") from error
