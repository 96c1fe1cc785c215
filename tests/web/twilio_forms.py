"""A phone as Twilio presents it to us: signed forms with all their fields, for tests of the web."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from uuid import uuid4
from xml.etree import ElementTree as ET

from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from hotline.config.schemes import number_of
from hotline.config.settings import Settings
from hotline.store.keys import Secrets

PARENT = "+12025550123"

SCREENING = ("hi", "1", "k-12", "no", "no plan", "not yet", "reading", "teaching", "most days")
"""The texts of a parent whose answers lead to an outcome."""
OFFERED = (*SCREENING, "public")
"""The same, up to the offer of reminders by text."""


@dataclass
class Caller:
    """Sends forms as Twilio does: all twenty fields, signed for the public URL."""

    client: FlaskClient
    settings: Settings
    number: str = PARENT
    ids: Iterator[int] = field(default_factory=count)
    call: str = field(default_factory=lambda: "CA" + uuid4().hex)

    def text(self, body: str, **fields: str) -> TestResponse:
        return self.post("/sms", {**self.sms_form(body), **fields})

    def sms_form(self, body: str) -> dict[str, str]:
        """Return the twenty fields of an incoming text, with a new id."""
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
        return self.post("/voice", {**self.voice_form(), **fields})

    def turn(self, n: int, **fields: str) -> TestResponse:
        """Send a later turn of the call."""
        return self.post(f"/voice/turn?n={n}", {**self.voice_form(), **fields})

    def voice_form(self) -> dict[str, str]:
        """Return the fields of every request of a call."""
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

    def status(self, path: str, status: str, code: int | str = "", **fields: str) -> TestResponse:
        """Report the status of a text of ours to this phone."""
        form = {
            "AccountSid": self.settings.twilio_account_sid,
            "From": self.settings.sender,
            "To": self.number,
            "MessageSid": "SM" + "1" * 32,
            "MessageStatus": status,
            "ErrorCode": str(code),
        }
        return self.post(path, {**form, **fields})

    @property
    def who(self) -> str:
        """The id of this number in the store."""
        return Secrets(self.settings.hotline_secret).who(number_of(self.number))

    def post(
        self, path: str, form: Mapping[str, str], signature: str | None = None, token: str = ""
    ) -> TestResponse:
        """Post a form with a valid signature, with another `signature`, or with none if it is "".

        `token` is the idempotency token, which Twilio repeats with a retry.
        """
        if signature is None:
            signature = self.sign(path, form)
        headers = {"X-Twilio-Signature": signature} if signature else {}
        if token:
            headers["I-Twilio-Idempotency-Token"] = token
        return self.client.post(path, data=dict(form), headers=headers)

    def sign(self, path: str, form: Mapping[str, str]) -> str:
        validator = RequestValidator(self.settings.twilio_auth_token)
        signature: str = validator.compute_signature(self.settings.public_base_url + path, dict(form))
        return signature


def messages(response: TestResponse) -> list[str]:
    return [message.text or "" for message in ET.fromstring(response.text).iter("Message")]  # noqa: S314


def spoken(response: TestResponse) -> str:
    said = ET.fromstring(response.text).iter("Say")  # noqa: S314
    return " ".join(" ".join(say.itertext()) for say in said)
