"""What the keys in Redis are called, and how a person is named in them.

    {b}:session:<who>     hash: version, session
    {b}:answers:<who>     hash: event id -> the answer given; slot:<n> -> event id;
                          unseen -> id of an event whose answer may not have arrived
    {b}:person:<who>      hash: language, texting, known (state, days), consent, consent_one, stopped,
                          sealed, line, line_at
    {b}:followups:<who>   hash: id -> record of a follow-up, or of what else waits for its time
    {b}:due               sorted set: id of such a record by due time (seconds since 1970)
    {b}:requests:<who>    hash: request id -> record
    {b}:requested         sorted set: id of a request that waits, by the time it was made
    {b}:finished          sorted set: id of a request that is done, by when it was; for a day
    {b}:counts:<day>      hash: figure -> count
    {b}:tail:<who>        numbers of the public words of texts of a word or two, for minutes (`turns`)
    {b}:missed:<week>     set: marks of public words not understood, each with a mark of who used it (`misunderstood`)
    {b}:spent:<name>      hash: segments that one number was sent, by hour and day, under a name of the day
    {b}:said:<name>       a mark of the last text that led nowhere, and how often it came
    {b}:taken:<mark>      that an event was taken, by a mark of its id, and one of its signature
    {b}:audit             sorted set: rows of consents and opt-outs (`audit`) by their time
    {calls}:new:<hour>    set: who was texted or looked up from calls, new ones alone (`new_numbers`)
    {calls}:told:<hour>   that there were too many
    {desk}:...            accounts, sessions, guesses, settings and history of the desk; nothing of a parent but a mark
    {durable}             for a millisecond: something written last, to wait for (`durable`)
    {restarts}            hash: which process of Redis answered last, and since when (`restarts`)

`who` is a keyed hash of the number; `b` is one of 64 buckets, so that one person's keys lie on one
node of a cluster.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hotline.config.settings import Settings

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
    def tail(self) -> str:
        return self._key(f"tail:{self.who}")

    @property
    def due(self) -> str:
        return due_key(self.bucket)

    @property
    def requests(self) -> str:
        return self._key(f"requests:{self.who}")

    @property
    def requested(self) -> str:
        return requested_key(self.bucket)

    @property
    def finished(self) -> str:
        return finished_key(self.bucket)

    @property
    def audit(self) -> str:
        return audit_key(self.bucket)

    def counts(self, at: datetime) -> str:
        return self.counts_on(at.date())

    def counts_on(self, day: date) -> str:
        """The figures of this day, where the person's other keys lie."""
        return counts_key(self.bucket, day)

    def beside(self, name: str) -> str:
        """A key that does not name the person and lies where theirs do."""
        return self._key(name)


def due_key(bucket: int) -> str:
    """The sorted set of what is due in one bucket."""
    return f"{{{bucket:02d}}}:due"


def requested_key(bucket: int) -> str:
    """The sorted set of the requests for a person that wait in one bucket."""
    return f"{{{bucket:02d}}}:requested"


def finished_key(bucket: int) -> str:
    """Return the key of the sorted set of the requests in one bucket that are done and can still be undone."""
    return f"{{{bucket:02d}}}:finished"


def audit_key(bucket: int) -> str:
    """The rows of consents and opt-outs of one bucket."""
    return f"{{{bucket:02d}}}:audit"


def counts_key(bucket: int, day: date) -> str:
    """The figures of one day in one bucket."""
    return f"{{{bucket:02d}}}:counts:{day:%Y-%m-%d}"


def missed_key(bucket: int, week: str) -> str:
    """The marks of words of one week that were not understood, in one bucket."""
    return f"{{{bucket:02d}}}:missed:{week}"


class Secrets:
    """What the service's secrets give: a person's `who`, a seal for their number, a mark of what was sent.

    `secret` names people, so it must stay. Numbers are sealed with the first of `sealing`, or with `secret`
    where there is none, and read with each of them: so the seal can be changed while numbers are kept.
    """

    def __init__(self, secret: str, *sealing: str) -> None:
        self._key = _derived(secret, b"who")
        self._marking = _derived(secret, b"mark")
        self._auditing = _derived(secret, b"audit")
        seals = [Fernet(base64.urlsafe_b64encode(_derived(each, b"seal"))) for each in (*sealing, secret)]
        self._newest, self._seals = seals[0], MultiFernet(seals)

    def who(self, number: str) -> str:
        """HMAC-SHA-256 of an E.164 number, cut to 128 bits. A plain hash could be searched: there are
        only 10^10 numbers.
        """
        return hmac.new(self._key, number.encode(), hashlib.sha256).hexdigest()[:WHO_LENGTH]

    def in_audit(self, who: str) -> str:
        """What `who` is called in the audit: another name, so that its rows lead to nothing else that is kept."""
        return hmac.new(self._auditing, who.encode(), hashlib.sha256).hexdigest()[:WHO_LENGTH]

    def mark(self, words: str) -> str:
        """What tells these words from others, to nobody who lacks the secret."""
        return hmac.new(self._marking, words.encode(), hashlib.sha256).hexdigest()

    def seal(self, number: str) -> str:
        """The number, encrypted and authenticated."""
        return self._seals.encrypt(number.encode()).decode()

    def unseal(self, sealed: str) -> str | None:
        """The number that was sealed; None when it was sealed with a secret that is not given any more."""
        try:
            return self._seals.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None

    def newest(self, sealed: str) -> bool:
        """Whether it was sealed with the secret that seals now."""
        try:
            self._newest.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True


def open_secrets(settings: Settings) -> Secrets:
    """The secrets of these settings."""
    sealing = (settings.seal_secret, settings.seal_secret_previous)
    return Secrets(settings.hotline_secret, *filter(None, sealing))


def _derived(secret: str, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"hotline " + purpose).derive(secret.encode())
