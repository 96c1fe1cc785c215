"""The simulated Twilio account: credentials, numbers, and webhook URLs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """An account with its credentials, numbers, and webhook URLs. An empty URL means not set."""

    account_sid: str
    auth_token: str
    number: str
    sms_url: str = ""
    voice_url: str = ""
    voice_status_url: str = ""
    sms_fallback_url: str = ""
    voice_fallback_url: str = ""
    api_key: str = ""
    api_secret: str = ""
    messaging_service_sid: str = ""
    webhook_timeout: float = 15.0
    """Webhook timeout in seconds. Twilio's is 15; tests may set a shorter one."""
    others: tuple[str, ...] = ()
    """Additional numbers of the account that texts can be sent from."""
    keeps_bodies: bool = True
    """Whether the REST API shows message bodies. False simulates Message Redaction or expired retention."""
    keyword_answers: bool = True
    """Whether the carrier answers STOP, START and HELP itself, as Twilio does by default."""

    sms_method: str = "POST"
    sms_fallback_method: str = "POST"
    voice_method: str = "POST"
    voice_fallback_method: str = "POST"
    status_callback_method: str = "POST"
    """The configured webhook methods. They are only displayed; the simulator always sends POST."""
    sms_application_sid: str = ""
    voice_application_sid: str = ""
    trunk_sid: str = ""
    service_url: str = ""
    service_fallback_url: str = ""
    """The Messaging Service's webhook URLs for inbound texts."""
    service_takes_texts: bool = False
    """Whether inbound texts go to the Messaging Service's URL; otherwise they go to the number's."""
    service_senders: tuple[str, ...] | None = None
    """The Messaging Service's sender numbers; None means all numbers of the account."""
    campaign_status: str = ""
    """The A2P 10DLC campaign status: PENDING, IN_PROGRESS, VERIFIED or FAILED; "" if there is none."""
    toll_free_status: str = ""
    """The toll-free verification status of each number; "" if there is none.

    PENDING_REVIEW, IN_REVIEW, TWILIO_APPROVED or TWILIO_REJECTED.
    """
    rejection_code: int = 30475
    """The error code of a rejected campaign or toll-free verification."""
    regions: frozenset[str] = frozenset({"US", "CA", "PR", "VI", "GU", "AS", "MP"})
    """The countries that texts can be sent to, as ISO codes."""
    capabilities: frozenset[str] = frozenset({"voice", "sms", "mms"})
    status: str = "active"
    type: str = "Full"
    signing_key: str = ""
    """SignalWire's key for webhooks. If set, the account speaks SignalWire's wire format: UUIDs, its own signature
    header, and its base path."""
    trusted_ca: str = ""
    """A file with the CA that https webhooks are verified against; "" for the usual CAs."""
    templates: frozenset[str] = frozenset()
    """The Content SIDs of the approved WhatsApp templates."""

    @property
    def is_signalwire(self) -> bool:
        """Whether the account speaks SignalWire's wire format."""
        return bool(self.signing_key)

    @property
    def webhook_key(self) -> str:
        """The key that signs webhooks."""
        return self.signing_key or self.auth_token

    @property
    def signature_header(self) -> str:
        """The name of the header with the signature of a webhook."""
        return "X-SignalWire-Signature" if self.is_signalwire else "X-Twilio-Signature"

    def new_sid(self, prefix: str) -> str:
        """Return a new id: `prefix` (two letters) and 32 hexadecimal digits, or a UUID for SignalWire."""
        fresh = uuid.uuid4()
        return str(fresh) if self.is_signalwire else prefix + fresh.hex

    @property
    def numbers(self) -> tuple[str, ...]:
        """All numbers of the account, the primary one first."""
        return (self.number, *self.others)

    def knows(self, username: str, password: str) -> bool:
        """Check whether the credentials are the account's SID and token, or its API key and secret."""
        pairs = {(self.account_sid, self.auth_token)}
        if self.api_key and self.api_secret:
            pairs.add((self.api_key, self.api_secret))
        return (username, password) in pairs
