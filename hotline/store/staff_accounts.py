"""Staff accounts of the desk: a name, a role, and the hash of a passphrase.

Rule 1: only the Argon2 hash of a passphrase is stored (`web.desk.passphrases`), and only the SHA-256 of the
        token of a link to set one. The link works once, and expires after LINK_LASTS.
Rule 2: an account and each of its sessions have a generation. A new passphrase, signing out everywhere and
        removal change it, so that every older session and link ends at once.
Rule 3: while there are accounts, one is an admin: the last one is neither removed nor given another role.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import unicodedata
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any, Final

from redis import Redis

from hotline.store.connection import raise_store_busy
from hotline.store.lua import Script
from hotline.store.staff_roles import Role

ACCOUNTS: Final = "{desk}:accounts"
"""Hash: name -> account as JSON."""

LINK_LASTS = timedelta(hours=48)
"""Lifetime of a link, long enough for a message that is read the next working day."""

MOST: Final = 100
"""Maximum number of accounts; a center has about five. The desk reads all of them at once."""

LONGEST_NAME: Final = 32
MARKS: Final = frozenset("._-")
"""What a name may have besides letters, their accents and digits."""
APOSTROPHES: Final = frozenset("'\u2019\u02bc")
"""What is left out of a name."""
INVISIBLE: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks that show nothing, so that two names would look the same: Default_Ignorable_Code_Point of Unicode."""


class LastAdmin(Exception):
    """Only this account can still see accounts and the audit (Rule 3)."""


@dataclass(frozen=True, slots=True)
class Account:
    """A staff account. `hash` is "" until a passphrase is set; nobody can sign in before that."""

    name: str
    role: Role
    hash: str
    generation: str
    phone: str = ""
    """The owner's own phone, sealed; "" if none is set."""
    link: str = ""
    """The key of the newest link to set a passphrase, "" if there was none."""


def read_name(given: str) -> str | None:
    """Return the name of an account in the one form in which it is stored, or None if it cannot be a name.

    It has letters of any language in lower case, digits and MARKS; spaces between its words become dots, and O'Hara is
    ohara. It appears in URLs and lists.
    """
    letters = "".join(each for each in given if each not in APOSTROPHES)
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", letters).casefold())
    name = ".".join(folded.split())
    kinds = [unicodedata.category(each) for each in name]
    if not kinds or len(name) > LONGEST_NAME or not (kinds[0][0] == "L" or kinds[0] == "Nd"):
        return None
    fit = (kind[0] in "LM" or kind == "Nd" or each in MARKS for each, kind in zip(name, kinds, strict=True))
    return name if all(fit) and not INVISIBLE.search(name) else None


def without_accents(name: str) -> str:
    """Return a name without its accents: "lucia" for "lucía"."""
    return "".join(
        each for each in unicodedata.normalize("NFKD", name) if not unicodedata.category(each).startswith("M")
    )


def link_key(token: str) -> str:
    """Return the key of the link with this token."""
    return f"{{desk}}:link:{hashlib.sha256(token.encode(errors='surrogateescape')).hexdigest()}"


def read_account(name: str, line: str) -> Account:
    """Parse an account from its value in ACCOUNTS."""
    record = json.loads(line)
    return Account(
        name,
        Role(record["role"]),
        str(record["hash"]),
        str(record["generation"]),
        str(record.get("phone") or ""),
        str(record.get("link") or ""),
    )


class Accounts:
    """Store accounts and links. Every method raises StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._accept = Script(redis, "accept_link")
        self._change = Script(redis, "change_account")

    def all(self) -> list[Account]:
        """Return all accounts, sorted by name."""
        with raise_store_busy():
            lines = self._redis.hgetall(ACCOUNTS)
        return sorted((read_account(str(n), str(line)) for n, line in lines.items()), key=lambda a: a.name)

    def any(self) -> bool:
        """Check whether there is any account."""
        with raise_store_busy():
            return bool(self._redis.exists(ACCOUNTS))

    def get(self, name: str) -> Account | None:
        """Return the account with this name, or None."""
        with raise_store_busy():
            line = self._redis.hget(ACCOUNTS, name)
        return read_account(name, str(line)) if line else None

    def name_for_sign_in(self, typed: str) -> str:
        """Return the name of the account that a person who signs in typed, or what was typed if there is none.

        Accents may be missing, as on many keyboards, if the account is the only one with these letters.
        """
        name = read_name(typed)
        if name is None:
            return typed[:LONGEST_NAME]
        alike = self._alike(name)
        return alike[0] if name not in alike and len(alike) == 1 else name

    def _alike(self, name: str) -> list[str]:
        """Return the names of the accounts that are this one but for accents."""
        bare = without_accents(name)
        return [account.name for account in self.all() if without_accents(account.name) == bare]

    def add(self, name: str, role: Role) -> bool:
        """Add an account without a passphrase; return False if the name is taken, with or without accents."""
        account = Account(name, role, "", _generation())
        if self._alike(name):
            return False
        with raise_store_busy():
            return bool(self._redis.hsetnx(ACCOUNTS, name, _written(account)))

    def remove(self, name: str, *, even_last: bool = False) -> bool:
        """Remove an account, its sessions and its links; return False if there is no such account.

        Raises LastAdmin, but with `even_last` not for the only account.
        """
        while (account := self.get(name)) is not None:
            if self._put(account, None, even_last=even_last):
                return True
        return False

    def set_role(self, name: str, role: Role) -> bool:
        """Change what an account may do, in its sessions too; return False if there is no such account.

        Raises LastAdmin.
        """
        return self._changed(name, role=role) is not None

    def sign_out(self, name: str) -> bool:
        """End every session and link of an account; return False if there is no such account."""
        return self._changed(name, generation=_generation()) is not None

    def rehash(self, account: Account, digest: str) -> None:
        """Store a new hash of the same passphrase, unless the account has changed since it was read."""
        self._put(account, replace(account, hash=digest))

    def set_phone(self, name: str, sealed: str) -> None:
        """Store the owner's own phone, sealed, unless the account is gone."""
        self._changed(name, phone=sealed)

    def link(self, name: str) -> str | None:
        """Create a link to set a passphrase and return its token; None if there is no such account.

        Earlier links of the account end.
        """
        token = secrets.token_urlsafe(32)
        before = self._changed(name, link=link_key(token))
        if before is None:
            return None
        line = json.dumps({"name": name, "generation": before.generation})
        with raise_store_busy(), self._redis.pipeline(transaction=True) as pipe:
            if before.link:
                pipe.delete(before.link)
            pipe.set(link_key(token), line, ex=LINK_LASTS)
            pipe.execute()
        return token

    def linked(self, token: str) -> str | None:
        """Return the account name of a link; None if it is invalid, used or expired."""
        with raise_store_busy():
            line = self._redis.get(link_key(token))
        link = json.loads(str(line)) if line else {}
        account = self.get(link["name"]) if link else None
        return account.name if account and account.generation == link["generation"] else None

    def accept(self, token: str, digest: str) -> str | None:
        """Use a link to set the account's passphrase hash, end all its sessions, and return its name.

        Returns None if the link is invalid, used or expired.
        """
        name = self._accept([ACCOUNTS, link_key(token)], hash=digest, generation=_generation())
        return str(name) if name else None

    def _changed(self, name: str, **change: Any) -> Account | None:
        """Change an account, and return it as it was before; None if there is no such account."""
        while (account := self.get(name)) is not None:
            if self._put(account, replace(account, **change)):
                return account
        return None

    def _put(self, before: Account, after: Account | None, *, even_last: bool = False) -> bool:
        """Replace an account, by None to remove it; return False if it has changed. Raises LastAdmin."""
        with raise_store_busy():
            line = self._redis.hget(ACCOUNTS, before.name)
        if not line or read_account(before.name, str(line)) != before:
            return False
        became = self._change(
            [ACCOUNTS],
            name=before.name,
            before=str(line),
            after=_written(after) if after else "",
            admin=Role.ADMIN,
            even_last=even_last,
        )
        if became == "last":
            raise LastAdmin
        return bool(became == "done")


def _written(account: Account) -> str:
    record = asdict(account)
    del record["name"]
    return json.dumps(record)


def _generation() -> str:
    return secrets.token_hex(8)
