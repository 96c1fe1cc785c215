"""The staff desk, at /desk: who waits for a call back and who left a message, and what a center changes by itself.

`guard` holds the rules of every page and `roles` says who may ask for what. A page is a module here and a template.
"""

from __future__ import annotations

from hotline.web.desk import figures, opening, sign_in, team, work  # noqa: F401 -- each adds its routes to the blueprint
from hotline.web.desk.guard import desk

__all__ = ["desk"]
