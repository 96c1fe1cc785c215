"""Passphrases of the staff: Argon2id, by the OWASP parameters for a server with little memory.

Source: cheatsheetseries.owasp.org, Password Storage: 19 MiB, two passes, one lane.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 12
"""Characters; NIST SP 800-63B asks for 8 at least where a second factor is there, and for 15 where none is. Guesses at
the desk are few (`store.login_throttle`), so length is what a person can still remember."""

LONGEST: Final = 200

_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

_NOBODY: Final = _HASHER.hash("the passphrase of an account that is not there")
"""Verified where there is no account, so that the time of an answer names none."""


def hashed(passphrase: str) -> str:
    """Return the Argon2 hash of a passphrase, with its salt and parameters."""
    return _HASHER.hash(passphrase)


def fits(digest: str, passphrase: str) -> bool:
    """Return whether this is the passphrase. Takes as long where `digest` is "": then it never is."""
    try:
        _HASHER.verify(digest or _NOBODY, passphrase)
    except (VerificationError, InvalidHashError):
        return False
    return bool(digest)


def is_older(digest: str) -> bool:
    """Return whether the hash was made with other parameters than we use now."""
    return _HASHER.check_needs_rehash(digest)


def is_shared_password(given: str, password: str) -> bool:
    """Return whether this is DESK_PASSWORD. Takes as long for one as for another."""
    digests = (sha256(words.encode(errors="surrogateescape")).digest() for words in (given, password))
    return bool(password) and compare_digest(*digests)


def what_is_wrong(passphrase: str, again: str, name: str) -> str:
    """Return what is wrong with a new passphrase, as an untranslated sentence; "" where nothing is."""
    if passphrase != again:
        return "The two passphrases are not the same."
    if not SHORTEST <= len(passphrase) <= LONGEST:
        return "A passphrase has 12 to 200 characters."
    if len(set(passphrase)) < SHORTEST // 2 or name.casefold() in passphrase.casefold():
        return "That passphrase is easy to guess. Take four words that do not belong together."
    return ""
