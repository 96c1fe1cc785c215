"""A phone as Twilio shows it to us: forms with all their fields, signed. For the tests of the web."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from uuid import uuid4
from xml.etree import ElementTree as ET

from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from hotline.config.settings import Settings

PARENT = "+12025550123"

SCREENING = ("hi", "1", "k-12", "no", "no plan", "not yet", "reading", "teaching", "most days")
"""The texts of a parent whose answers lead to an outcome."""
OFFERED = (*SCREENING, "public")
"""And those up to the offer of texts."""


@dataclass
class Caller:
    """Sends forms as Twilio does: all twenty fields, signed for the public address."""

    client: FlaskClient
    settings: Settings
    number: str = PARENT
    ids: Iterator[int] = field(default_factory=count)
    call: str = field(default_factory=lambda: "CA" + uuid4().hex)

    def text(self, body: str, **fields: str) -> TestResponse:
        """An incoming text."""
        return self.post("/sms", {**self.sms_form(body), **fields})

    def sms_form(self, body: str) -> dict[str, str]:
        """The twenty fields of an incoming text, each with an id of its own."""
        sid = f"SM{uuid4().hex}"
        return {
            "MessageSid": sid,
            "SmsSid": sid,
            "SmsMessageSid": sid,
            "Body": body,
            "From": self.number,
            "To": self.settings.sender,
            "AccountSid": self.settings.twilio_account_sid,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
            "FromCity": "BOSTON",
            "FromState": "MA",
            "FromZip": "02108",
            "FromCountry": "US",
            "ToCity": "OAKLAND",
            "ToState": "CA",
            "ToZip": "94612",
            "ToCountry": "US",
            "ReferralNumMedia": "0",
        }

    def dial(self, **fields: str) -> TestResponse:
        """A call begins."""
        return self.post("/voice", {**self.voice_form(), **fields})

    def turn(self, n: int, **fields: str) -> TestResponse:
        """A later turn of the call."""
        return self.post(f"/voice/turn?n={n}", {**self.voice_form(), **fields})

    def voice_form(self) -> dict[str, str]:
        """What comes with every request of a call."""
        return {
            "CallSid": self.call,
            "AccountSid": self.settings.twilio_account_sid,
            "From": self.number,
            "To": self.settings.sender,
            "Caller": self.number,
            "Called": self.settings.sender,
            "CallStatus": "in-progress",
            "Direction": "inbound",
            "ApiVersion": "2010-04-01",
        }

    def post(self, path: str, form: Mapping[str, str], signature: str | None = None) -> TestResponse:
        """A signed form; another signature, or "" for none, can be given."""
        if signature is None:
            signature = self.sign(path, form)
        headers = {"X-Twilio-Signature": signature} if signature else {}
        return self.client.post(path, data=dict(form), headers=headers)

    def sign(self, path: str, form: Mapping[str, str]) -> str:
        """The signature of a form for a path of the public address."""
        validator = RequestValidator(self.settings.twilio_auth_token)
        signature: str = validator.compute_signature(self.settings.public_base_url + path, dict(form))
        return signature


def messages(response: TestResponse) -> list[str]:
    """What a TwiML answer texts."""
    return [message.text or "" for message in ET.fromstring(response.text).iter("Message")]  # noqa: S314


def spoken(response: TestResponse) -> str:
    """What a TwiML answer says."""
    said = ET.fromstring(response.text).iter("Say")  # noqa: S314
    return " ".join(" ".join(say.itertext()) for say in said)
