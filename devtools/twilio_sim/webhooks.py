"""Post webhooks as Twilio does: signed, and retried as the URL's fragment specifies; then request the fallback.

Rule 1: the fragment (`#rc=2&rp=ct,5xx&ct=3000&rt=10000&tt=15000`) is applied, and neither sent nor signed.
Rule 2: a redirect is followed only if the POST stays a POST (307, 308). After a 301, 302 or 303 Twilio would send a GET
        without the parameters; here that is error 11215.
Rule 3: every request is recorded in `exchanges` and every failure in `alerts`, for tests to read.

Source: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides and webhooks-security
"""

from __future__ import annotations

import time
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urldefrag, urljoin

import requests
from twilio.request_validator import RequestValidator

from devtools.twilio_sim import grammar, twiml, verbs
from devtools.twilio_sim.account import Account

MAX_REDIRECTS = 10
MAX_STORED = 20_000
"""Maximum recorded exchanges: enough for a long test, and bounded for a process that runs for days."""
READ_LIMIT_BYTES = 1024 * 1024
CONNECT_MS, READ_MS, TOTAL_MS, RETRIES = 5000, 15_000, 15_000, 1
"""Twilio's defaults, times in milliseconds."""
RETRY_KINDS = frozenset({"4xx", "5xx", "ct", "rt", "all"})
HEADERS = {
    "User-Agent": "TwilioProxy/1.1",
    "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
    "Accept": "*/*",
    "Cache-Control": "max-age=259200",
}


class WebhookError(Exception):
    """Raised when a webhook fails. `code` is Twilio's (11200, ...); `kind` is its `rp` name, or ""."""

    def __init__(self, code: int, message: str, url: str, kind: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.url = url
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Alert:
    """An entry in Twilio's debugger: error code, URL, and message."""

    code: int
    url: str
    message: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response. `status` is 0 if there was none."""

    url: str
    params: Mapping[str, str]
    status: int
    content_type: str
    body: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Overrides:
    """Timeouts in seconds, and retries, of a webhook."""

    connect: float
    read: float
    total: float
    retries: int
    retry_on: frozenset[str]


class Webhooks:
    """Posts to the application and records the exchanges. Thread-safe."""

    def __init__(self, account: Account) -> None:
        """Create a poster with the key, the timeout and the CA that the account has now."""
        self.exchanges: deque[Exchange] = deque(maxlen=MAX_STORED)
        self.alerts: deque[Alert] = deque(maxlen=MAX_STORED)
        self._signer = RequestValidator(account.webhook_key)
        self._header = account.signature_header
        self._timeout = account.webhook_timeout
        self._verify: str | bool = account.trusted_ca or True

    def document(
        self,
        channel: grammar.Channel,
        url: str,
        params: Mapping[str, str],
        fallback: str = "",
        twice: bool = False,
    ) -> tuple[str, tuple[verbs.Verb, ...]]:
        """Fetch a TwiML document and return its final URL and its verbs.

        A failure adds an alert and requests the fallback with ErrorCode and ErrorUrl. `twice` delivers the request
        twice and uses the second response. Raises WebhookError if there is no fallback or it fails too.
        """
        try:
            return self._ask(channel, url, params, twice)
        except WebhookError as failed:
            self.alert(failed.code, failed.url, str(failed))
            if not fallback:
                raise
            trouble = {**params, "ErrorCode": str(failed.code), "ErrorUrl": urldefrag(url).url}
            return self.document(channel, fallback, trouble)

    def notify(self, url: str, params: Mapping[str, str]) -> None:
        """Post a status callback. Its response is ignored, and a failure only adds an alert."""
        try:
            self.post(url, params)
        except WebhookError as failed:
            self.alert(failed.code, failed.url, str(failed))

    def alert(self, code: int, url: str, message: str) -> None:
        """Add an alert."""
        self.alerts.append(Alert(code, url, message))

    def post(self, url: str, params: Mapping[str, str], token: str = "") -> Exchange:
        """Post one event and return the exchange, which has a 2xx status.

        Retries as the URL's fragment allows, with the same idempotency token. Raises WebhookError.
        """
        target, fragment = urldefrag(url)
        overrides = self._overrides(fragment, target)
        token = token or str(uuid.uuid4())
        ends = time.monotonic() + overrides.total
        for left in range(overrides.retries, -1, -1):
            try:
                return self._follow(target, params, overrides, token, ends)
            except WebhookError as failed:
                again = failed.kind in overrides.retry_on or ("all" in overrides.retry_on and failed.kind)
                if not (left and again and time.monotonic() < ends):
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _ask(
        self, channel: grammar.Channel, url: str, params: Mapping[str, str], twice: bool
    ) -> tuple[str, tuple[verbs.Verb, ...]]:
        token = str(uuid.uuid4())
        if twice:
            self.post(url, params, token)
        answer = self.post(url, params, token)
        try:
            return answer.url, twiml.read(answer.body, answer.content_type, channel)
        except twiml.TwimlError as wrong:
            raise WebhookError(wrong.code, str(wrong), answer.url) from wrong

    def _overrides(self, fragment: str, url: str) -> Overrides:
        given = {name: values[-1] for name, values in parse_qs(fragment).items()}
        retry_on = frozenset(given.get("rp", "ct").split(","))
        if not retry_on <= RETRY_KINDS:
            self.alert(11243, url, f"rp is {given['rp']!r}; use {', '.join(sorted(RETRY_KINDS))}")
            retry_on = frozenset({"ct"})

        def within(name: str, default: float, most: int) -> float:
            written = given.get(name, "")
            return min(int(written), most) / 1000 if written.isdecimal() else default

        return Overrides(
            connect=within("ct", CONNECT_MS / 1000, 10_000),
            read=within("rt", self._timeout, READ_MS),
            total=within("tt", TOTAL_MS / 1000, TOTAL_MS),
            retries=min(int(given["rc"]), 5) if given.get("rc", "").isdecimal() else RETRIES,
            retry_on=retry_on,
        )

    def _follow(
        self, url: str, params: Mapping[str, str], overrides: Overrides, token: str, ends: float
    ) -> Exchange:
        for _ in range(MAX_REDIRECTS + 1):
            answer, location = self._once(url, params, overrides, token, ends)
            if 200 <= answer.status < 300:
                return answer
            if answer.status in (307, 308) and location:
                url = urljoin(url, location)
            elif answer.status in (301, 302, 303):
                words = f"HTTP {answer.status} to {location!r} would turn the POST into a GET and lose its parameters"
                raise WebhookError(11215, words, url)
            else:
                kind = f"{answer.status // 100}xx"
                raise WebhookError(11200, f"HTTP {answer.status} from {url}", url, kind)
        raise WebhookError(11215, f"more than {MAX_REDIRECTS} redirects", url)

    def _once(
        self, url: str, params: Mapping[str, str], overrides: Overrides, token: str, ends: float
    ) -> tuple[Exchange, str]:
        """Send one request; return the exchange and its Location header. The signed URL is the one sent."""
        began = time.monotonic()
        read_s = max(0.05, min(overrides.read, ends - began))
        try:
            request = requests.Request("POST", url, headers=HEADERS, data=list(params.items())).prepare()
        except (requests.RequestException, ValueError) as wrong:
            raise WebhookError(11100, f"{url!r} is not a URL", url) from wrong
        request.headers[self._header] = self._signer.compute_signature(request.url, dict(params))
        request.headers["I-Twilio-Idempotency-Token"] = token
        status, content_type, body, location = 0, "", b"", ""
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.send(
                    request,
                    timeout=(overrides.connect, read_s),
                    allow_redirects=False,
                    stream=True,
                    verify=self._verify,
                )
                body = answer.raw.read(READ_LIMIT_BYTES, decode_content=True)
                status = answer.status_code
                content_type = answer.headers.get("Content-Type", "")
                location = answer.headers.get("Location", "")
                answer.close()
        except requests.ConnectTimeout as failed:
            raise WebhookError(11205, f"no connection to {url}", url, "ct") from failed
        except requests.Timeout as failed:
            raise WebhookError(11200, f"no answer from {url} in {read_s:.1f} s", url, "rt") from failed
        except (requests.RequestException, OSError) as failed:
            raise WebhookError(11205, f"no connection to {url}", url, "ct") from failed
        except Exception as failed:  # urllib3's own errors pass through `raw.read`
            raise WebhookError(11200, f"the response from {url} was cut off: {failed}", url, "rt") from failed
        finally:
            took = time.monotonic() - began
            exchange = Exchange(str(request.url), dict(params), status, content_type, body, took)
            self.exchanges.append(exchange)
        return exchange, location
