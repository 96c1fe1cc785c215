"""Who is signed in at the desk.

Rule 1: a session stands here, and the browser has a random token alone; here is only its SHA-256. What is removed here
        is over at once, wherever the cookie is.
Rule 2: it ends with its account's generation (`staff_accounts`), IDLE after the last page, and LONGEST after sign-in.
Rule 3: while there is no account, whoever knows DESK_PASSWORD is signed in under no name. With the first account, and
        with another password, such a session is over.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from redis import Redis

from hotline.store.connection import told_as_busy
from hotline.store.staff_accounts import ACCOUNTS, Account, read_account
from hotline.store.staff_roles import Role

IDLE = timedelta(hours=12)
"""A working day with its breaks: who signs in in the morning does so once."""

LONGEST = timedelta(days=7)

LOAD: Final = """
local session = redis.call('HMGET', KEYS[1], 'name', 'generation', 'csrf', 'until')
local account = session[1] and redis.call('HGET', KEYS[2], session[1])
if session[1] then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {redis.call('HLEN', KEYS[2]), session, account}
"""
"""KEYS: a session, the accounts. ARGV: IDLE in seconds. Returns how many accounts there are, the session's fields, and its
account."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in. `name` is "" for whoever knows DESK_PASSWORD; `csrf` stands in each form of theirs."""

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
        self._load = redis.register_script(LOAD)

    def open(self, account: Account | None, shared: str, now: datetime) -> str:
        """Sign somebody in, and return their token. Without an account it is for whoever knows DESK_PASSWORD, of which
        `shared` is a mark.
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
        with told_as_busy(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(key, items=fields)
            pipe.expire(key, int(IDLE.total_seconds()))
            pipe.execute()
        return token

    def load(self, token: str, shared: str, now: datetime) -> tuple[Session | None, bool]:
        """Return the session of this token, if it is not over, and whether there is any account. `shared` is the mark of
        DESK_PASSWORD, "" without one.
        """
        with told_as_busy():
            accounts, (name, generation, csrf, until), line = self._load(
                keys=[session_key(token), ACCOUNTS], args=[int(IDLE.total_seconds())]
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
        """Sign this session out."""
        with told_as_busy():
            self._redis.delete(session_key(token))
