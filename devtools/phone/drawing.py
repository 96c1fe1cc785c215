"""Draw a chart as SVG, with the person's position and path.

Rule 1: pure: a chart and a path in, a document out.
Rule 2: no colors here: phone.css sets them, so that a chart is light or dark like the page.
Rule 3: shapes differ, not only colors: a question is round, a fork slanted, an outcome has a double border.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from devtools.phone.chart import LANE, Chart
from hotline.conversation.book.states import Fork, Question, State, Statement

WIDE, HIGH, NARROW = 116, 36, 4
"""The width and height of a state and the width of a lane, in pixels."""
GAP, STEP = 12, 30
"""The gap between two items of a row, and between two rows."""
EDGE = 14
LINE, LINES, LETTERS = 13, 2, 17
"""The line height of a name, the number of lines, and the letters per line."""
SLANT = 9


@dataclass(frozen=True, slots=True)
class Way:
    """A person's path: its states and arrows, and the current state ("" for none)."""

    states: Collection[str] = ()
    arrows: Collection[tuple[str, str]] = ()
    here: str = ""


def draw(chart: Chart, way: Way, title: str) -> str:
    """Return the SVG document. `title` is for screen readers."""
    width = max(map(_width, chart.rows), default=0) + 2 * EDGE
    height = len(chart.rows) * (HIGH + STEP) - STEP + 2 * EDGE
    svg = Element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {width} {height}", "role": "img"},
        width=str(width),
        height=str(height),
    )
    SubElement(svg, "title").text = title
    middles = tuple(_middles(row, width) for row in chart.rows)
    for arrow in sorted(chart.arrows, key=lambda arrow: arrow in way.arrows):  # draw the walked path on top
        kind = "arrow walked" if arrow in way.arrows else "arrow"
        SubElement(svg, "path", {"class": kind, "d": _path(chart, middles, *arrow)})
    for name, row in chart.row_of.items():
        _state(svg, chart.states[name], (middles[row][name] - WIDE // 2, _top(row)), way)
    return ET.tostring(svg, encoding="unicode")


def _width(row: tuple[str, ...]) -> int:
    return sum(map(_wide, row)) + GAP * (len(row) - 1)


def _wide(name: str) -> int:
    return NARROW if name.startswith(LANE) else WIDE


def _middles(row: tuple[str, ...], page: int) -> dict[str, int]:
    """Return the center x of each state and lane of a row, which is centered on the page."""
    left = (page - _width(row)) // 2
    middles = {}
    for name in row:
        middles[name] = left + _wide(name) // 2
        left += _wide(name) + GAP
    return middles


def _top(row: int) -> int:
    return EDGE + row * (HIGH + STEP)


def _path(chart: Chart, middles: tuple[dict[str, int], ...], start: str, end: str) -> str:
    """Return the SVG path of an arrow: down through its lanes or, for a loop, around on the right."""
    row, last = chart.row_of[start], chart.row_of[end]
    x, to_x = middles[row][start], middles[last][end]
    if last <= row:
        x, to_x, y, to_y = x + WIDE // 2, to_x + WIDE // 2, _top(row) + HIGH // 2, _top(last) + HIGH // 2
        out = max(x, to_x) + EDGE
        tip = f"M{to_x + 5} {to_y - 3}L{to_x} {to_y}L{to_x + 5} {to_y + 3}"
        return f"M{x} {y}C{out} {y} {out} {to_y} {to_x} {to_y}{tip}"
    path = f"M{x} {_top(row) + HIGH}"
    for each in range(row + 1, last + 1):
        next_x, y, to_y = (
            middles[each][end if each == last else f"{LANE}{end}"],
            _top(each) - STEP,
            _top(each),
        )
        path += f"C{x} {y + STEP * 2 // 3} {next_x} {y + STEP // 3} {next_x} {to_y}"
        path += f"V{to_y + HIGH}" if each < last else ""
        x = next_x
    return f"{path}M{x - 3} {to_y - 5}L{x} {to_y}L{x + 3} {to_y - 5}"


def _state(svg: Element, state: State, corner: tuple[int, int], way: Way) -> None:
    classes = ["state", _kind(state)]
    classes += ["walked"] if state.name in way.states else []
    classes += ["here"] if state.name == way.here else []
    place = f"translate({corner[0]} {corner[1]})"
    group = SubElement(svg, "g", {"class": " ".join(classes), "transform": place})
    if isinstance(state, Fork):
        points = f"{SLANT},0 {WIDE},0 {WIDE - SLANT},{HIGH} 0,{HIGH}"
        SubElement(group, "polygon", {"points": points})
    else:
        radius = str(HIGH // 2 if isinstance(state, Question) else 4)
        SubElement(group, "rect", {"width": str(WIDE), "height": str(HIGH), "rx": radius})
    if isinstance(state, Statement) and state.outcome:
        inner = {"x": "3", "y": "3", "width": str(WIDE - 6), "height": str(HIGH - 6), "rx": "2"}
        SubElement(group, "rect", inner)
    for line, at in _lines(state.name):
        SubElement(group, "text", {"x": str(WIDE // 2), "y": str(at), "text-anchor": "middle"}).text = line


def _kind(state: State) -> str:
    match state:
        case Question():
            return "question"
        case Statement():
            return "outcome" if state.outcome else "statement"
        case Fork():
            return "fork"


def _lines(name: str) -> Iterator[tuple[str, int]]:
    """Yield a name as at most two lines, each with its y position."""
    lines = textwrap.wrap(name.replace("_", " "), LETTERS, max_lines=LINES, placeholder="…")
    top = HIGH // 2 + 4 - (len(lines) - 1) * LINE // 2
    for at, line in enumerate(lines):
        yield line, top + at * LINE
