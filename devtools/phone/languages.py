"""The languages of the page itself, which may differ from those of the flows."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

LANGUAGES = ("en", "es")
"""Language codes, the default first. Each has a file in words/."""


@dataclass(frozen=True, slots=True)
class Words:
    """The page's text. `page` is in the page as served, `live` is shown by scripts."""

    language: str
    page: Mapping[str, str]
    live: Mapping[str, str]


@lru_cache
def words(language: str) -> Words:
    """Return the page's text in one of LANGUAGES."""
    written = files("devtools.phone.words").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    read = tomllib.loads(written)
    return Words(language, read["page"], read["live"])
