"""Dates that a person names."""

from datetime import date

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.dates import number_of_days, read_coming_day, read_day

TODAY = date(2026, 11, 23)
"""A Monday."""

DAYS = {
    "today": ("today", TODAY),
    "hoy": ("hoy lo firmé", TODAY),
    "yesterday": ("I signed it yesterday", date(2026, 11, 22)),
    "ayer": ("ayer", date(2026, 11, 22)),
    "in figures": ("9/14", date(2026, 9, 14)),
    "with the year": ("9/14/26", date(2026, 9, 14)),
    "alone, with a dash": ("9-14", date(2026, 9, 14)),
    "alone, with a point": (" 9.14 ", date(2026, 9, 14)),
    "at a time": ("yesterday at 9.15", date(2026, 11, 22)),
    "at times": ("monday 8-9", TODAY),
    "with the whole year": ("09-14-2026", date(2026, 9, 14)),
    "last year's": ("12/24/25", date(2025, 12, 24)),
    "one to come, rather than last year's": ("12/5", None),
    "a Tuesday, not March": ("martes 17", date(2026, 11, 17)),
    "a word that begins like a month": ("marked 5", None),
    "not that day": ("not today", None),
    "a day to come": ("I will sign on friday", None),
    "next week's": ("next monday", None),
    "by month": ("Sept 14", date(2026, 9, 14)),
    "by month, in full": ("on November 3rd", date(2026, 11, 3)),
    "en español": ("14 de septiembre", date(2026, 9, 14)),
    "a weekday": ("I sent it Friday", date(2026, 11, 20)),
    "this weekday": ("monday", TODAY),
    "un día de la semana": ("el martes", date(2026, 11, 17)),
    "so many days ago": ("3 days ago", date(2026, 11, 20)),
    "hace días": ("hace 5 días", date(2026, 11, 18)),
    "last week": ("last week", date(2026, 11, 16)),
    "no such day": ("2/30", None),
    "too long ago": ("9/14/2020", None),
    "to come": ("12/24/2026", None),
    "two days": ("9/14 or 9/15", None),
    "a number": ("2", None),
    "nothing": ("", None),
    "words": ("not yet", None),
    "without a month": ("the 20th", date(2026, 11, 20)),
    "sin mes": ("el 30", date(2026, 10, 30)),
    "no day, though an ordinal": ("i sent it the 2nd time they asked", None),
    "no day, though a number": ("the 20 pages", None),
}


@pytest.mark.parametrize(("text", "day"), DAYS.values(), ids=DAYS.keys())
def test_a_past_day_is_read_or_not(book: Book, text: str, day: date | None) -> None:
    """The latest that fits; two are none."""
    assert day == read_day(text, TODAY, book.reader.lexicon)


COMING = {
    "times": ("friday 2-3 pm", date(2026, 11, 27)),
    "a time": ("friday at 3.30", date(2026, 11, 27)),
    "tomorrow at times": ("tomorrow 2-3", date(2026, 11, 24)),
    "figures at times": ("12/4 at 3-4", date(2026, 12, 4)),
    "a month at a time": ("dec 4 at 1.30", date(2026, 12, 4)),
    "figures with a dash": ("12-4", date(2026, 12, 4)),
    "figures with dashes and the year": ("on 12-4-26", date(2026, 12, 4)),
    "tomorrow": ("its tomorrow", date(2026, 11, 24)),
    "mañana": ("mañana por la mañana", date(2026, 11, 24)),
    "pasado mañana": ("pasado mañana", date(2026, 11, 25)),
    "today": ("today", TODAY),
    "a weekday": ("friday at 9", date(2026, 11, 27)),
    "the same weekday is next week's": ("monday", date(2026, 11, 30)),
    "un día de la semana": ("el jueves", date(2026, 11, 26)),
    "the one after the next": ("yea thursday after next", date(2026, 12, 3)),
    "a week later": ("a week from wednesday", date(2026, 12, 2)),
    "next week's weekday": ("friday of next week", date(2026, 12, 4)),
    "el de la otra semana": ("el jueves de la otra semana", date(2026, 12, 3)),
    "en ocho": ("de este jueves en ocho", date(2026, 12, 3)),
    "in figures": ("12/5", date(2026, 12, 5)),
    "in figures, next year": ("3/14", date(2027, 3, 14)),
    "with the year": ("3/14/27", date(2027, 3, 14)),
    "by month": ("December 3rd", date(2026, 12, 3)),
    "en español": ("3 de diciembre", date(2026, 12, 3)),
    "in a week": ("a week from today", date(2026, 11, 30)),
    "past": ("11/20", None),
    "past, with its year": ("11/20/26", None),
    "too far off": ("10/1", None),
    "two days": ("12/5 or 12/6", None),
    "not a day": ("not tomorrow", None),
    "ago": ("3 days ago", None),
    "no such day": ("2/30", None),
    "nothing": ("", None),
    "without a month": ("yes its the 30th at 2 pm", date(2026, 11, 30)),
    "without a month, next month's": ("the 15th", date(2026, 12, 15)),
    "sin mes": ("el 30 a las 2", date(2026, 11, 30)),
    "sin mes, en palabras": ("es el quince", date(2026, 12, 15)),
    "con el día de la semana": ("el martes 15 a las 9", date(2026, 12, 15)),
    "with a weekday": ("monday the 7th", date(2026, 12, 7)),
    "with another day's weekday": ("monday the 28th", None),
    "a time behind a weekday": ("friday 9", date(2026, 11, 27)),
    "two, without a month": ("the 3rd or the 4th", None),
    "no day, though a number": ("the 2 teachers", None),
}


@pytest.mark.parametrize(("text", "day"), COMING.values(), ids=COMING.keys())
def test_a_coming_day_is_read_or_not(book: Book, text: str, day: date | None) -> None:
    """The next that fits within half a year; two are none."""
    assert day == read_coming_day(text, TODAY, book.reader.lexicon)


WEEKS = [
    ("last monday", date(2026, 11, 16)),
    ("a week ago monday", date(2026, 11, 16)),
    ("el lunes pasado", date(2026, 11, 16)),
    ("el lunes de la semana pasada", date(2026, 11, 16)),
    ("monday two weeks ago", date(2026, 11, 9)),
    ("three weeks ago", date(2026, 11, 2)),
    ("hace 3 semanas", date(2026, 11, 2)),
    ("monday", TODAY),
    ("last friday", date(2026, 11, 20)),
    ("friday a week ago", None),
    ("monday before last", None),
    ("a week from monday", None),
]


@pytest.mark.parametrize(("text", "day"), WEEKS)
def test_a_weekday_of_an_earlier_week_is_not_todays(book: Book, text: str, day: date | None) -> None:
    """TODAY is a Monday."""
    assert day == read_day(text, TODAY, book.reader.lexicon)


SAID = [
    ("September fourteenth", date(2026, 9, 14)),
    ("it was November third", date(2026, 11, 3)),
    ("the fourteenth of September", date(2026, 9, 14)),
    ("october thirtieth", date(2026, 10, 30)),
    ("october twenty first", date(2026, 10, 21)),
    ("twenty days ago", date(2026, 11, 3)),
    ("catorce de septiembre", date(2026, 9, 14)),
    ("el tres de noviembre", date(2026, 11, 3)),
    ("el primero de noviembre", date(2026, 11, 1)),
    ("veintitrés de octubre", date(2026, 10, 23)),
    ("treinta y uno de octubre", date(2026, 10, 31)),
    ("hace veinte días", date(2026, 11, 3)),
    ("hace dos semanas", date(2026, 11, 9)),
    ("three days ago", date(2026, 11, 20)),
]


@pytest.mark.parametrize(("said", "day"), SAID)
def test_spoken_days_are_read(book: Book, said: str, day: date) -> None:
    assert day == read_day(said, date(2026, 11, 23), book.reader.lexicon)


@pytest.mark.parametrize(
    ("said", "day"), [("December fourth", 4), ("el cuatro de diciembre", 4), ("december twenty second", 22)]
)
def test_spoken_coming_days_are_read(book: Book, said: str, day: int) -> None:
    assert date(2026, 12, day) == read_coming_day(said, date(2026, 11, 23), book.reader.lexicon)


def test_next_week_said_on_a_sunday_is_ambiguous(book: Book) -> None:
    sunday = date(2026, 11, 29)
    assert read_coming_day("thursday of next week", sunday, book.reader.lexicon) is None


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("9 days now", 9),
        ("6 days", 6),
        ("today makes 11", 11),
        ("only four days so far", 4),
        ("5 i think", 5),
        ("ya van 7 dias", 7),
        ("van doce", 12),
        ("ya van 12 con hoy", 12),
        ("9 times", None),
        ("2 or 3 days", None),
        ("no 12 days", 12),
        ("no son 12 dias", None),
        ("10+", None),
        ("more than 9 days", None),
        ("3 days in the hospital", None),
        ("not sure", None),
    ],
)
def test_a_number_of_days_is_read_alone(book: Book, text: str, days: int | None) -> None:
    assert days == number_of_days(text, book.reader.lexicon)
