"""What the keys in Redis are called, and how a person is named in them.

    {b}:session:<who>     hash: version, session
    {b}:answers:<who>     hash: event id -> the answer given; slot:<n> -> event id
    {b}:person:<who>      hash: language, texting, known (state, days), consent, stopped, sealed
    {b}:followups:<who>   hash: follow-up id -> record
    {b}:due               sorted set: follow-up id by due time (seconds since 1970)
    {b}:counts:<day>      hash: figure -> count

`who` is a keyed hash of the number; `b` is one of 64 buckets, so that one person's keys lie on one
node of a cluster.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

BUCKETS = 64
WHO_LENGTH = 32
"""Hex digits of a `who`: 128 bits, beyond any chance of two people meeting in one."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one person."""

    who: str

    @property
    def bucket(self) -> int:
        """Which bucket the person's keys lie in."""
        return int(self.who[:2], 16) % BUCKETS

    def _key(self, name: str) -> str:
        return f"{{{self.bucket:02d}}}:{name}"

    @property
    def session(self) -> str:
        return self._key(f"session:{self.who}")

    @property
    def answers(self) -> str:
        return self._key(f"answers:{self.who}")

    @property
    def person(self) -> str:
        return self._key(f"person:{self.who}")

    @property
    def followups(self) -> str:
        return self._key(f"followups:{self.who}")

    @property
    def due(self) -> str:
        return due_key(self.bucket)

    def counts(self, at: datetime) -> str:
        return self._key(f"counts:{at:%Y-%m-%d}")


def due_key(bucket: int) -> str:
    """The sorted set of what is due in one bucket."""
    return f"{{{bucket:02d}}}:due"


class Secrets:
    """What the service's secret gives: a person's `who`, and a seal for their number."""

    def __init__(self, secret: str) -> None:
        self._key = _derived(secret, b"who")
        self._seal = Fernet(base64.urlsafe_b64encode(_derived(secret, b"seal")))

    def who(self, number: str) -> str:
        """HMAC-SHA-256 of an E.164 number, cut to 128 bits. A plain hash could be searched: there are
        only 10^10 numbers.
        """
        return hmac.new(self._key, number.encode(), hashlib.sha256).hexdigest()[:WHO_LENGTH]

    def seal(self, number: str) -> str:
        """The number, encrypted and authenticated."""
        return self._seal.encrypt(number.encode()).decode()

    def unseal(self, sealed: str) -> str | None:
        """The number that was sealed; None when it was sealed with another secret."""
        try:
            return self._seal.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None


def _derived(secret: str, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"hotline " + purpose).derive(secret.encode())
