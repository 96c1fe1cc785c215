"""Sources of sign-in attempts: a browser of the staff, or a stranger by IP address.

Rule: attempts are counted by source (`store.login_throttle`). A browser that has signed in to an account has
      a signed cookie for it, so strangers' attempts do not lock it out of that account; the cookie by itself
      grants no access.
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
"""A browser is a stranger again if it has not signed in for this long."""

MARK_LENGTH: Final = 16


class KnownBrowsers:
    """Issues and verifies the cookies of browsers."""

    def __init__(self, settings: Settings) -> None:
        self._secret = settings.hotline_secret

    def counted_as(self, cookie: str, account: str, address: str, day: date) -> tuple[str, ...]:
        """Return the keys that count attempts: the known browser, or else address, account and total."""
        browser = self.browser(cookie, account, day)
        return (
            (browser,) if browser else (self.stranger(address), ACCOUNT + self._mark("account", account), ALL)
        )

    def cookie_for(self, account: str, day: date) -> str:
        """Return the cookie of a browser that signed in to this account on this day."""
        given = f"{secrets.token_hex(8)}.{day.isoformat()}.{self._mark('account', account)}"
        return f"{given}.{self._mark('browser', given)}"

    def browser(self, cookie: str, account: str, day: date) -> str:
        """Return the id of the browser that has this cookie for this account; "" if invalid or expired."""
        name, mark = self._read(cookie, day)
        return name if mark == self._mark("account", account) else ""

    def knows(self, cookie: str, day: date) -> bool:
        """Check whether a browser has a valid cookie of any account."""
        return self._read(cookie, day) != ("", "")

    def _read(self, cookie: str, day: date) -> tuple[str, str]:
        """Return the id of a browser and the mark of its account; both are "" if the cookie is invalid or expired."""
        given, _, signature = cookie.rpartition(".")
        if not hmac.compare_digest(_bytes(self._mark("browser", given)), _bytes(signature)):
            return "", ""
        name, since, mark = given.split(".")
        return (name, mark) if day - date.fromisoformat(since) < KNOWN_FOR else ("", "")

    def stranger(self, address: str) -> str:
        """Return a keyed digest of an IP address, which reveals nothing without the secret.

        For IPv6 it covers the /64 network that one customer has.
        """
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            network = address
        else:
            network = str(ipaddress.ip_network((found, 64 if found.version == 6 else 32), strict=False))
        return self._mark("address", network)

    def shared(self, password: str) -> str:
        """Return a keyed digest of DESK_PASSWORD for its sessions; "" without a password."""
        return self._mark("password", password) if password else ""

    def _mark(self, purpose: str, words: str) -> str:
        key = hashlib.sha256(f"desk {purpose} {self._secret}".encode()).digest()
        return hmac.new(key, _bytes(words), hashlib.sha256).hexdigest()[
            : MARK_LENGTH if purpose != "browser" else None
        ]


def client_of(peer: str, forwarded: str) -> str:
    """Return the client's address: the peer's or, if the peer is our proxy, the one in X-Forwarded-For.

    A peer on this machine or in a private network is our proxy. It appends the address that it saw; a client can
    write anything before that.
    """
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer
    address = getattr(address, "ipv4_mapped", None) or address
    return peer if address.is_global else forwarded.rpartition(",")[2].strip() or peer


def _bytes(words: str) -> bytes:
    return words.encode(errors="surrogateescape")
