"""Turn lists of words into the patterns that find ages and days in a normalized text, in all languages at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Self

NEVER = r"(?:(?!))"
"""A pattern that matches nothing, for a language without such words."""


def one_of(entries: Iterable[str]) -> str:
    """Return the pattern that finds any of the entries, the longest first; one that finds nothing where there are none."""
    found = "|".join(map(re.escape, sorted(entries, key=lambda entry: (-len(entry), entry))))
    return f"(?:{found})" if found else NEVER


def age_pattern(ages: Mapping[str, frozenset[str]]) -> re.Pattern[str]:
    """Return the pattern of a number with an optional unit after it: groups `number`, `half`, `unit`."""
    unit = one_of(ages["years"] | ages["months"] | ages["weeks"])
    return re.compile(
        rf"(?<!\d)(?P<number>\d{{1,2}})(?: (?P<half>{one_of(ages['half'])}))?\s?(?P<unit>{unit})?"
        rf"(?: {one_of(ages['old'])})?(?!\w)"
    )


@dataclass(frozen=True, slots=True)
class DatePatterns:
    """Patterns that find a day in a normalized text, in the words of all languages."""

    month_day: re.Pattern[str]
    day_month: re.Pattern[str]
    ago: re.Pattern[str]
    """So many days ago: `before` or `after`."""
    weekday: re.Pattern[str]
    back: re.Pattern[str]
    unless: re.Pattern[str]
    """Words of a day that has not come, or did not."""
    past: re.Pattern[str]
    """Words that say of a weekday that it is not today: "last Monday"."""
    ahead: re.Pattern[str]
    """Words for a day to come: "tomorrow"."""
    spoken: Mapping[str, int]
    """The numbers and ordinals that a day may have, in words."""
    day_after: re.Pattern[str]
    day_before: re.Pattern[str]
    """Such a word after a month's name, and one before it or before "days"."""
    alone: re.Pattern[str]
    """A day without its month, in figures or words: "the 30th at 2", "el quince"."""

    weekday_day: re.Pattern[str]
    """The same after a weekday, where it may also be a time: "martes 15", "friday 9"."""
    too: re.Pattern[str]
    """Words that add a day to another one: "yesterday too"."""
    later: re.Pattern[str]
    """Words that say of a weekday that it is the one after the next: "Thursday after next"."""
    next_week: re.Pattern[str]
    """Words that say that it is next week's: "Thursday of next week"."""
    around: frozenset[str]
    """The only words that may stand around such a day: "sent home friday too"."""
    counting: frozenset[str]
    """The only words that may stand around a number of days: "9 days now"."""

    def days_alone(self, plain: str) -> dict[int, bool]:
        """Return the days without a month, each with whether it is certainly a day."""
        behind_weekday = {int(m[1]): False for m in self.weekday_day.finditer(plain)}
        return behind_weekday | {int(self.spoken.get(m[1], m[1])): True for m in self.alone.finditer(plain)}

    def in_digits(self, plain: str) -> str:
        """Return a normalized text with its days in digits, as the other patterns read them: "september 14"."""
        plain = self.day_after.sub(lambda m: f"{m[1]} {self.spoken[m[2]]}", plain)
        return self.day_before.sub(lambda m: f"{self.spoken[m[1]]} {m[2]}", plain)

    @classmethod
    def of(cls, dates: Mapping[str, frozenset[str]], numbered: Callable[[str], dict[str, int]]) -> Self:
        """Return the patterns of these words; `numbered` gives a table of words by number."""
        month, ending = one_of(numbered("months")), f"{one_of(dates['endings'])}?"
        of, days = f"(?:{one_of(dates['of'])} )?", one_of(dates["days"])
        spoken = {**numbered("numbers"), **numbered("ordinals"), **numbered("days_of_month")}
        spoken = {word: number for word, number in spoken.items() if not word[0].isdecimal()}
        return cls(
            re.compile(rf"\b({month}) (\d{{1,2}}){ending}\b"),
            re.compile(rf"\b(\d{{1,2}}){ending} {of}({month})\b"),
            re.compile(
                rf"\b(?:{one_of(dates['before'])} (?P<before>\d{{1,2}}) {days}"
                rf"|(?P<after>\d{{1,2}}) {days} {one_of(dates['after'])})\b"
            ),
            re.compile(rf"\b{one_of(numbered('weekdays'))}\b"),
            re.compile(rf"\b{one_of(numbered('days_ago'))}\b"),
            re.compile(rf"\b{one_of(dates['unless'])}\b"),
            re.compile(rf"\b{one_of(dates['past'])}\b"),
            re.compile(rf"\b{one_of(numbered('days_ahead'))}\b"),
            spoken,
            re.compile(rf"\b({month}) ({one_of(spoken)})\b"),
            re.compile(rf"\b({one_of(spoken)}) ({of}{month}|{days})\b"),
            re.compile(
                rf"\b{one_of(dates['alone'])} (\d{{1,2}}(?={ending}\b)|{one_of(spoken)}){ending}"
                rf"(?: {one_of(dates['behind'])}\b|$)"
            ),
            re.compile(
                rf"\b{one_of(numbered('weekdays'))} (\d{{1,2}}){ending}(?: {one_of(dates['behind'])}\b|$)"
            ),
            re.compile(rf"^{one_of(dates['too'])}\b|\b{one_of(dates['too'])}$"),
            re.compile(rf"\b{one_of(dates['later'])}\b"),
            re.compile(rf"\b{one_of(dates['next_week'])}\b"),
            dates["around"],
            dates["days"] | dates["counting"],
        )
