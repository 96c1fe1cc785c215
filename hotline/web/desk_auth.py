"""Who may use the desk: whoever knows DESK_PASSWORD, and a page that we made.

Rule 1: a password is compared in constant time, and guesses are slowed down (`store.login_throttle`).
Rule 2: a browser sends the password to us by itself, also for another site's form. So a form needs a token
        that stands in our page alone: of the password, what the form is for, and the day.
Rule 3: guesses are counted by who makes them. A browser that has opened the desk before has a signed cookie, and is not
        kept out by the guesses of strangers; it opens nothing by itself.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from datetime import date, timedelta
from typing import Final

from hotline.config.settings import Settings

COOKIE: Final = "desk"

KNOWN_FOR: Final = timedelta(days=30)
"""A browser that has not opened the desk for so long is a stranger again."""

REALM = 'Basic realm="The staff desk", charset="UTF-8"'


class Admission:
    """Checks passwords and tokens."""

    def __init__(self, settings: Settings) -> None:
        self._password = settings.desk_password
        self._secret = settings.hotline_secret

    @property
    def open(self) -> bool:
        """Whether there is a desk at all."""
        return bool(self._password)

    def fits(self, given: str | None) -> bool:
        """Whether this is the password. Takes as long for one as for another."""
        return self.open and hmac.compare_digest(_digest(given or ""), _digest(self._password))

    def token(self, id: str, day: date) -> str:
        """What the form for the request of this id must carry on this day."""
        key = _digest(f"desk {self._secret} {self._password}")
        return hmac.new(key, f"{id} {day.isoformat()}".encode(), hashlib.sha256).hexdigest()

    def ours(self, token: str, id: str, day: date) -> bool:
        """Whether this token stood in a page that we made today, or yesterday: one stays open overnight."""
        right = (self.token(id, each) for each in (day, day - timedelta(days=1)))
        return any(hmac.compare_digest(token.encode(), each.encode()) for each in right)

    def pass_for(self, day: date) -> str:
        """What a browser gets that has opened the desk on this day: who it is, the day, and our signature."""
        told = f"{secrets.token_hex(8)}.{day.isoformat()}"
        return f"{told}.{self._signed(told)}"

    def browser(self, given: str, day: date) -> str:
        """The name of the browser that we gave this to, until KNOWN_FOR is over; "" for any other."""
        told, _, signature = given.rpartition(".")
        name, _, since = told.partition(".")
        if not hmac.compare_digest(self._signed(told).encode(), signature.encode(errors="surrogateescape")):
            return ""
        return name if day - date.fromisoformat(since) < KNOWN_FOR else ""

    def stranger(self, address: str) -> str:
        """A mark of an address that leads to nobody without the secret. Of IPv6, of the network that one customer has."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            network = address
        else:
            network = str(ipaddress.ip_network((found, 64 if found.version == 6 else 32), strict=False))
        key = _digest(f"desk address {self._secret}")
        return hmac.new(key, network.encode(), hashlib.sha256).hexdigest()[:16]

    def _signed(self, told: str) -> str:
        key = _digest(f"desk browser {self._secret} {self._password}")
        return hmac.new(key, told.encode(errors="surrogateescape"), hashlib.sha256).hexdigest()


def _digest(words: str) -> bytes:
    return hashlib.sha256(words.encode(errors="surrogateescape")).digest()
