"""Translations of the desk: English is in the code, Spanish in a gettext catalog.

Rule: a message without a translation is shown in English; a test reports it.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, get_day_names
from babel.messages.pofile import read_po
from babel.numbers import format_currency
from flask import g, request

from hotline.config.office_hours import DAY_NAMES, SHORTEST_DAY_NAME, Span, read_spans, written_spans
from hotline.conversation.nlu.normalize import normalize
from hotline.web.service import service as this_service

LANGUAGES: Final = {"en": "English", "es": "Español"}
LOCALES: Final = {"en": "en_US", "es": "es_US"}
COOKIE: Final = "desk_language"
CATALOGS: Final = Path(__file__).parent / "translations"

WORD: Final = re.compile(r"[^\W\d_]+")

MOMENT: Final = {"en": "EEEE, MMMM d, y 'at' h:mm a zzz", "es": "EEEE d 'de' MMMM 'de' y, h:mm a zzz"}


def language() -> str:
    """Return the user's language: their choice, or else what their browser requests."""
    if "desk_language" not in g:  # a page asks hundreds of times
        wanted = request.cookies.get(COOKIE, "")
        best = request.accept_languages.best_match(list(LANGUAGES), "en") or "en"
        g.desk_language = wanted if wanted in LANGUAGES else best
    return str(g.desk_language)


def gettext(words: str, /, **values: object) -> str:
    """Return a message in the user's language, with the values interpolated."""
    found = _catalog(language()).get(words) or words
    return found % values if values else found


def written_moment(moment: object) -> str:
    """Return a time in the center's time zone, such as "Monday, November 23, 2026 at 10:00 AM EST"."""
    chosen = language()
    zone = this_service().settings.time_zone
    return format_datetime(moment, MOMENT[chosen], tzinfo=zone, locale=LOCALES[chosen])  # type: ignore[arg-type]  # Jinja knows no types


def short_moment(moment: object) -> str:
    """Return a time for a table, in the center's time zone, such as "11/23/26, 10:00 AM"."""
    zone = this_service().settings.time_zone
    return format_datetime(moment, "short", tzinfo=zone, locale=LOCALES[language()])  # type: ignore[arg-type]  # likewise


def written_day(day: object, how: str = "full") -> str:
    """Return a date such as "Monday, November 23, 2026", of a moment in the center's time zone.

    `how` is a length or pattern of Babel.
    """
    if isinstance(day, datetime):
        day = day.astimezone(this_service().settings.time_zone)
    return format_date(day, how, locale=LOCALES[language()])  # type: ignore[arg-type]  # likewise


def written_hours(spans: tuple[Span, ...]) -> str:
    """Return office hours as `read_hours` reads them, such as "Mon-Fri 9:00-17:00", "lun-vie 9:00-17:00" in Spanish."""
    own = get_day_names("abbreviated", locale=LOCALES[language()])
    short = {name[:SHORTEST_DAY_NAME]: own[at].strip(".") for at, name in enumerate(DAY_NAMES)}
    return WORD.sub(lambda found: short.get(found[0].casefold(), found[0]), written_spans(spans))


def read_hours(text: str) -> tuple[Span, ...]:
    """Parse office hours with the words in English or in the user's language. Raise ValueError (`read_spans`)."""
    own = get_day_names("wide", locale=LOCALES[language()])
    days = {normalize(own[at]): name for at, name in enumerate(DAY_NAMES)}
    between = {
        word: english
        for english, words in (
            ("to", gettext("to, until")),
            ("from", gettext("from")),
            ("and", gettext("and")),
        )
        for word in words.split(", ")
    }

    def in_english(found: re.Match[str]) -> str:
        said = normalize(found[0])
        if said in between and text[found.end() : found.end() + 1] != ".":  # not the "a" of "a.m."
            return between[said]
        named = (name for day, name in days.items() if day.startswith(said))
        return next(named, found[0]) if len(said) >= SHORTEST_DAY_NAME else found[0]

    return read_spans(WORD.sub(in_english, text))


def money(dollars: float) -> str:
    """Return an amount such as "$12.30"."""
    return str(format_currency(dollars, "USD", locale=LOCALES[language()]))


def language_name(code: str, *, capital: bool = True) -> str:
    """Return the name of a language, or its code if unknown; with `capital`, as at the start of a line."""
    try:
        name = Locale.parse(code).get_display_name(LOCALES[language()]) or code
    except (UnknownLocaleError, ValueError):
        return code
    return name[:1].upper() + name[1:] if capital else name


@lru_cache
def _catalog(code: str) -> dict[str, str]:
    path = CATALOGS / f"{code}.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalog = read_po(file, locale=code)
    return {str(m.id): str(m.string) for m in catalog if m.id and m.string and not m.fuzzy}
