"""Parses the time of day at which a person can be reached: "between two and four", "after 5", "2-4pm", "en la tarde".

Rule 1: read only texts that say nothing else: the words of [hours], numbers, days, and words around an answer.
Rule 2: an hour without "am" or "pm" is one at which people make calls: 9 to 11 in the morning, 12 to 7 in the afternoon.
        Eight may be either, unless it begins a range.
Rule 3: do not guess: two times in different choices, or one that fits two choices equally, count as none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from hotline.conversation.model.events import Choice
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.word_patterns import one_of

CLOCK: Final = re.compile(r"(\d{1,2})[:.h](\d{2})(?!\d)", re.IGNORECASE)
FIGURES_AND_LETTERS: Final = re.compile(r"(?<=\d)(?=[a-z])")
CLOCK_TIME: Final = r"\b(?P<hour>\d{1,2}?)(?P<minute>[0-5][05])?(?: (?P<apart>00|1[3-9]|[2-5]\d))?\b"

HOUR_PARTS: Final = (
    *("morning", "afternoon", "evening", "am", "pm"),
    *("after", "before", "joins", "or", "onward", "noon", "beside", "around", "ends"),
)
"""The lists of [hours] in a lexicon."""

CLAUSE_ENDS: Final = re.compile(r"[,;!\n]|\.(?=\s|$)")
NOON: Final = 12
FIRST_MORNING, LAST_EVENING = 9, 7
"""The first bare hour that means the morning, and the last one that means the afternoon or evening (Rule 2)."""
DAY: Final = 24.0

TIME: Final = "time"
PARTS: Final = {"morning": (0.0, 12.0), "afternoon": (12.0, 17.0), "evening": (17.0, DAY)}

Window = tuple[float, float]


@dataclass(frozen=True, slots=True)
class HourWords:
    """The words of [hours] in all lexicons: the kind of each entry, and the words that may surround them."""

    pattern: re.Pattern[str]
    kinds: Mapping[str, str]
    numbers: Mapping[str, int]
    around: frozenset[str]
    ends: frozenset[str]
    """Words that begin an explanation of a time: "mornings because i work"."""

    @classmethod
    def of(
        cls,
        lists: Mapping[str, frozenset[str]],
        numbers: Mapping[str, int],
        answers: frozenset[str],
        negation: frozenset[str],
    ) -> Self:
        """Build from these lists. Words of `answers` may surround a time too; those of `negation` may not."""
        kinds = {
            entry: kind
            for kind, entries in lists.items()
            if kind not in ("around", "ends")
            for entry in sorted(entries)
        }
        single = {entry: number for entry, number in numbers.items() if " " not in entry}
        pattern = re.compile(rf"\b(?P<entry>{one_of(kinds)})\b|{CLOCK_TIME}")
        return cls(pattern, kinds, single, (lists["around"] | answers) - negation, lists["ends"])


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of a text: an entry's kind, or TIME with its hour; `close` if it follows the part before directly."""

    kind: str
    hour: float = 0.0
    close: bool = False


@dataclass(frozen=True, slots=True)
class _Time:
    """An hour as written: the kind of the entry before it ("" after another hour), and its own "am" or "pm"."""

    before: str
    hour: float
    half: str


def first_hours(text: str, words: HourWords) -> str:
    """Return the first clause of a text if it only names a time of day, or "": "mornings, i work at noon"."""
    clause = CLAUSE_ENDS.split(text, maxsplit=1)[0].split()
    end = next((at for at, word in enumerate(clause) if normalize(word) in words.ends), len(clause))
    first = " ".join(clause[:end])
    return first if only_hours(first, words) else ""


def takes_hours(choices: Sequence[Choice]) -> bool:
    """Return whether a question asks for a time of day."""
    return any(choice.hours for choice in choices)


def only_hours(text: str, words: HourWords) -> bool:
    """Return whether a text only names a time of day."""
    return any(part.kind == TIME or part.kind in PARTS for part in _parts(text, words))


def has_hours(text: str, words: HourWords) -> bool:
    """Return whether a text mentions an hour or a part of the day."""
    return any(
        not match["entry"] or words.kinds[match["entry"]] in (*PARTS, "noon")
        for match in words.pattern.finditer(_written(text, words))
    )


def of_hours(choices: Sequence[Choice], text: str, words: HourWords) -> Choice | None:
    """Return the one choice whose hours a text names, or None."""
    found = [_choice_at(choices, window) for window in _windows(_parts(text, words))]
    return found[0] if found and all(choice is found[0] for choice in found) else None


def part_named(choices: Sequence[Choice], text: str, words: HourWords) -> Choice | None:
    """Return the choice of the one part of the day that a text names, whatever else it says: "mornings are best, dear"."""
    entries = [match[0] for match in words.pattern.finditer(_written(text, words))]
    return of_hours(choices, entries[0], words) if len(entries) == 1 else None


def _choice_at(choices: Sequence[Choice], window: Window | None) -> Choice | None:
    """Return the choice that overlaps a time the most; None if two overlap it equally."""
    if window is None:
        return None
    start, end = window
    if end in (DAY, start):
        return next((c for c in choices if c.hours and c.hours[0] <= start < c.hours[1]), None)
    shared = [(min(end, c.hours[1]) - max(start, c.hours[0]), c) for c in choices if c.hours]
    longest = max((length for length, _ in shared), default=0)
    most = [choice for length, choice in shared if length == longest > 0]
    return most[0] if len(most) == 1 else None


def _parts(text: str, words: HourWords) -> list[_Part]:
    """Return the parts of a text; none if it says more than a time (Rule 1)."""
    said = _written(text, words)
    found, at = [], 0
    for match in words.pattern.finditer(said):
        between = said[at : match.start()].split()
        if not words.around.issuperset(between):
            return []
        at = match.end()
        if not match["entry"]:
            minutes = int(match["minute"] or match["apart"] or 0)
            found.append(_Part(TIME, int(match["hour"]) + minutes / 60, close=not between))
        elif (kind := words.kinds[match["entry"]]) == "noon":
            found += [_Part(TIME, NOON), _Part("pm")]
        elif kind != "beside":
            found.append(_Part(kind))
    return found if words.around.issuperset(said[at:].split()) else []


def _written(text: str, words: HourWords) -> str:
    """Return a text normalized with its hours in digits: "2:30pm" is "230 pm"."""
    said = FIGURES_AND_LETTERS.sub(" ", normalize(CLOCK.sub(r"\1\2 ", text)))
    return " ".join(str(words.numbers.get(word, word)) for word in said.split())


def _windows(parts: Sequence[_Part]) -> list[Window | None]:
    """Return the times of day that a text names; None for an ambiguous one."""
    named = {part.kind for part in parts if part.kind in PARTS}
    times = list(_times(parts))
    if not times:
        return [PARTS[name] for name in sorted(named)]
    if len(named) > 1 or (named and any(part.kind == "or" for part in parts)):
        return [None]  # "mornings or after 5"
    day = next((PARTS[name] for name in named), (0.0, DAY))
    half = ("pm" if day[0] else "am") if named else ""
    windows: list[Window | None] = []
    while times:
        time, *times = times
        if times and time.before not in ("after", "before") and times[0].before in ("", "joins", "before"):
            end, *times = times
            windows.append(_between(time.hour, time.half or half, end.hour, end.half or half))
            continue
        hour = _on_the_clock(time.hour, time.half or half)
        if hour is None:
            windows.append(None)
        elif time.before == "after":
            windows.append((hour, DAY))
        elif time.before == "before":
            since = windows.pop() if windows and windows[-1] and windows[-1][1] == DAY else day
            windows.append((since[0] if since else day[0], hour))  # "after 1 but before 4:30"
        else:
            windows.append((hour, hour))
    return windows


def _times(parts: Sequence[_Part]) -> Iterator[_Time]:
    """Yield each hour of a text. `before` is "alone" if no entry precedes it."""
    before = "alone"
    for at, part in enumerate(parts):
        if part.kind in ("after", "before", "joins", "or"):
            before = part.kind
        elif part.kind == TIME:
            halves = [each.kind for each in parts[at + 1 : at + 2] if each.kind in ("am", "pm")]
            following = [each.kind for each in parts[at + 1 + len(halves) :][:1]]
            range_ends = before == "alone" and part.close and at and parts[at - 1].kind in (TIME, "am", "pm")
            yield _Time(
                "after" if following == ["onward"] else "" if range_ends else before,
                part.hour,
                "".join(halves),
            )
            before = "alone"


def _between(start: float, half: str, end: float, other: str) -> Window | None:
    """Return a range on the clock: "2 to 4 pm", "10 to 2", "8 to 5"."""
    length = (end - start) % NOON or NOON
    if other and not half:
        until = _on_the_clock(end, other)
        return None if until is None or until < length else (until - length, until)
    since = start if not half and int(start) == FIRST_MORNING - 1 else _on_the_clock(start, half)
    if since is None or (not half and int(start) == LAST_EVENING) or since + length > DAY:
        return None
    return since, since + length


def _on_the_clock(hour: float, half: str) -> float | None:
    """Return an hour on the 24-hour clock; None if it is ambiguous or not an hour."""
    if not 1 <= hour < DAY:
        return None
    if hour >= NOON + 1:
        return hour
    if half:
        return hour % NOON + (NOON if half == "pm" else 0)
    if int(hour) == NOON or int(hour) <= LAST_EVENING:
        return hour % NOON + NOON
    return hour if int(hour) >= FIRST_MORNING else None
