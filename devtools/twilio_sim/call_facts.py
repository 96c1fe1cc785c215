"""The data of one call, as Twilio reports it in webhooks and as a REST resource, and where it reports its progress."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from devtools.twilio_sim import lines, verbs
from devtools.twilio_sim.messages import API_VERSION


@dataclass(frozen=True, slots=True)
class Progress:
    """The status callback URL of a call ("" for none) and the events it is sent for."""

    url: str = ""
    events: frozenset[str] = verbs.COMPLETED


@dataclass(slots=True)
class Facts:
    """One call. `direction` and `status` use Twilio's values; `ended` is None while the call lasts."""

    account_sid: str
    sid: str
    from_: str
    to: str
    direction: str
    status: str
    parent_sid: str = ""
    """The SID of the call that dialed this one; "" if there is none."""
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: datetime | None = None
    deleted: bool = False
    """Whether the application deleted the call's record."""
    sequence: int = 0
    """The number of progress callbacks so far."""

    def seconds(self) -> int:
        """Return the call's duration in seconds so far, at least 1."""
        return max(1, round(((self.ended or datetime.now(UTC)) - self.began).total_seconds()))

    def child(self, sid: str, to: str, caller_id: str) -> Facts:
        """Return the data of a call that this one dials; it does not ring yet."""
        return Facts(
            account_sid=self.account_sid,
            sid=sid,
            from_=caller_id or self.from_,
            to=to,
            direction="outbound-dial",
            status="queued",
            parent_sid=self.sid,
        )

    def params(self) -> dict[str, str]:
        """Return the parameters that every voice webhook has."""
        parent = {"ParentCallSid": self.parent_sid} if self.parent_sid else {}
        return {
            "CallSid": self.sid,
            "AccountSid": self.account_sid,
            "ApiVersion": API_VERSION,
            "Direction": self.direction,
            "CallStatus": self.status,
            "From": self.from_,
            "To": self.to,
            "Caller": self.from_,
            "Called": self.to,
            **parent,
            **lines.place("From", self.from_),
            **lines.place("To", self.to),
            **lines.place("Caller", self.from_),
            **lines.place("Called", self.to),
        }

    def progress_params(self) -> dict[str, str]:
        """Return the parameters of the next progress callback, with the duration if the call has ended."""
        params = self.params() | {
            "Timestamp": format_datetime(datetime.now(UTC)),
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(self.sequence),
        }
        self.sequence += 1
        if self.ended:
            seconds = self.seconds()
            params |= {"CallDuration": str(seconds), "Duration": str(-(-seconds // 60))}
        return params

    def as_json(self) -> dict[str, Any]:
        """Return the Call resource in Twilio's JSON format."""
        account = self.account_sid
        return {
            "account_sid": account,
            "from_formatted": self.from_,
            "queue_time": "0",
            "to_formatted": self.to,
            "api_version": API_VERSION,
            "date_created": format_datetime(self.began),
            "date_updated": format_datetime(self.ended or self.began),
            "direction": self.direction,
            "duration": str(self.seconds()) if self.ended else None,
            "end_time": format_datetime(self.ended) if self.ended else None,
            "from": self.from_,
            "parent_call_sid": self.parent_sid or None,
            "price_unit": "USD",
            "sid": self.sid,
            "start_time": format_datetime(self.began),
            "status": self.status,
            "subresource_uris": {},
            "to": self.to,
            "uri": f"/{API_VERSION}/Accounts/{account}/Calls/{self.sid}.json",
        }
