"""Monthly figures: on screen, as CSV, and for print. Counts below five are not shown."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import Response, make_response
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from hotline.conversation.book.states import Book
from hotline.store.months import FEWEST, Month, hidden, month_figures, months_until
from hotline.web.desk import words
from hotline.web.desk.guard import desk, page, today
from hotline.web.desk.view import FIGURES, OUTCOMES
from hotline.web.service import service as this_service

OVERVIEW: Final = (("By text", "text_opened"), ("Calls", "call_opened"))

WIDEST: Final = 160
"""Length of the longest bar, in pixels."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: its label, its value as shown, and the length of its bar in pixels."""

    label: str
    shown: str
    bar: int


@dataclass(frozen=True, slots=True)
class Table:
    """Figures of one kind."""

    id: str
    title: str
    rows: tuple[Row, ...]


@desk.get("/figures")
def figures_by_month() -> Response:
    """Show the last year by month: conversations, calls and outcomes."""
    service = this_service()
    months = []
    for month in months_until(today()):
        counted = month_figures(service.redis, month, today())
        outcomes = sum(count for name, count in counted.items() if name.startswith("outcome."))
        values = [*(counted[name] for _, name in OVERVIEW), outcomes]
        months.append((month, [_shown(value) for value in values], sum(values[:2])))
    most = max((total for _, _, total in months), default=0)
    bars = [(month, shown, _bar(total, most) if total >= FEWEST else 0) for month, shown, total in months]
    return page("months.html", months=bars, titles=[title for title, _ in OVERVIEW])


@desk.get("/figures/<month>")
def figures_of_month(month: str) -> Response:
    """Show the figures of a month, on a printable page. Raises NotFound."""
    found = _month(month)
    return page("month.html", month=found, tables=_tables(found), fewest=FEWEST)


@desk.get("/figures/<month>.csv")
def figures_as_csv(month: str) -> AnyResponse:
    """Return the figures of a month as CSV for spreadsheets. Raises NotFound."""
    found = _month(month)
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([words.gettext("Table"), words.gettext("What"), words.gettext("How often")])
    for table in _tables(found):
        writer.writerows([_harmless(table.title), _harmless(row.label), row.shown] for row in table.rows)
    response = make_response("\ufeff" + written.getvalue())  # the BOM tells spreadsheets that it is UTF-8
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="hotline-{found}.csv"'
    return response


def _month(name: str) -> Month:
    month = Month.read(name)
    if month is None or month not in months_until(today()):
        raise NotFound(words.gettext("There are no figures of that month."))
    return month


def _tables(month: Month) -> list[Table]:
    service, gettext = this_service(), words.gettext
    counted = month_figures(service.redis, month, today())
    book = service.book
    happened = {gettext(label): sum(counted[name] for name in names) for label, names in FIGURES}
    return [
        _table("happened", gettext("What happened in the month"), happened),
        _table(
            "outcomes",
            gettext("Outcomes"),
            {gettext(OUTCOMES.get(n, n)): c for n, c in _of(counted, "outcome.")},
            whole=True,
        ),
        _table(
            "languages",
            gettext("Languages"),
            {words.language_name(n): c for n, c in _of(counted, "language.")},
            whole=True,
        ),
        _table(
            "states",
            gettext("States that parents named"),
            {_state(book, n): c for n, c in _of(counted, "state.")},
            whole=True,
        ),
        _table(
            "topics",
            gettext("What parents asked about"),
            {_topic(n): c for n, c in _of(counted, "word.") if n in book.topics},
            whole=True,
        ),
    ]


def _table(id: str, title: str, counts: Mapping[str, int], *, whole: bool = False) -> Table:
    """Return a table of these counts.

    With `whole` the counts are parts of a known total: they are sorted by frequency, and one more may be
    hidden so that small ones cannot be derived.
    """
    ordered = Counter(counts).most_common() if whole else list(counts.items())
    covered = hidden(counts) if whole else frozenset[str]()
    most = max((count for name, count in ordered if name not in covered), default=0)
    rows = tuple(
        Row(
            name,
            _shown(count, covered=name in covered),
            0 if name in covered or count < FEWEST else _bar(count, most),
        )
        for name, count in ordered
    )
    return Table(id, title, rows)


def _shown(count: int, *, covered: bool = False) -> str:
    if 0 < count < FEWEST:
        return words.gettext("fewer than 5")
    return words.gettext("not shown") if covered else str(count)


def _bar(count: int, most: int) -> int:
    return round(WIDEST * count / most) if most else 0


def _of(counted: Mapping[str, int], kind: str) -> list[tuple[str, int]]:
    return [(name.removeprefix(kind), count) for name, count in counted.items() if name.startswith(kind)]


def _state(book: Book, code: str) -> str:
    place = book.places.states.get(code)
    return place.name if place else code


def _topic(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
