"""Changes of the staff's accounts, made at the desk or with `hotline staff`, each with its row in the desk's audit.

Rule 1: the row is written before the change; if the change is refused, the row says so. Without an account
        of this name there is no row: a typo would stay there for a year.
Rule 2: at the desk no one changes the role of their own account or removes it, so that nobody locks themselves out.
Rule 3: a link is returned once and stored nowhere (`staff_accounts`). You must not log it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from hotline.store.desk_audit import DeskAudit
from hotline.store.request_work import RequestWork
from hotline.store.staff_accounts import MOST, Accounts, LastAdmin
from hotline.store.staff_roles import Role

LINK_PATH: Final = "/desk/passphrase/"
"""The path of the page where a link sets a passphrase, without its token."""


class Why(StrEnum):
    """Why a change was refused."""

    TAKEN = "taken"
    FULL = "full"
    LAST_ADMIN = "last_admin"
    OWN = "own"


class NoAccount(Exception):
    """There is no account of this name."""


class NotChanged(Exception):
    """The change was refused; the audit says so."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Added:
    """A new account: its role, the token of its link, and whether it ends the use of DESK_PASSWORD."""

    role: Role
    token: str
    is_first: bool


class StaffChanges:
    """Change accounts as `by`, "" for the command line. Every method raises NoAccount, NotChanged and StoreBusy."""

    def __init__(self, accounts: Accounts, audit: DeskAudit, work: RequestWork, by: str = "") -> None:
        self._accounts, self._audit, self._work, self._by = accounts, audit, work, by

    def add(self, name: str, role: Role, now: datetime) -> Added:
        """Add an account; the first one is an admin, else no one could change hours and words, or see who did what."""
        before = self._accounts.all()
        with self._recorded("made an account", name, now):
            if name in {account.name for account in before}:
                raise NotChanged(Why.TAKEN)
            if len(before) >= MOST:
                raise NotChanged(Why.FULL)
            given = role if before else Role.ADMIN
            token = self._accounts.link(name) if self._accounts.add(name, given) else None
            if token is None:
                raise NotChanged(Why.TAKEN)
            return Added(given, token, is_first=not before)

    def link(self, name: str, now: datetime) -> str:
        """Return the token of a new link to set a passphrase; earlier ones end."""
        self._need(name)
        with self._recorded("made a link", name, now):
            token = self._accounts.link(name)
            if token is None:
                raise NoAccount
            return token

    def set_role(self, name: str, role: Role, now: datetime) -> None:
        """Change what an account may do. Its owner stays signed in."""
        self._need(name)
        with self._recorded("changed a role", name, now):
            self._need_other(name)
            if not self._accounts.set_role(name, role):
                raise NoAccount

    def sign_out(self, name: str, now: datetime) -> None:
        """End all sessions and links of an account, as after a lost phone or a stolen cookie."""
        self._need(name)
        with self._recorded("ended all sessions", name, now):
            if not self._accounts.sign_out(name):
                raise NoAccount

    def remove(self, name: str, now: datetime) -> int:
        """Remove an account, end its sessions and release its requests; return how many those were.

        Only the command line removes the last account of all.
        """
        self._need(name)
        with self._recorded("removed an account", name, now):
            self._need_other(name)
            if not self._accounts.remove(name, even_last=not self._by):
                raise NoAccount
            return self._work.release_all(name)

    def _need(self, name: str) -> None:
        if self._accounts.get(name) is None:
            raise NoAccount

    def _need_other(self, name: str) -> None:
        if name == self._by:
            raise NotChanged(Why.OWN)

    @contextmanager
    def _recorded(self, what: str, name: str, now: datetime) -> Iterator[None]:
        """Record a change before it is made, and mark it if it is refused (Rule 1)."""
        row = self._audit.add(self._by, what, name, now)
        try:
            yield
        except LastAdmin:
            self._audit.refuse(row)
            raise NotChanged(Why.LAST_ADMIN) from None
        except (NoAccount, NotChanged):
            self._audit.refuse(row)
            raise
