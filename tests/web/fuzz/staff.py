"""Sample staff accounts: Ann, who is signed in, and Ben, who has a link to set a passphrase."""

import json
from datetime import timedelta
from typing import Final

from redis import Redis

from hotline import clock
from hotline.store.desk_sessions import IDLE, LONGEST, session_key
from hotline.store.staff_accounts import ACCOUNTS, LINK_LASTS, link_key
from hotline.store.staff_roles import Role
from hotline.web.desk.guard import SESSION_COOKIE
from hotline.web.desk.passphrases import hashed

PASSPHRASE: Final = "four words of my own"
SESSION, CSRF, LINK = "a-session-of-the-tests", "a-secret-of-the-tests", "a-link-of-the-tests"
COOKIE: Final = ("Cookie", f"{SESSION_COOKIE}={SESSION}")
"""The session cookie of Ann's browser."""


def add_staff(redis: Redis) -> None:
    """Write the accounts, the session and the link."""
    digest = hashed(PASSPHRASE)
    for name, generation in (("ann", "first"), ("ben", "second")):
        account = {"role": Role.ADMIN, "hash": digest, "generation": generation}
        redis.hset(ACCOUNTS, name, json.dumps(account))
    until = str((clock.now() + LONGEST).timestamp())
    fields = ["name", "ann", "generation", "first", "csrf", CSRF, "until", until]
    redis.hset(session_key(SESSION), items=fields)
    redis.expire(session_key(SESSION), _seconds(IDLE))
    redis.set(link_key(LINK), json.dumps({"name": "ben", "generation": "second"}), ex=_seconds(LINK_LASTS))


def _seconds(time: timedelta) -> int:
    return int(time.total_seconds())
