"""Access table of the desk: the role that each route needs.

Rule: a route that is not in the table is refused to everyone. A test compares the table with the app's
      routes, and requests each one as each role.
"""

from __future__ import annotations

from typing import Final

from hotline.store.staff_roles import Role

ANYONE: Final = None
"""Includes visitors who are not signed in."""

ROUTES: Final[dict[tuple[str, str], Role | None]] = {
    ("GET", "/desk/sign-in"): ANYONE,
    ("POST", "/desk/sign-in"): ANYONE,
    ("GET", "/desk/passphrase/<token>"): ANYONE,
    ("POST", "/desk/passphrase/<token>"): ANYONE,
    ("POST", "/desk/language"): ANYONE,
    ("POST", "/desk/sign-out"): Role.STAFF,
    ("GET", "/desk"): Role.STAFF,
    ("GET", "/desk/recording/<id>"): Role.STAFF,
    ("GET", "/desk/request/<id>"): Role.STAFF,
    ("POST", "/desk/request/<id>/claim"): Role.STAFF,
    ("POST", "/desk/request/<id>/call"): Role.STAFF,
    ("POST", "/desk/request/<id>/call/cancel"): Role.STAFF,
    ("POST", "/desk/request/<id>/forget-phone"): Role.STAFF,
    ("POST", "/desk/request/<id>/text"): Role.STAFF,
    ("POST", "/desk/request/<id>/note"): Role.STAFF,
    ("POST", "/desk/request/<id>/release"): Role.STAFF,
    ("POST", "/desk/request/<id>/done"): Role.STAFF,
    ("POST", "/desk/request/<id>/undo"): Role.STAFF,
    ("GET", "/desk/history"): Role.STAFF,
    ("GET", "/desk/figures"): Role.STAFF,
    ("GET", "/desk/figures/report"): Role.STAFF,
    ("GET", "/desk/figures/report.csv"): Role.STAFF,
    ("GET", "/desk/figures/<month>"): Role.STAFF,
    ("GET", "/desk/figures/<month>.csv"): Role.STAFF,
    ("GET", "/desk/opening"): Role.EDITOR,
    ("POST", "/desk/opening"): Role.EDITOR,
    ("POST", "/desk/opening/today"): Role.EDITOR,
    ("POST", "/desk/opening/back/<version>"): Role.EDITOR,
    ("GET", "/desk/words"): Role.EDITOR,
    ("POST", "/desk/words"): Role.EDITOR,
    ("GET", "/desk/words/text/<id>"): Role.EDITOR,
    ("POST", "/desk/words/text/<id>"): Role.EDITOR,
    ("POST", "/desk/words/review/<name>"): Role.EDITOR,
    ("GET", "/desk/words/topics"): Role.EDITOR,
    ("GET", "/desk/words/topic/<name>"): Role.EDITOR,
    ("POST", "/desk/words/topic/<name>"): Role.EDITOR,
    ("GET", "/desk/words/reminders"): Role.EDITOR,
    ("POST", "/desk/words/reminders"): Role.EDITOR,
    ("GET", "/desk/words/centers"): Role.EDITOR,
    ("POST", "/desk/words/center/<name>"): Role.EDITOR,
    ("GET", "/desk/words/conflicts"): Role.EDITOR,
    ("POST", "/desk/words/conflicts"): Role.EDITOR,
    ("GET", "/desk/words/versions"): Role.EDITOR,
    ("POST", "/desk/words/back/<version>"): Role.EDITOR,
    ("POST", "/desk/words/take-back/<version>"): Role.EDITOR,
    ("GET", "/desk/words/publishing/<id>"): Role.EDITOR,
    ("GET", "/desk/team"): Role.ADMIN,
    ("POST", "/desk/team"): Role.ADMIN,
    ("POST", "/desk/team/<name>/link"): Role.ADMIN,
    ("POST", "/desk/team/<name>/role"): Role.ADMIN,
    ("POST", "/desk/team/<name>/remove"): Role.ADMIN,
    ("POST", "/desk/team/<name>/sign-out"): Role.ADMIN,
}
