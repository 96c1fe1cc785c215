"""Twilio's error codes, with their HTTP statuses and messages.

Source: https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

REFUSALS: dict[int, tuple[int, str]] = {
    20001: (400, "Unknown parameters"),
    20003: (401, "Authenticate"),
    20009: (409, "The resource is still in progress: it cannot be changed or deleted yet"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    20503: (503, "Service Unavailable"),
    21205: (400, "Url is not a valid URL"),
    21211: (400, "The 'To' number is not a valid phone number"),
    21266: (400, "'To' and 'From' number cannot be the same"),
    21408: (400, "Permission to send an SMS has not been enabled for the region"),
    21602: (400, "Message body is required"),
    21603: (400, "A 'From' phone number is required"),
    21604: (400, "A 'To' phone number is required"),
    21606: (400, "The 'From' phone number provided is not a valid message-capable number for this account"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "This 'From' number has exceeded the maximum number of queued messages"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21655: (400, "The ContentSid is invalid"),
    21656: (400, "The ContentVariables Parameter is invalid"),
    21704: (400, "The Messaging Service was not found or has no phone numbers"),
    21710: (409, "Phone Number is already in the Messaging Service"),
    63007: (400, "Twilio could not find a Channel with the specified From address"),
}
"""Twilio code -> (HTTP status, message)."""

UNDELIVERED: dict[int, tuple[str, str]] = {
    30001: ("failed", "Queue overflow"),
    30002: ("failed", "Account suspended"),
    30003: ("undelivered", "Unreachable destination handset"),
    30004: ("undelivered", "Message blocked"),
    30005: ("undelivered", "Unknown destination handset"),
    30006: ("undelivered", "Landline or unreachable carrier"),
    30007: ("undelivered", "Message filtered"),
    30008: ("undelivered", "Unknown error"),
    30022: ("failed", "US A2P 10DLC - Rate limits exceeded"),
    30032: ("undelivered", "Toll-free number has not been verified"),
    30034: ("undelivered", "US A2P 10DLC - Message from an unregistered number"),
    30036: ("failed", "Validity period expired"),
    30450: ("undelivered", "Message delivery blocked by SMS pumping protection"),
    63016: ("failed", "Outside messaging window. For WhatsApp, use a Message Template instead"),
    21610: ("failed", "Attempt to send to unsubscribed recipient"),
}
"""Twilio code -> (the text's final status, description). Unlisted codes end as undelivered."""


class RestError(Exception):
    """Raised when the carrier refuses a REST request. `status` is the HTTP status."""

    def __init__(self, code: int, detail: str = "") -> None:
        """Create an error from a Twilio code, or from an HTTP status (below 600) if there is no code."""
        status, message = REFUSALS.get(code, (code if code < 600 else 400, f"Error {code}"))
        super().__init__(f"{message}: {detail}" if detail else message)
        self.code = code
        self.status = status

    def as_json(self) -> dict[str, object]:
        """Return the error in Twilio's JSON format."""
        return {
            "code": self.code,
            "message": str(self),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
