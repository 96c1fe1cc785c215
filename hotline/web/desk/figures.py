"""Monthly figures: pages to view and print, CSV, and a report for a funder. Counts below five are hidden."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import Response, make_response, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from hotline.store.misunderstood import by_people
from hotline.store.months import FEWEST, Month, month_figures, months_until
from hotline.web.desk import i18n
from hotline.web.desk.flow_stops import bar, drawn, shown
from hotline.web.desk.guard import desk, now, page, today
from hotline.web.desk.tables import Table, report_tables, tables_of
from hotline.web.desk.view import outcomes_of
from hotline.web.service import service as this_service

OVERVIEW: Final = (("By text", "text_opened"), ("Calls", "call_opened"))
MOST_PAST: Final = 10_000
"""Maximum rows of the history that a report reads: more requests than a center gets in a year."""


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month of the overview."""

    month: Month
    values: tuple[str, ...]
    bar: int


@desk.get("/figures")
def figures_by_month() -> Response:
    """Show conversations, calls and outcomes of each month for a year."""
    service = this_service()
    months: list[tuple[Month, list[int]]] = []
    for month in months_until(today()):
        counted = month_figures(service.redis, month, today())
        outcomes = outcomes_of(counted)
        months.append((month, [*(counted[name] for _, name in OVERVIEW), sum(outcomes.values())]))
    most = max((sum(values[:2]) for _, values in months), default=0)
    rows = [
        MonthRow(
            month, tuple(map(shown, values)), bar(sum(values[:2]), most) if sum(values[:2]) >= FEWEST else 0
        )
        for month, values in months
    ]
    return page(
        "months.html",
        months=rows,
        titles=[title for title, _ in OVERVIEW],
        first=months[-1][0],
        last=months[0][0],
    )


@desk.get("/figures/<month>")
def figures_of_month(month: str) -> Response:
    """Show the figures of a month, printable. Raises NotFound."""
    found = _month(month)
    service = this_service()
    counted = month_figures(service.redis, found, today())
    drawing = drawn(service.book, counted)
    words = _words_missed() if found == Month.of(today()) else None
    return page("month.html", month=found, tables=tables_of(counted), drawing=drawing, words=words)


def _words_missed() -> list[Counter[str]]:
    """Return the public words in texts not understood this week and last week, with how many people used each."""
    service, weeks = this_service(), (now(), now() - timedelta(days=7))
    public = service.book.reader.public
    return [by_people(service.redis, service.secrets, public, week) for week in weeks]


@desk.get("/figures/<month>.csv")
def figures_as_csv(month: str) -> AnyResponse:
    """Return the figures of a month as CSV for a spreadsheet. Raises NotFound."""
    found = _month(month)
    counted = month_figures(this_service().redis, found, today())
    return _csv(f"hotline-{found}", tables_of(counted))


@desk.get("/figures/report")
def report() -> Response:
    """Show what a federal parent-center report asks for, over the months in the query. Raises NotFound."""
    first, last = _span()
    return page(
        "report.html",
        query={"first": str(first), "last": str(last)},
        first=first,
        last=last,
        tables=_report(first, last),
        months=months_until(today()),
    )


@desk.get("/figures/report.csv")
def report_as_csv() -> AnyResponse:
    """Return the report as CSV. Raises NotFound."""
    first, last = _span()
    return _csv(f"hotline-{first}-{last}", _report(first, last))


def _report(first: Month, last: Month) -> list[Table]:
    """Return the tables of the report. Raises StoreBusy."""
    service = this_service()
    counted: Counter[str] = Counter()
    for month in months_until(today()):
        if first <= month <= last:
            counted.update(month_figures(service.redis, month, today()))
    past = service.request_work.history(MOST_PAST)
    zone = service.settings.time_zone
    ours = [each for each in past if first <= Month.of(each.done_at.astimezone(zone).date()) <= last]
    return report_tables(counted, Counter(each.result for each in ours))


def _span() -> tuple[Month, Month]:
    """Return the first and last month of the query, by default of all. Raises NotFound."""
    months = months_until(today())
    first = _month(request.args.get("first") or str(months[-1]))
    last = _month(request.args.get("last") or str(months[0]))
    return min(first, last), max(first, last)


def _month(name: str) -> Month:
    month = Month.read(name)
    if month is None or month not in months_until(today()):
        raise NotFound(i18n.gettext("There are no figures of that month."))
    return month


def _csv(name: str, tables: Sequence[Table]) -> AnyResponse:
    """Return the tables as CSV, a row for each figure."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([i18n.gettext("Table"), i18n.gettext("What"), i18n.gettext("How often")])
    for table in tables:
        for row in table.rows:
            for column, value in zip(table.columns or ("",), row.values, strict=True):
                what = f"{row.label}: {column}" if column else row.label
                writer.writerow([_harmless(table.title), _harmless(what), value])
    response = make_response("\ufeff" + written.getvalue())  # the byte order mark tells spreadsheets UTF-8
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _harmless(cell: str) -> str:
    """Return a cell that a spreadsheet reads as text, however it starts."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
