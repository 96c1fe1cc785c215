"""Staff roles of the desk, apart from the accounts because the command line needs them before Redis."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """A staff member's permissions; each role includes those before it."""

    STAFF = "staff"
    """May call parents back."""
    EDITOR = "editor"
    """May also change hours, closed days, staff numbers and words."""
    ADMIN = "admin"
    """May also see and change accounts, and see the audit."""

    def includes(self, other: Role) -> bool:
        """Check whether this role includes the permissions of `other`."""
        order = tuple(Role)
        return order.index(self) >= order.index(other)


MAY: Final = {
    Role.STAFF: "calls and texts parents back",
    Role.EDITOR: "also changes hours, closed days, staff numbers and words",
    Role.ADMIN: "also adds and removes accounts, and sees who did what",
}
"""What each role may do, for the person who makes accounts."""
