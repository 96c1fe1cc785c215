"""Apply overlays to the sources of flows. No loader or check needs to know: the result is read like any sources.

Rule 1: the overlay published at the desk goes on top of the file that FLOWS_OVERLAY names; both go on top of the flows.
Rule 2: a version published at the desk is complete and has a number, so unlike files it needs no second poll.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import tomli_w

from hotline.publishing.catalogs import FOLDER as TRANSLATIONS
from hotline.publishing.catalogs import read_catalogs, written
from hotline.publishing.overlay import Overlay, read_overlay, read_overlay_file
from hotline.publishing.overlay_merge import Conflict, FlowTables, Merged, merge
from hotline.publishing.printed_texts import read_printed
from hotline.publishing.reference import read_rows
from hotline.publishing.sources import Folder, Sources, Stamp
from hotline.publishing.texts import read_files

DESK: Final = "words of the desk"


@dataclass(frozen=True, slots=True)
class Overlaid:
    """The sources of flows with an overlay applied, and the overlay's conflicts with the flows."""

    sources: Sources
    conflicts: tuple[Conflict, ...] = ()


def read_tables(folder: Folder) -> FlowTables:
    """Return the parsed flows in `folder`. Raise FlowError."""
    catalogs = {each.language: each for each in read_catalogs(folder)}
    return FlowTables(read_files(folder), read_rows(folder, "centers"), catalogs, read_printed(folder))


def overlaid(flows: Sources | Path, overlay: Overlay) -> Overlaid:
    """Return the flows with the overlay applied. Raise FlowError if they cannot be read."""
    sources = Sources.of(flows)
    if not overlay:
        return Overlaid(sources)
    upstream = read_tables(sources)
    merged = merge(upstream, overlay)
    return Overlaid(sources.changed(dict(_changed(upstream, merged))), merged.conflicts)


def _changed(upstream: FlowTables, merged: Merged) -> Iterator[tuple[str, str]]:
    """Yield the path and the content of each file that the overlay changes."""
    now, before = merged.flows, {**upstream.tables, **upstream.printed}
    for file, table in {**now.tables, **now.printed}.items():
        if table != before.get(file):
            yield f"{file}.toml", tomli_w.dumps(table)
    if now.centers != upstream.centers:
        yield "reference/centers.toml", tomli_w.dumps(now.centers)
    for language, catalog in now.catalogs.items():
        if catalog != upstream.catalogs[language]:
            yield f"{TRANSLATIONS}/{language}.po", written(catalog)


class Published(Protocol):
    """The version in force of the overlay published at the desk."""

    @property
    def number(self) -> int:
        """Its number; 0 if nothing is published."""
        ...

    @property
    def overlay(self) -> str:
        """The overlay in TOML."""
        ...

    @property
    def judged(self) -> str:
        """The version of the book that was checked before publishing; "" if unknown."""
        ...


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing is published at the desk."""

    number: int = 0
    overlay: str = ""
    judged: str = ""


NOTHING: Final = Nothing()


class Overlays:
    """The overlays on top of the flows. Thread-safe; `desk` returns the published version and never raises."""

    def __init__(self, file: Path | None = None, desk: Callable[[], Published] = lambda: NOTHING) -> None:
        self.file, self.published = file, desk

    def stamp(self) -> Stamp:
        """Return a stamp that changes when the file changes; () without a file."""
        if self.file is None:
            return ()
        try:
            stat = self.file.stat()
        except OSError:
            return ((str(self.file), 0, 0),)
        return ((str(self.file), stat.st_mtime_ns, stat.st_size),)

    def of_file(self) -> Overlay:
        """Return the overlay in the file. Raise FlowError."""
        return read_overlay_file(self.file) if self.file else Overlay()

    def overlay(self, published: Published) -> Overlay:
        """Return both overlays merged into one. Raise FlowError."""
        return read_overlay(published.overlay, DESK).on_top_of(self.of_file())

    def on(self, flows: Sources | Path, published: Published = NOTHING) -> Overlaid:
        """Return the flows with the overlays applied. Raise FlowError."""
        return overlaid(flows, self.overlay(published))
