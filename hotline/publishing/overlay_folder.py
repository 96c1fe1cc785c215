"""Apply an overlay to the sources of flows. No loader or check needs to know: the result is read like any sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tomli_w

from hotline.publishing.catalogs import FOLDER as TRANSLATIONS
from hotline.publishing.catalogs import read_catalogs, written
from hotline.publishing.overlay import Overlay
from hotline.publishing.overlay_merge import Conflict, FlowTables, Merged, merge
from hotline.publishing.printed_texts import read_printed
from hotline.publishing.reference import read_rows
from hotline.publishing.sources import Folder, Sources
from hotline.publishing.texts import read_files


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
    now = merged.flows
    for file, table in now.tables.items():
        if table != upstream.tables.get(file):
            yield f"{file}.toml", tomli_w.dumps(table)
    for file, table in now.printed.items():
        if table != upstream.printed[file]:
            yield f"{file}.toml", tomli_w.dumps(table)
    if now.centers != upstream.centers:
        yield "reference/centers.toml", tomli_w.dumps(now.centers)
    for language, catalog in now.catalogs.items():
        if catalog != upstream.catalogs[language]:
            yield f"{TRANSLATIONS}/{language}.po", written(catalog)
