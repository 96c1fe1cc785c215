"""The languages of the page itself, which need not be those of the flows."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

LANGUAGES = ("en", "es")
"""The default one first. A file of words/ for each."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a page says. `page` stands in it as it is served, `live` comes and goes."""

    language: str
    page: Mapping[str, str]
    live: Mapping[str, str]


@lru_cache
def words(language: str) -> Words:
    """The words of one of LANGUAGES."""
    written = files("devtools.phone.words").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    read = tomllib.loads(written)
    return Words(language, read["page"], read["live"])
