"""Compute X-Twilio-Signature with only the standard library."""

import base64, hmac
from urllib.parse import urlencode


def signature(token: str, url: str, params: dict) -> str:
    s = url + "".join(k + params[k] for k in sorted(params))
    return base64.b64encode(hmac.digest(token.encode(), s.encode("utf-8"), "sha1")).decode()


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


def sms(frm: str, sid: str, body: str, **over) -> dict:
    p = dict(SMS, From=frm, MessageSid=sid, SmsMessageSid=sid, SmsSid=sid, Body=body)
    p.update(over)
    return p


def voice(frm: str, call: str, **over) -> dict:
    p = dict(VOICE, From=frm, Caller=frm, CallSid=call)
    p.update(over)
    return p


def request_bytes(method, host, path, params, token, sign_url=None, cookie=None, bad_sig=False) -> bytes:
    url = sign_url or f"http://{host}{path}"
    if method == "GET":
        path = path + ("&" if "?" in path else "?") + urlencode(params)
        body = b""
        sig = signature(token, url + ("&" if "?" in url else "?") + urlencode(params), {})
    else:
        body = urlencode(params).encode()
        sig = signature(token, url, params)
    if bad_sig:
        sig = "A" * 27 + "="
    h = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\nX-Twilio-Signature: {sig}\r\n"
    if cookie:
        h += f"Cookie: {cookie}\r\n"
    if method == "POST":
        h += f"Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nContent-Length: {len(body)}\r\n"
    return h.encode() + b"\r\n" + body
