"""Staff passphrases: Argon2id, with the OWASP parameters for a server with little memory.

Source: cheatsheetseries.owasp.org, Password Storage: 19 MiB, two passes, one lane.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hotline.store.staff_accounts import without_accents

SHORTEST: Final = 12
"""Minimum characters.

NIST SP 800-63B requires 8 with a second factor, and 15 without one. Guesses at the desk are throttled
(`store.login_throttle`), so the length is one that a person can still remember.
"""

LONGEST: Final = 200

_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

_NOBODY: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$Mpy52e1YngsbeG5EhVa2+Q$nxjV4EkyNSeHFURfMMJxOI87kmE2RvJUkf3wmbRJBZY"
)
"""Verified if there is no such account, so that response times do not reveal accounts.

No passphrase has this hash. It is a constant because computing it at each start would take a tenth of a second."""


def hashed(passphrase: str) -> str:
    """Return the Argon2 hash of a passphrase, with its salt and parameters."""
    return _HASHER.hash(passphrase)


def fits(digest: str, passphrase: str) -> bool:
    """Check whether this is the passphrase of the hash. An empty `digest` never matches, and takes as long."""
    try:
        _HASHER.verify(digest or _NOBODY, passphrase)
    except (VerificationError, InvalidHashError):
        return False
    return bool(digest)


def is_older(digest: str) -> bool:
    """Check whether the hash was made with parameters other than the current ones."""
    return _HASHER.check_needs_rehash(digest)


def is_shared_password(given: str, password: str) -> bool:
    """Check whether this is DESK_PASSWORD, in constant time. Without one, nothing matches."""
    digests = (sha256(words.encode(errors="surrogateescape")).digest() for words in (given, password))
    return bool(password) and compare_digest(*digests)


def what_is_wrong(passphrase: str, again: str, name: str) -> str:
    """Return the problem with a new passphrase, as an untranslated sentence; "" if there is none."""
    if passphrase != again:
        return "The two passphrases are not the same."
    if not SHORTEST <= len(passphrase) <= LONGEST:
        return "A passphrase has 12 to 200 characters."
    named = without_accents(name.casefold()) in without_accents(passphrase.casefold())
    if len(set(passphrase)) < SHORTEST // 2 or named:
        return "That passphrase is easy to guess. Use four unrelated words."
    return ""
