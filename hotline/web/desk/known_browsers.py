"""Who makes a guess at the desk: a browser of the staff, or a stranger by address.

Rule: guesses are counted by who makes them (`store.login_throttle`). A browser that has signed in to an account has a
      signed cookie for it, and strangers' guesses do not keep it out of that account; the cookie opens nothing by itself.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from datetime import date, timedelta
from typing import Final

from hotline.config.settings import Settings
from hotline.store.login_throttle import ACCOUNT, ALL

COOKIE: Final = "desk"

KNOWN_FOR: Final = timedelta(days=30)
"""A browser that has not signed in for so long is a stranger again."""

MARK_LENGTH: Final = 16


class KnownBrowsers:
    """Gives cookies to browsers and reads them."""

    def __init__(self, settings: Settings) -> None:
        self._secret = settings.hotline_secret

    def counted_as(self, cookie: str, account: str, address: str, day: date) -> tuple[str, ...]:
        """Return what a guess at this account is counted under: the browser alone where it is known."""
        browser = self.browser(cookie, account, day)
        return (
            (browser,) if browser else (self.stranger(address), ACCOUNT + self._mark("account", account), ALL)
        )

    def cookie_for(self, account: str, day: date) -> str:
        """Return what a browser gets that has signed in to this account on this day."""
        given = f"{secrets.token_hex(8)}.{day.isoformat()}.{self._mark('account', account)}"
        return f"{given}.{self._mark('browser', given)}"

    def browser(self, cookie: str, account: str, day: date) -> str:
        """Return the name of the browser that got this cookie for this account, until KNOWN_FOR is over; else ""."""
        given, _, signature = cookie.rpartition(".")
        if not hmac.compare_digest(_bytes(self._mark("browser", given)), _bytes(signature)):
            return ""
        name, since, mark = given.split(".")
        fresh = day - date.fromisoformat(since) < KNOWN_FOR
        return name if fresh and mark == self._mark("account", account) else ""

    def stranger(self, address: str) -> str:
        """Return a mark of an address that leads to nobody without the secret. Of IPv6 it is of the network that one
        customer has.
        """
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            network = address
        else:
            network = str(ipaddress.ip_network((found, 64 if found.version == 6 else 32), strict=False))
        return self._mark("address", network)

    def shared(self, password: str) -> str:
        """Return a mark of DESK_PASSWORD, for its sessions; "" without one."""
        return self._mark("password", password) if password else ""

    def _mark(self, purpose: str, words: str) -> str:
        key = hashlib.sha256(f"desk {purpose} {self._secret}".encode()).digest()
        return hmac.new(key, _bytes(words), hashlib.sha256).hexdigest()[
            : MARK_LENGTH if purpose != "browser" else None
        ]


def _bytes(words: str) -> bytes:
    return words.encode(errors="surrogateescape")
