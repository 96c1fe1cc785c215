"""US states: detects the one a person named, and each one's time limit for evaluating a child.

Rule 1: do not guess. "I live in OK" names Oklahoma; "ok" and "in" do not, nor "hi" or "me".
Rule 2: a state has a limit only if its rule was verified; otherwise there is none, and the texts say so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.normalize import normalize

SCHOOL_DAYS_TO_DAYS = 1.4
"""Seven days for five school or business days, ignoring breaks; such dates are "about"."""

FEDERAL_DAYS = 60
"""34 CFR 300.301(c)(1)(i): from the parent's consent, unless the state sets another limit."""

ZIP = re.compile(r"(?<!\d)(\d{5})(?:-\d{4})?(?!\d)")
ABBREVIATION = re.compile(r"\b([A-Z]{2})\b")
KEYS = frozenset(
    "name also called cities covers zips zones days kind exact starts note source checked review_by answer word greeting".split()
)
ANSWER_KEYS = frozenset("days kind exact breaks source checked review_by note".split())
LONGEST_CITY = 3
"""Words of the longest name of a city."""
LONG_BREAKS = ((5, 20), (9, 8)), ((12, 12), (1, 12))
"""Summer and winter, by month and day: generous spans in which schools have breaks of more than a week."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a school has to evaluate, and from when. The default is the federal limit."""

    days: int = FEDERAL_DAYS
    kind: Literal["calendar", "school", "business"] = "calendar"
    exact: bool = False
    starts: Literal["consent", "request"] = "consent"
    covers: Literal["testing", "plan"] = "testing"
    """What is due by then: the testing alone, or the plan too."""
    breaks: bool = False
    """Only a long break makes it inexact: it is exact where it meets neither of LONG_BREAKS."""

    def is_exact(self, start: date) -> bool:
        """Return whether the last day, counted from `start`, is certain but for a break of the school's own."""
        return self.exact or (self.breaks and not _in_a_break(start, self.until(start)))

    def until(self, start: date) -> date:
        """Return the last day, counted from `start`; approximate unless `exact`."""
        factor = 1.0 if self.kind == "calendar" else SCHOOL_DAYS_TO_DAYS
        return start + timedelta(days=round(self.days * factor))


@dataclass(frozen=True, slots=True)
class UsState:
    """One row of reference/states.toml; `zones` are tzdata names, `limit` is None if none was verified."""

    code: str
    name: str
    names: tuple[str, ...]
    zips: tuple[tuple[int, int], ...]
    zones: tuple[str, ...]
    limit: Limit | None
    review_by: date | None
    answer: Limit | None = None
    """How long a school has to answer a written request, if the state's rule was verified."""
    word: bool = False
    """The abbreviation is a word as well: inside a sentence it is not a state, and alone it is one only in capitals."""
    greeting: bool = False
    """People write it alone, in capitals too, without meaning a state: "HI", "OK"."""
    called: tuple[tuple[str, str], ...] = ()
    """Its name in other languages, where that differs: ("es", "Nueva York")."""
    cities: tuple[str, ...] = ()
    """Large places, and what else people call home: "Philly"."""

    def name_in(self, language: str) -> str:
        """Return its name in a language."""
        return dict(self.called).get(language, self.name)


@dataclass(frozen=True, slots=True)
class Places:
    """All states."""

    states: Mapping[str, UsState]
    by_name: Mapping[str, str]
    names: re.Pattern[str]
    by_city: Mapping[str, frozenset[str]]
    """The codes of the states that have a large place of this name."""

    def limit(self, code: str) -> Limit:
        """Return the limit of a state, or the federal one if none is known."""
        state = self.states.get(code)
        return state.limit if state and state.limit else Limit()

    def answer(self, code: str) -> Limit | None:
        """Return how long a state gives a school to answer a request, or None if it is not known."""
        state = self.states.get(code)
        return state.answer if state else None

    def named(self, text: str) -> str | None:
        """Return the code of the one state that a text names, by ZIP, name or abbreviation, or None."""
        found = {code for figures in ZIP.findall(text) if (code := self._of_zip(int(figures[:3])))}
        if not found:
            found = {self.by_name[name] for name in self.names.findall(f" {normalize(text)} ")}
        if not found:
            found = self._abbreviated(text)
        return found.pop() if len(found) == 1 else None

    def only_named(self, text: str, around: frozenset[str]) -> str | None:
        """Return the code of the state that a text names and says nothing else besides words of `around`."""
        code, (cities, beside) = self.named(text), self.city_in(normalize(text).split())
        if len(cities) > 1:
            code = self.named(" ".join(beside))  # "kansas city" is in two states
        rest = self.names.sub(" ", ZIP.sub(" ", f" {normalize(text)} ")).split()
        return code if all(word in around or word.upper() == code for word in rest) else None

    def city_in(self, words: Sequence[str]) -> tuple[frozenset[str], list[str]]:
        """Return the codes of the states of a city that normalized words name, and the words around its name."""
        for size in range(LONGEST_CITY, 0, -1):
            for at in range(len(words) - size + 1):
                if codes := self.by_city.get(" ".join(words[at : at + size])):
                    return codes, [*words[:at], *words[at + size :]]
        return frozenset(), list(words)

    def _abbreviated(self, text: str) -> set[str]:
        alone = text.strip(" .!,")
        if state := self.states.get(alone.upper()):
            sure = not state.word or (alone.isupper() and not state.greeting)
            return {state.code} if sure else set()
        found = (self.states.get(code) for code in ABBREVIATION.findall(text))
        return {state.code for state in found if state and not state.word}

    def _of_zip(self, beginning: int) -> str | None:
        for code, state in self.states.items():
            if any(first <= beginning <= last for first, last in state.zips):
                return code
        return None


def read_places(table: Mapping[str, Any]) -> Places:
    """Read the states of reference/states.toml. Raise FlowError on an invalid row."""
    states = {code: _read_state(f"reference/states.toml [{code}]", code, row) for code, row in table.items()}
    by_name = {normalize(name): code for code, state in states.items() for name in state.names}
    longest_first = sorted(by_name, key=len, reverse=True)
    pattern = re.compile(rf"(?<= )(?:{'|'.join(map(re.escape, longest_first))})(?= )")
    by_city: dict[str, frozenset[str]] = {}
    for code, state in states.items():
        for city in map(normalize, state.cities):
            by_city[city] = by_city.get(city, frozenset()) | {code}
    return Places(states, by_name, pattern, by_city)


def _read_state(where: str, code: str, row: Mapping[str, Any]) -> UsState:
    if wrong := set(row) - KEYS:
        raise FlowError(f"{where}: unknown key {min(wrong)!r}; a state has {', '.join(sorted(KEYS))}")
    if not row.get("name"):
        raise FlowError(f'{where}: needs name = "..."')
    if not row.get("zones"):
        raise FlowError(f'{where}: needs zones = ["America/New_York"] or the like: all of its time zones')
    check_dates(where, row)
    called = row.get("called", {})
    return UsState(
        code,
        row["name"],
        names=(row["name"], *row.get("also", ()), *called.values()),
        zips=tuple(map(_zips, row["zips"])),
        zones=tuple(row["zones"]),
        limit=_read_limit(where, row) if "days" in row else None,
        review_by=row.get("review_by"),
        answer=_read_answer(f"{where} answer", row["answer"]) if "answer" in row else None,
        word=row.get("word", False),
        greeting=row.get("greeting", False),
        called=tuple(called.items()),
        cities=tuple(row.get("cities", ())),
    )


def _read_answer(where: str, row: Mapping[str, Any]) -> Limit:
    if wrong := set(row) - ANSWER_KEYS:
        raise FlowError(f"{where}: unknown key {min(wrong)!r}; it has {', '.join(sorted(ANSWER_KEYS))}")
    check_dates(where, row)
    return _read_limit(where, {**row, "starts": "request"})


def _read_limit(where: str, row: Mapping[str, Any]) -> Limit:
    if missing := {"days", "kind", "exact", "starts", "source", "checked", "review_by"} - set(row):
        raise FlowError(f"{where}: a limit of days needs {min(missing)} too")
    kind, starts, covers = row["kind"], row["starts"], row.get("covers", "testing")
    if kind not in ("calendar", "school", "business") or starts not in ("consent", "request"):
        raise FlowError(f"{where}: kind is calendar, school or business; starts is consent or request")
    if covers not in ("testing", "plan"):
        raise FlowError(f"{where}: covers is testing or plan")
    return Limit(row["days"], kind, row["exact"], starts, covers, row.get("breaks", False))


def check_dates(where: str, row: Mapping[str, Any]) -> None:
    """Raise FlowError unless the row's `checked` and `review_by`, if it has them, are dates."""
    for key in ("checked", "review_by"):
        if key in row and type(row[key]) is not date:
            raise FlowError(f"{where}: {key} must be a date without quotes, such as 2026-11-23")


def _in_a_break(first: date, last: date) -> bool:
    """Return whether any day from `first` to `last` is in one of LONG_BREAKS."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return any(
        begins <= (day.month, day.day) <= ends if begins <= ends else not ends < (day.month, day.day) < begins
        for day in days
        for begins, ends in LONG_BREAKS
    )


def _zips(written: str) -> tuple[int, int]:
    """Return the first three digits of ZIP codes, "900-961" or "055", as a range."""
    first, _, last = written.partition("-")
    return int(first), int(last or first)
