"""Compute X-Twilio-Signature with only the standard library."""

import base64
import hmac


def signature(token: str, url: str, params: dict) -> str:
    """Return the signature of a form that is posted to this URL."""
    signed = url + "".join(name + params[name] for name in sorted(params))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


# The fields that Twilio sends with an incoming SMS, and with a voice webhook.
SMS = dict(
    ToCountry="US",
    ToState="CA",
    SmsMessageSid="",
    NumMedia="0",
    ToCity="OAKLAND",
    FromZip="94612",
    SmsSid="",
    FromState="CA",
    SmsStatus="received",
    FromCity="OAKLAND",
    Body="",
    FromCountry="US",
    To="+15105550100",
    ToZip="94612",
    NumSegments="1",
    ReferralNumMedia="0",
    MessageSid="",
    AccountSid="AC0123456789abcdef0123456789abcdef",
    From="",
    ApiVersion="2010-04-01",
)
VOICE = dict(
    AccountSid="AC0123456789abcdef0123456789abcdef",
    ApiVersion="2010-04-01",
    CallSid="",
    CallStatus="in-progress",
    Called="+15105550100",
    CalledCity="OAKLAND",
    CalledCountry="US",
    CalledState="CA",
    CalledZip="94612",
    Caller="",
    CallerCity="OAKLAND",
    CallerCountry="US",
    CallerState="CA",
    CallerZip="94612",
    Direction="inbound",
    From="",
    FromCity="OAKLAND",
    FromCountry="US",
    To="+15105550100",
    ToCity="OAKLAND",
)
