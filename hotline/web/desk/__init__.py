"""Staff desk at /desk: parents who want a callback or left a message, and what a center can change itself.

`guard` has the rules for every page, and `roles` the access table. Each page has a module here and a template.
"""

from __future__ import annotations

from hotline.web.desk import (  # noqa: F401 -- each adds its routes to the blueprint
    accounts,
    figures,
    language,
    opening,
    reach,
    refusals,
    team,
    words_pages,
    words_publish,
    words_reminders,
    words_topics,
    words_versions,
    work,
)
from hotline.web.desk.guard import desk

__all__ = ["desk"]
