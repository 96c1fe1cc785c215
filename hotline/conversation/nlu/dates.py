"""Parses the day that a person named: "yesterday", "Monday", "9/14", "Sept 14", "14 de septiembre".

Rule 1: `read_day`: a day in the past or today, never in the future; the latest that fits.
        `read_coming_day`: today or a day to come; the next that fits.
Rule 2: do not guess: two days named count as none.
Rule 3: the words for months, weekdays and "yesterday" are in `flows/lexicon`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.word_patterns import DatePatterns

FIGURES = re.compile(
    r"(?<!\d)(\d{1,2})(?:/(\d{1,2})(?:[/\-.](\d{2,4}))?|[\-.](\d{1,2})[/\-.](\d{2,4}))(?!\d)"
)
"""A day in a text. "3-4" and "3.30" are more likely times, so there a year must follow."""

FIGURES_ALONE = re.compile(r"\s*(\d{1,2})[\-.](\d{1,2})\s*")
"""A text that is nothing but a day: "9-14"."""

OLDEST = timedelta(days=365)
"""A date further back is a typo, or too old for the reminders."""
OLDEST_WITHOUT_YEAR = timedelta(days=150)
"""Without a year, a date further back is more likely a future one: "12/5" in November."""


FURTHEST = timedelta(days=180)
"""A day to come that is further off is a typo, or one of the past year."""

LONGEST_WEEKDAY = 4
"""Longest text, in words, that begins with a weekday and only names a day: "friday at 9 30"."""
MOST_BEFORE = 2
"""Maximum words before a phrase that names a day: "no they moved it to friday"."""

MOST_DAYS = 62
"""Days within which every day of the month except the 31st comes up."""

LONGEST_DENIAL = 8
"""The most words of a text that says that a day has not come; a longer one is a story."""

LONGEST_COUNT = 12
"""The most words of a text that only counts days: "i lost count maybe 12 with the half days"."""


def read_day(text: str, today: date, lexicon: Lexicon) -> date | None:
    """Return the day that `text` names, relative to `today`; None if unsure."""
    find = lexicon.date_patterns
    plain = find.in_digits(normalize(text))
    if find.unless.search(plain):
        return None
    found = {
        *(_of(today, *figures) for figures in _figures(text)),
        *(_of(today, lexicon.months[m[1]], int(m[2])) for m in find.month_day.finditer(plain)),
        *(_of(today, lexicon.months[m[2]], int(m[1])) for m in find.day_month.finditer(plain)),
        *(today - timedelta(days=int(m["before"] or m["after"])) for m in find.ago.finditer(plain)),
    }
    found = found or _alone(today, plain, lexicon, -1)
    back = {timedelta(days=lexicon.days_ago[m[0]]) for m in find.back.finditer(plain)}
    if not found:
        named = {lexicon.weekdays[m[0]] for m in find.weekday.finditer(plain)}
        weeks = back - {timedelta()}  # "just sent it friday"
        found = {day for weekday in named for day in _weekdays(weekday, today, weeks, plain, find)}
    if not found:
        found = {today - ago for ago in back}
    found.discard(None)
    day = found.pop() if len(found) == 1 else None
    return day if day is not None and today - OLDEST <= day <= today else None


def read_coming_day(text: str, today: date, lexicon: Lexicon) -> date | None:
    """Return the day to come that `text` names, such as a meeting's; None if unsure."""
    find = lexicon.date_patterns
    plain = find.in_digits(normalize(text))
    if lexicon.negation.intersection(plain.split()) or find.ago.search(plain):
        return None
    months = {
        *((lexicon.months[m[1]], int(m[2])) for m in find.month_day.finditer(plain)),
        *((lexicon.months[m[2]], int(m[1])) for m in find.day_month.finditer(plain)),
    }
    found = {
        *(_coming(today, *figures) for figures in _figures(text)),
        *(_coming(today, month, day) for month, day in months),
    }
    found = found or _alone(today, plain, lexicon, 1)
    if not found:
        named = {lexicon.weekdays[m[0]] for m in find.weekday.finditer(plain)}
        found = {day for weekday in named for day in _next_weekdays(weekday, today, plain, find)}
    if not found:
        found = {today + timedelta(days=lexicon.days_ahead[m[0]]) for m in find.ahead.finditer(plain)}
    found.discard(None)
    day = found.pop() if len(found) == 1 else None
    return day if day is not None and today <= day <= today + FURTHEST else None


def read_day_to_come(text: str, today: date, lexicon: Lexicon) -> date | None:
    """Return the future day of a text that says when something is, or only names a day, or None: "no its tomorrow"."""
    words = normalize(text).split()
    said = " ".join(words[1:] if words and words[0] in lexicon.no.opens else words)
    only = lexicon.tense.tells_when.search(said) or lexicon.date_patterns.ahead.fullmatch(said)
    return read_coming_day(said if said != " ".join(words) else text, today, lexicon) if only else None


def read_added_day(text: str, today: date, lexicon: Lexicon) -> date | None:
    """Return the past day that a short text adds, or None: "yesterday too", "y el lunes"."""
    said = normalize(text)
    rest = " ".join(lexicon.date_patterns.too.sub(" ", said).split())
    if rest == said or len(rest.split()) > LONGEST_WEEKDAY - 1:
        return None
    find, left = lexicon.date_patterns, lexicon.date_patterns.in_digits(rest)
    for day in (
        find.month_day,
        find.day_month,
        find.ago,
        find.alone,
        find.weekday_day,
        find.weekday,
        find.back,
    ):
        left = day.sub(" ", left)
    only = find.around.issuperset(word for word in left.split() if not word.isdecimal())
    return read_day(rest, today, lexicon) if only else None


def lone_future_day(text: str, today: date, lexicon: Lexicon) -> date | None:
    """Return the future day of a short text that says nothing else: "they moved it to dec 15", "es el 15"."""
    said = normalize(text)
    tells = lexicon.tense.tells_when.search(said)
    opens = tells is not None and len(said[: tells.start()].split()) <= MOST_BEFORE
    only = tells is not None and opens and opens_with_day(said[tells.end() :], lexicon)
    return read_coming_day(text, today, lexicon) if only else None


def opens_with_day(text: str, lexicon: Lexicon) -> bool:
    """Return whether a short text begins with a day: "march 30 and im so nervous", "friday at 9", "el 30 a las 2"."""
    find = lexicon.date_patterns
    plain = find.in_digits(normalize(text))
    long, few = len(plain.split()) > LONGEST_DENIAL, len(plain.split()) <= LONGEST_WEEKDAY
    dated = (find.month_day, find.day_month, find.alone, *((find.weekday, find.ahead) if few else ()))
    return not long and (any(each.match(plain) for each in dated) or FIGURES.match(text.strip()) is not None)


def number_of_days(text: str, lexicon: Lexicon) -> int | None:
    """Return the number of days in a text that says nothing else, or None: "9 days now", "van 12", "today makes 11"."""
    words = lexicon.numbers_in_digits(normalize(text)).split()
    denied = len(words) > 1 and words[0] in lexicon.negation and not words[1].isdecimal()  # "no son 12"
    if len(words) > LONGEST_COUNT or denied or "+" in text:  # "10+" may be more than ten
        return None
    numbers = [
        lexicon.numbers.get(word, word) for word in words if word.isdecimal() or word in lexicon.numbers
    ]
    around = (word for word in words if not word.isdecimal() and word not in lexicon.numbers)
    return (
        int(numbers[0]) if len(numbers) == 1 and lexicon.date_patterns.counting.issuperset(around) else None
    )


def is_day_in_figures(text: str) -> bool:
    """Return whether a text is only a day in figures, possible or not: "11/10"."""
    alone = text.strip()
    return FIGURES.fullmatch(alone) is not None or FIGURES_ALONE.fullmatch(alone) is not None


def is_only_a_day(text: str, lexicon: Lexicon) -> bool:
    """Return whether a text only names a future day: "its tmrw". Such a text means no danger."""
    said = normalize(text)
    ahead = lexicon.date_patterns.ahead.search(said)
    return ahead is not None and not lexicon.tense.tells_when.sub("", said.replace(ahead[0], "", 1)).strip()


def _coming(today: date, month: int, day: int, year: int | None = None) -> date | None:
    """Return that day in the given year, or its next occurrence; None if invalid."""
    try:
        this_year = date(year or today.year, month, day)
        return this_year if year or this_year >= today else date(today.year + 1, month, day)
    except ValueError:
        return None


def _next_weekdays(weekday: int, today: date, plain: str, find: DatePatterns) -> Iterator[date]:
    """Yield the days to come that a weekday (Monday is 0) may be: the next one, which is never today.

    With "after next" it is a week later. With "next week" it is that week's, which on a Sunday may be either.
    """
    day = today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    if find.later.search(plain):
        yield day + timedelta(days=7)
    elif find.next_week.search(plain):
        monday = today + timedelta(days=7 - today.weekday())
        yield monday + timedelta(days=weekday)
        if monday - today == timedelta(days=1):
            yield monday + timedelta(days=7 + weekday)
    else:
        yield day


def _alone(today: date, plain: str, lexicon: Lexicon, step: int) -> set[date | None]:
    """Return the days that a day without its month can mean: the next one (step 1) or the last one (step -1).

    None if the text names a weekday that does not match: "Monday the 28th". "friday 9" that does not match is a time.
    """
    found: set[date | None] = set()
    named = {lexicon.weekdays[m[0]] for m in lexicon.date_patterns.weekday.finditer(plain)}
    for number, surely in lexicon.date_patterns.days_alone(plain).items():
        days = (today + timedelta(days=step * n) for n in range(MOST_DAYS))
        day = next((day for day in days if day.day == number), None)
        agrees = day is not None and (not named or day.weekday() in named)
        if agrees or surely:
            found.add(day if agrees else None)
    return found


def _figures(text: str) -> Iterator[tuple[int, int, int | None]]:
    """Return month, day and year or None of each day in 9/14, 9-14-26 or 9/14/26 format: month first, as in the US."""
    if alone := FIGURES_ALONE.fullmatch(text):
        yield int(alone[1]), int(alone[2]), None
    for month, slashed, year, other, other_year in FIGURES.findall(text):
        written = year or other_year
        yield int(month), int(slashed or other), int(written) % 100 + 2000 if written else None


def _of(today: date, month: int, day: int, year: int | None = None) -> date | None:
    """Return that day in the given year, or its last occurrence; None if invalid or too old."""
    try:
        if year:
            return date(year, month, day)
        this_year = date(today.year, month, day)
        last = this_year if this_year <= today else date(today.year - 1, month, day)
        return last if today - last <= OLDEST_WITHOUT_YEAR else None
    except ValueError:
        return None


def _weekdays(
    weekday: int, today: date, back: set[timedelta], plain: str, find: DatePatterns
) -> Iterator[date]:
    """Yield the days that a weekday (Monday is 0) may be: the last one, today too unless it is "last Monday".

    With a week named, "Monday a week ago", it is that week's, or so long before the last one: two days if these differ.
    """
    last = today - timedelta(days=(today.weekday() - weekday) % 7)
    if not back:
        yield last - timedelta(days=7) if last == today and find.past.search(plain) else last
    for ago in back:
        yield from (last - ago, today - ago + timedelta(days=weekday - (today - ago).weekday()))


def says_day_has_not_come(said: str, lexicon: Lexicon) -> bool:
    """Return whether a short normalized text says that a day has not come: "I have not sent it yet", no "not Monday"."""
    words, find, padded = said.split(), lexicon.date_patterns, f" {said} "
    named = find.weekday.search(said) or find.back.search(said) or any(map(str.isdecimal, words))
    unsure = any(f" {entry} " in padded for entry in lexicon.unsure)
    short = len(words) <= LONGEST_DENIAL and not lexicon.calls.names_texts(words)
    return short and not named and not unsure and not lexicon.negation.isdisjoint(words)
