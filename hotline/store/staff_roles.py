"""Staff roles of the desk, apart from the accounts because the command line needs them before Redis."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A staff member's permissions; each role includes those before it."""

    STAFF = "staff"
    """May call parents back."""
    EDITOR = "editor"
    """May also change hours, closed days, staff numbers and words."""
    ADMIN = "admin"
    """May also see accounts and the audit, and end sessions."""

    def includes(self, other: Role) -> bool:
        """Check whether this role includes the permissions of `other`."""
        order = tuple(Role)
        return order.index(self) >= order.index(other)
