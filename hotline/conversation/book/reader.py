"""Reads and validates the states of the flow files.

A flow is TOML: a file is a set of states, a state is one table. The keys of the table determine the kind of
state:

    text + choices   Question   waits for an answer
    text             Statement  says it and continues (`go`), or stops there (`go = "rest"`)
    branch           Fork       picks a case by remembered answers; equality only, no expressions

Rule 1: a mistake is reported when the flows are read, with its file and state, never to a person. Whether
        the names in them resolve is checked in `names`.
Rule 2: nothing here opens a file. `publishing.loader` does that and passes in parsed tables.
Rule 3: `go` may also be a place that depends on where the person is (see `Place`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from hotline.conversation.book.actions import read_actions
from hotline.conversation.book.names import unknown
from hotline.conversation.book.states import (
    Basis,
    Case,
    Deadline,
    Delivery,
    Fork,
    Law,
    Outcome,
    Place,
    Question,
    Reminder,
    State,
    Statement,
    Takes,
    Variants,
)
from hotline.conversation.model.events import Choice, FlowError, ReachBy

MAX_CHOICES = 5
"""The most choices a caller can remember. The gate and the reader enforce it."""

NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


FILE_KEYS = frozenset({"holds"})
STATE_KEYS = frozenset(
    "then dictated assumed wants answered_like to_come coming over "
    "text say choices unsure go branch does missed outcome why once aloud asked at collects weekend holds fresh picks takes reach by_state row row_say row_request row_request_say row_about row_about_say row_finder row_finder_say counts_from counts_from_request days passed passed_say letter to_limit to_answer no_answer_limit evening after starts_on "
    "cancelled_by source reviewed review_by facts note".split()
)


def read_states(file: str, table: Mapping[str, Any]) -> dict[str, State]:
    """Return the states of one flow file by name, in file order. Raise FlowError on a bad one."""
    holds = table.get("holds", False)
    states: dict[str, State] = {}
    for name, entry in table.items():
        if name in FILE_KEYS:
            continue
        where = f"{file}.toml [{name}]"
        if not NAME.match(name):
            raise FlowError(f"{where}: a state's name is small letters, digits and _, such as how_often")
        if not isinstance(entry, Mapping):
            raise FlowError(f"{where}: must be a table of its own; write [{name}] on a line by itself")
        if wrong := set(entry) - STATE_KEYS:
            raise FlowError(f"{where}: {unknown('key', min(wrong), STATE_KEYS)}")
        states[name] = _read_state(file, where, name, entry, holds)
    return states


def _read_state(file: str, where: str, name: str, entry: Mapping[str, Any], holds: bool) -> State:
    if "branch" in entry:
        return Fork(name, file, tuple(_read_case(where, case) for case in entry["branch"]))
    if not str(entry.get("text", "")).strip():
        raise FlowError(f'{where}: says nothing; give it text = "..." or a branch')
    basis = Basis(read_law(where, entry), tuple(entry.get("facts", ())))
    reminder = _read_reminder(where, entry)
    if "choices" in entry:
        choices = tuple(_read_choice(where, *item) for item in entry["choices"].items())
        takes = _read_takes(where, entry)
        picks = entry.get("picks", False)
        if not picks and not (1 if takes else 2) <= len(choices) <= MAX_CHOICES:
            raise FlowError(
                f"{where}: has {len(choices)} choices; 2 to {MAX_CHOICES} can be offered in a call"
            )
        unsure = entry.get("unsure", "")
        if unsure not in {c.name for c in choices}:
            raise FlowError(
                f'{where}: unsure = {unsure!r} must name the choice that "not sure" stands for, one of '
                + ", ".join(c.name for c in choices)
            )
        return Question(
            name,
            file,
            choices,
            unsure,
            holds=entry.get("holds", holds),
            fresh=entry.get("fresh", False),
            takes=takes,
            go=entry.get("go", ""),
            reach=_read_reach(where, entry),
            assumed=entry.get("assumed", ""),
            collects=entry.get("collects", False),
            weekend=entry.get("weekend", ""),
            picks=picks,
            answered_like=entry.get("answered_like", ""),
            to_come=entry.get("to_come", ""),
            coming=entry.get("coming", ""),
            over=entry.get("over", ""),
            letter=entry.get("letter", ""),
            reminder=reminder,
            basis=basis,
        )
    if "go" not in entry and reminder is None:
        raise FlowError(f'{where}: leads nowhere; give it choices, or go = "..." ("rest" to end there)')
    return Statement(
        name,
        file,
        go=entry.get("go", Place.STAY),
        does=read_actions(where, entry),
        outcome=_read_outcome(where, entry),
        then=entry.get("then", ""),
        wants=entry.get("wants", ""),
        deadline=_read_deadline(where, entry),
        variants=Variants(entry.get("by_state", ""), _read_at(where, entry)),
        delivery=Delivery(entry.get("once", False), entry.get("dictated", False), entry.get("aloud", "")),
        letter=entry.get("letter", ""),
        asked=tuple(entry.get("asked", ())),
        reminder=reminder,
        basis=basis,
    )


def _read_outcome(where: str, entry: Mapping[str, Any]) -> Outcome | None:
    if "outcome" in entry:
        return Outcome(entry["outcome"], entry.get("why", ""))
    if "why" in entry:
        raise FlowError(f"{where}: why says which answers led to an outcome; give it outcome as well")
    return None


def _read_deadline(where: str, entry: Mapping[str, Any]) -> Deadline | None:
    if "counts_from" in entry:
        return Deadline(entry["counts_from"], entry.get("days"), "passed" in entry)
    for key in ("days", "passed"):
        if key in entry:
            raise FlowError(
                f"{where}: {key} needs counts_from, the question whose day a deadline counts from"
            )
    return None


def _read_at(where: str, entry: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the day counts in `at`, sorted. Raise FlowError if there are any but 0 is missing."""
    at = entry.get("at", {})
    if not isinstance(at, Mapping) or (at and "0" not in at):
        raise FlowError(f'{where}: at names words for numbers of days, 0 among them: at.0 = "No days ..."')
    counts = {str(key) for key in at if str(key).isdecimal()}
    if unused := next(
        (key for key in at if key not in counts and key.removesuffix("_say") not in counts), None
    ):
        raise FlowError(
            f'{where}: at.{unused} must be a number of days, or one with words, and _say: at.5_say = "..."'
        )
    return tuple(sorted(map(int, counts)))


CHOICE_KEYS = frozenset("text go words say ages hours days days_ago means gives needs whole noted".split())


def _read_choice(where: str, name: str, entry: Mapping[str, Any]) -> Choice:
    for key in ("text", "go"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise FlowError(f'{where} choice {name}: needs {key} = "..."')
    if wrong := set(entry) - CHOICE_KEYS:
        raise FlowError(f"{where} choice {name}: {unknown('key', min(wrong), CHOICE_KEYS)}")
    if entry.get("needs", "texts") != "texts":
        raise FlowError(f'{where} choice {name}: needs = {entry["needs"]!r} must be "texts"')
    return Choice(
        name,
        entry["text"],
        entry["go"],
        tuple(entry.get("words", ())),
        entry.get("say", ""),
        _read_range(where, name, entry, "ages"),
        _read_range(where, name, entry, "hours"),
        _read_range(where, name, entry, "days"),
        entry.get("days_ago"),
        tuple(entry.get("gives", {}).items()),
        tuple(entry.get("means", ())),
        needs_texts="needs" in entry,
        whole=entry.get("whole", False),
        noted=entry.get("noted", False),
    )


def _read_range(where: str, name: str, entry: Mapping[str, Any], key: str) -> tuple[int, int] | None:
    """Return the two numbers of a choice's ages, hours or days, or None if it has none. Raise FlowError on others."""
    found = entry.get(key)
    if found is not None and not (len(found) == 2 and all(isinstance(number, int) for number in found)):
        raise FlowError(f"{where} choice {name}: {key} = {found} must be two numbers, such as [3, 5]")
    return (found[0], found[1]) if found else None


def _read_takes(where: str, entry: Mapping[str, Any]) -> Takes:
    try:
        takes = Takes(entry.get("takes", ""))
    except ValueError:
        raise FlowError(
            f"{where}: takes = {entry['takes']!r} must be one of {', '.join(filter(None, Takes))}"
        ) from None
    if bool(takes) != ("go" in entry):
        raise FlowError(f"{where}: a question with takes has go, where what it takes leads; others do not")
    return takes


def _read_reach(where: str, entry: Mapping[str, Any]) -> ReachBy | None:
    reach = entry.get("reach")
    if reach not in (None, ReachBy.CALL, ReachBy.TEXT):
        raise FlowError(f'{where}: reach = {reach!r} must be "call" or "text"')
    return ReachBy(reach) if reach else None


def _read_case(where: str, entry: Mapping[str, Any]) -> Case:
    if "go" not in entry or set(entry) - {"if", "go"}:
        raise FlowError(
            f'{where}: a case of a branch reads {{ if = {{ question = "choice" }}, go = "state" }}'
        )
    return Case(tuple(entry.get("if", {}).items()), entry["go"])


LAW_KEYS = ("source", "reviewed", "review_by")


def read_law(where: str, entry: Mapping[str, Any]) -> Law | None:
    """Return the source of law in a table and its dates, or None if it has none of them. Raise FlowError."""
    missing = [key for key in LAW_KEYS if key not in entry]
    if len(missing) == len(LAW_KEYS):
        return None
    if missing:
        raise FlowError(
            f"{where}: a statement of law needs source, reviewed and review_by; {missing[0]} is missing"
        )
    source, reviewed, review_by = (entry[key] for key in LAW_KEYS)
    if not isinstance(source, str) or not source.strip():
        raise FlowError(f'{where}: source must name the law, such as "34 CFR 300.301(b)"')
    if type(reviewed) is not date or type(review_by) is not date:
        raise FlowError(f"{where}: reviewed and review_by must be dates without quotes, such as 2026-11-23")
    if review_by <= reviewed:
        raise FlowError(f"{where}: review_by is {review_by}; it must be later than reviewed, {reviewed}")
    return Law(source, reviewed, review_by)


DURATION = re.compile(r"(-?\d{1,6}) (minute|hour|day)s?\Z")

EARLIEST, SOONEST, LATEST = timedelta(days=-60), timedelta(hours=1), timedelta(days=365)
"""How long before a day a reminder may come, how soon after an answer, and how late: parents agree to texts for a year."""


def _read_reminder(where: str, entry: Mapping[str, Any]) -> Reminder | None:
    if "after" not in entry:
        return None
    found = DURATION.match(entry["after"])
    if not found and entry["after"] != "at once":
        raise FlowError(f'{where}: after = {entry["after"]!r} must read "at once", "2 hours" or "10 days"')
    return Reminder(
        _read_delay(where, entry, found) if found else timedelta(),
        tuple(entry.get("starts_on", ())),
        tuple(entry.get("cancelled_by", ())),
        entry.get("counts_from", ""),
        entry.get("to_limit", False),
        entry.get("counts_from_request", ""),
        to_answer=entry.get("to_answer", False),
        no_answer_limit=entry.get("no_answer_limit", False),
        evening=entry.get("evening", False),
    )


def _read_delay(where: str, entry: Mapping[str, Any], found: re.Match[str]) -> timedelta:
    """Return how long after its start a reminder is sent. Raise FlowError for one that parents would not understand."""
    delay = timedelta(**{found[2] + "s": int(found[1])})
    if "counts_from" in entry:
        soonest, right = EARLIEST, "-60 days (before that day) and 365 days"
    elif "starts_on" in entry:
        soonest, right = SOONEST, '1 hour and 365 days, or "at once"'
    else:  # an action starts it
        soonest, right = timedelta(minutes=1), '1 minute and 365 days, or "at once"'
    if not soonest <= delay <= LATEST:
        raise FlowError(f"{where}: after = {entry['after']!r} must be between {right}")
    return delay
