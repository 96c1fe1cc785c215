"""The TwiML documents that a call executes, fetched one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from devtools.twilio_sim import verbs
from devtools.twilio_sim.call_facts import Facts
from devtools.twilio_sim.webhooks import WebhookError

if TYPE_CHECKING:
    from devtools.twilio_sim.carrier import Carrier

MAX_DOCUMENTS = 20
"""Maximum consecutive documents without a prompt for input. Our limit: more count as a redirect loop."""


class Document:
    """The current document of a call: its URL, and the verbs still to be executed."""

    def __init__(self, carrier: Carrier, facts: Facts, url: str) -> None:
        self._carrier, self._facts = carrier, facts
        self.url = url
        self.verbs: deque[verbs.Verb] = deque()
        self.in_a_row = 0
        """Documents fetched since the last prompt for input."""

    def link(self, url: str) -> str:
        """Resolve a URL relative to the document; "" stays ""."""
        return urljoin(self.url, url) if url else ""

    def fetch(self, url: str, params: Mapping[str, str]) -> None:
        """Load the document at `url`, relative to this one. Raises WebhookError, also on a redirect loop."""
        url = urljoin(self.url, url)
        self.in_a_row += 1
        if self.in_a_row > MAX_DOCUMENTS:
            loop = f"more than {MAX_DOCUMENTS} documents without a prompt for input"
            self._carrier.webhooks.alert(11215, url, loop)
            raise WebhookError(11215, loop, url)
        fallback = self._carrier.account.voice_fallback_url if self._facts.direction == "inbound" else ""
        self.url, document = self._carrier.webhooks.document(
            "voice", url, self._facts.params() | dict(params), fallback
        )
        self.verbs = deque(document)
