"""Whose number it is, what proves it, and where its webhooks go."""

from __future__ import annotations

import uuid
from dataclasses import dataclass


def new_sid(prefix: str) -> str:
    """A new id in Twilio's shape: two letters and 32 hexadecimal digits."""
    return prefix + uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Account:
    """Whose the number is, and where its webhooks go. An empty URL is one that is not set."""

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
    """Seconds a webhook may take. Twilio's is 15; a test may be less patient."""
    others: tuple[str, ...] = ()
    """Further numbers of the account, which texts can be sent from."""
    keeps_bodies: bool = True
    """Whether the REST shows the words of a text. Not with Twilio's Message Redaction, nor after the account's time."""
    keyword_answers: bool = True
    """Whether the carrier answers STOP, START and HELP itself, as Twilio does by default."""

    sms_method: str = "POST"
    sms_fallback_method: str = "POST"
    voice_method: str = "POST"
    voice_fallback_method: str = "POST"
    status_callback_method: str = "POST"
    """By which the webhooks are said to be asked. It is shown, and the simulator asks by POST all the same."""
    sms_application_sid: str = ""
    voice_application_sid: str = ""
    trunk_sid: str = ""
    service_url: str = ""
    service_fallback_url: str = ""
    """Where the Messaging Service sends the texts that come in."""
    service_takes_texts: bool = False
    """Whether texts go where the Messaging Service says; else it leaves them to the number."""
    service_senders: tuple[str, ...] | None = None
    """The numbers that the Messaging Service sends from; None for all of the account's."""
    campaign_status: str = ""
    """Of the service's A2P 10DLC campaign: PENDING, IN_PROGRESS, VERIFIED or FAILED; "" where there is none."""
    toll_free_status: str = ""
    """Of the toll-free verification of each number: PENDING_REVIEW, IN_REVIEW, TWILIO_APPROVED, TWILIO_REJECTED; "" for none."""
    rejection_code: int = 30475
    """Why a campaign or a toll-free number was rejected."""
    regions: frozenset[str] = frozenset({"US", "CA", "PR", "VI", "GU", "AS", "MP"})
    """The countries that texts may be sent to."""
    capabilities: frozenset[str] = frozenset({"voice", "sms", "mms"})
    status: str = "active"
    type: str = "Full"

    @property
    def numbers(self) -> tuple[str, ...]:
        """All its numbers."""
        return (self.number, *self.others)

    def knows(self, username: str, password: str) -> bool:
        """Whether these are the account's sid and token, or its API key and secret."""
        pairs = {(self.account_sid, self.auth_token)}
        if self.api_key and self.api_secret:
            pairs.add((self.api_key, self.api_secret))
        return (username, password) in pairs
