"""Who may use the desk: whoever knows DESK_PASSWORD, and a page that we made.

Rule 1: a password is compared in constant time, and guesses are slowed down (`store.login_throttle`).
Rule 2: a browser sends the password to us by itself, also for another site's form. So a form needs a token
        that stands in our page alone: of the password, what the form is for, and the day.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, timedelta

from hotline.config.settings import Settings

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


def _digest(words: str) -> bytes:
    return hashlib.sha256(words.encode(errors="surrogateescape")).digest()
