"""Sessions of people signed in at the desk.

Rule 1: the session is stored here under the SHA-256 of a random token; only the browser has the token.
        Deleting the session signs it out at once, wherever the cookie is.
Rule 2: it ends with its account's generation (`staff_accounts`), IDLE after the last page, and LONGEST
        after sign-in.
Rule 3: while there are no accounts, DESK_PASSWORD signs in without a name. The first account, or a new
        password, ends such a session.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis import Redis

from hotline.store.connection import raise_store_busy
from hotline.store.lua import Script
from hotline.store.staff_accounts import ACCOUNTS, Account, read_account
from hotline.store.staff_roles import Role

IDLE = timedelta(hours=12)
"""A working day with breaks, so that staff sign in once in the morning."""

LONGEST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in user. `name` is "" for a user of DESK_PASSWORD; `csrf` is in each form they submit."""

    name: str
    role: Role
    csrf: str


def session_key(token: str) -> str:
    """Return the key of the session with this token."""
    return f"{{desk}}:session:{hashlib.sha256(token.encode(errors='surrogateescape')).hexdigest()}"


class Sessions:
    """Store sessions. Every method raises StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._load = Script(redis, "load_desk_session")

    def open(self, account: Account | None, shared: str, now: datetime) -> str:
        """Create a session, and return its token.

        Without an account it is a session of DESK_PASSWORD, and `shared` is a mark of that password.
        """
        token = secrets.token_urlsafe(32)
        fields = [
            "name",
            account.name if account else "",
            "generation",
            account.generation if account else shared,
        ]
        fields += ["csrf", secrets.token_urlsafe(32), "until", str((now + LONGEST).timestamp())]
        key = session_key(token)
        with raise_store_busy(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(key, items=fields)
            pipe.expire(key, IDLE)
            pipe.execute()
        return token

    def load(self, token: str, shared: str, now: datetime) -> tuple[Session | None, bool]:
        """Return the session of this token, None if it ended, and whether any account exists.

        `shared` is the mark of DESK_PASSWORD, "" if it is not set.
        """
        accounts, (name, generation, csrf, until), line = self._load(
            [session_key(token), ACCOUNTS], idle=IDLE
        )
        if name is None or float(until) <= now.timestamp():
            return None, bool(accounts)
        if name:
            account = read_account(name, line) if line else None
            alive = account is not None and secrets.compare_digest(account.generation, generation)
            return (Session(name, account.role, csrf) if account and alive else None), bool(accounts)
        alive = not accounts and bool(shared) and secrets.compare_digest(shared, generation)
        return (Session("", Role.ADMIN, csrf) if alive else None), bool(accounts)

    def end(self, token: str) -> None:
        """Delete the session of this token."""
        with raise_store_busy():
            self._redis.delete(session_key(token))
