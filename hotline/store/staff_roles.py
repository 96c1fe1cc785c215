"""The roles of the desk, apart from the store: the command line knows them before it needs Redis."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What somebody may do at the desk. Each role may do what those before it may."""

    STAFF = "staff"
    """Call parents back."""
    EDITOR = "editor"
    """Change hours, closed days and staff numbers as well."""
    ADMIN = "admin"
    """See who has an account and who did what, and end sessions, as well."""

    def includes(self, other: Role) -> bool:
        """Return whether this role may do what `other` may."""
        order = tuple(Role)
        return order.index(self) >= order.index(other)
