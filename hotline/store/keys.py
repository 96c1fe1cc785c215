"""Names of the keys in Redis, and how a person is named in them.

    {b}:session:<who>     hash: version; session, or packed: the session packed (`packing`)
    {b}:answers:<who>     hash: event id -> version of the session, answer given, packed (`packing`);
                          unseen -> id of an event whose answer may not have arrived
    {b}:person:<who>      hash: language, texting, known (state, days), consent, consent_one, stopped,
                          sealed, line, line_at, stop_asked
    {b}:followups:<who>   hash: id -> record of a follow-up or other scheduled work
    {b}:due               sorted set: id of such a record by due time (seconds since 1970)
    {b}:requests:<who>    hash: request id -> record
    {b}:requested         sorted set: id of a waiting request, by the time it was made
    {b}:finished          sorted set: id of a finished request, by when it finished; for a day
    {b}:counts:<day>      hash: figure -> count
    {b}:tail:<who>        numbers of the public words of texts of a word or two, for minutes (`turns`)
    {b}:days_out:<who>    dates on which a child was out of school, for a school year (`turns`)
    {b}:missed:<week>     set: misunderstood public words, each with who used it, as marks (`misunderstood`)
    {b}:spent:<name>      hash: segments sent to one number, by hour and day, under a name of the day
    {b}:said:<name>       a mark of the last text that led nowhere, and its count
    {b}:taken:<n>:<xxx>   set of integers: events taken in period n, by marks of their ids and signatures,
                          of a share of the bucket's people, under a name that leads to none (`taken`)
    {b}:audit             sorted set: rows of consents and opt-outs (`audit`) by their time
    {calls}:new:<hour>    set: new numbers texted or looked up from calls (`new_numbers`)
    {calls}:told:<hour>   the limit on new numbers was reported
    {desk}:...            accounts, sessions, guesses, settings, history of the desk; of parents only marks
    {durable}             for a millisecond: a last write to wait for (`durable`); {b}:durable on a cluster
    {restarts}            hash: which process of Redis answered last, and since when (`restarts`); {b}:restarts on
                          a cluster

`who` is a keyed hash of the number; `b` is one of 64 buckets, so that one person's keys are on one
node of a cluster. A turn, a send and a request each write keys of only one bucket, including the day's figures and
the audit, so a crash cannot leave a write half done across slots.
"""

from __future__ import annotations

import base64
from datetime import date, datetime
from functools import lru_cache
from hashlib import new
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hotline.config.settings import Settings

if TYPE_CHECKING:
    from hashlib import _Hash as HASH

BUCKETS = 64
WHO_LENGTH = 32
"""Hex digits of a `who`: 128 bits, so that no two people share one."""


_ENDS: Final = (
    "th iq ov br bg oc id ka tb yf pk bs hx ua vy da vz kc ac cf ml pu fo dj bl oh io kj bg oc yr dk "
    "gu ep yt dm qz lc fc df ua xe qc sf ss nj xp ei di yp oa be hn uw vo kv gn zw pw mn cd aa hg jb"
).split()
"""Suffixes that make each bucket's tag hash to the middle of its 64th of a cluster's slots.

With evenly shared slots, the busiest node then has as few buckets as possible: 112% of its share with 12 nodes.
Tags that hash at random gave 131%; a thousand of them would give 112%, but scanning all buckets would take sixteen
times the work."""

TAGS: Final = tuple(f"{{{bucket:02d}{end}}}:" for bucket, end in enumerate(_ENDS))
"""The first part of each key in a bucket."""


class Keys:
    """The keys of one person, and those of their bucket that a turn writes. The list above says what each holds."""

    __slots__ = "who bucket _tag session answers person followups requests tail days_out due requested finished audit".split()

    def __init__(self, who: str) -> None:
        self.who, self.bucket = who, int(who[:2], 16) % BUCKETS
        self._tag = tag = TAGS[self.bucket]
        self.session = f"{tag}session:{who}"
        self.answers = f"{tag}answers:{who}"
        self.person = f"{tag}person:{who}"
        self.followups = f"{tag}followups:{who}"
        self.requests = f"{tag}requests:{who}"
        self.tail = f"{tag}tail:{who}"
        self.days_out = f"{tag}days_out:{who}"
        self.due = f"{tag}due"
        self.requested = f"{tag}requested"
        self.finished = f"{tag}finished"
        self.audit = f"{tag}audit"

    @staticmethod
    @lru_cache(maxsize=512)
    def of(who: str) -> Keys:
        """Return the keys of a person. Cached for recent people, because a turn needs them several times."""
        return Keys(who)

    def counts(self, at: datetime) -> str:
        """Return the key of the figures of that day in the person's bucket."""
        return counts_key(self.bucket, at.date())

    def beside(self, name: str) -> str:
        """Return a key in the person's bucket that does not name the person."""
        return self._tag + name


def bucket_key(bucket: int, name: str) -> str:
    """Return a key in this bucket."""
    return TAGS[bucket] + name


def bucket_of(key: str) -> int:
    """Return the bucket of a key that is in one."""
    return int(key[1:3])


@lru_cache(maxsize=512)
def counts_key(bucket: int, day: date) -> str:
    """Return the key of one day's figures in one bucket."""
    return bucket_key(bucket, f"counts:{day.isoformat()}")


class Secrets:
    """Keyed functions on the service's secrets: a person's `who`, a seal for a number, a mark of a text.

    `secret` names people, so it must not change. Numbers are sealed with the first of `sealing`, or with
    `secret` if there is none, and unsealed with any of them: so the seal can be rotated while numbers are
    stored.
    """

    def __init__(self, secret: str, *sealing: str) -> None:
        self._key = Keyed(_derived(secret, b"who"))
        self._marking = Keyed(_derived(secret, b"mark"))
        self._auditing = Keyed(_derived(secret, b"audit"))
        self._letters = AESSIV(_derived(secret, b"letter"))
        seals = [Fernet(base64.urlsafe_b64encode(_derived(each, b"seal"))) for each in (*sealing, secret)]
        self._newest, self._seals = seals[0], MultiFernet(seals)

    def who(self, number: str) -> str:
        """Return the HMAC-SHA-256 of an E.164 number, cut to 128 bits.

        A plain hash could be searched: there are only 10^10 numbers.
        """
        return self._key.hashed(number)[:WHO_LENGTH]

    def in_audit(self, who: str) -> str:
        """Return the name of `who` in the audit, which links its rows to no other stored data."""
        return self._auditing.hashed(who)[:WHO_LENGTH]

    def mark(self, words: str) -> str:
        """Return a keyed mark of a text, meaningless without the secret."""
        return self._marking.hashed(words)

    def seal(self, number: str) -> str:
        """Return the number, encrypted and authenticated."""
        return self._seals.encrypt(number.encode()).decode()

    def unseal(self, sealed: str) -> str | None:
        """Return the sealed number, or None if it was sealed with a secret no longer given."""
        try:
            return self._seals.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None

    def seal_letter(self, plain: bytes) -> bytes:
        """Return the contents of a letter's link, encrypted and authenticated, 16 bytes longer.

        It is short because it has no nonce: equal contents give equal tokens, and they include an hour.
        """
        return self._letters.encrypt(plain, None)

    def unseal_letter(self, sealed: bytes) -> bytes | None:
        """Return the contents of a letter's link, or None if it was not made with this secret."""
        try:
            return self._letters.decrypt(sealed, None)
        except (InvalidTag, ValueError):
            return None

    def newest(self, sealed: str) -> bool:
        """Check whether it was sealed with the current secret."""
        try:
            self._newest.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True


def open_secrets(settings: Settings) -> Secrets:
    """Return the secrets of these settings."""
    sealing = (settings.seal_secret, settings.seal_secret_previous)
    return Secrets(settings.hotline_secret, *filter(None, sealing))


class Keyed:
    """HMAC with one key, whose two padded blocks are hashed only once.

    Source: RFC 2104, section 4. A turn hashes six texts, each in a third of the time of `hmac`.
    """

    def __init__(self, key: bytes, algorithm: str = "sha256") -> None:
        size = new(algorithm).block_size
        padded = (new(algorithm, key).digest() if len(key) > size else key).ljust(size, b"\0")
        self._inner = new(algorithm, bytes(byte ^ 0x36 for byte in padded))
        self._outer = new(algorithm, bytes(byte ^ 0x5C for byte in padded))

    def digest(self, text: bytes) -> bytes:
        """Return the hash of a text."""
        return self._hash(text).digest()

    def hashed(self, text: str) -> str:
        """Return the hash of a text in hex digits."""
        return self._hash(text.encode()).hexdigest()

    def _hash(self, text: bytes) -> HASH:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text)
        outer.update(inner.digest())
        return outer


def _derived(secret: str, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"hotline " + purpose).derive(secret.encode())
