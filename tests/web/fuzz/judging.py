"""Rules that every response must satisfy, whatever the request.

Each rule is a function that raises AssertionError. `judge` applies all of them.
"""

import re
from collections.abc import Callable, Set
from typing import Final

from hotline.store.desk_audit import AUDIT
from hotline.store.login_throttle import locked_key, wrong_key
from hotline.web.forms import MAX_BODY
from tests.web.fuzz.addresses import ADDRESSES, BY_DESIGN, GET, BodyKind
from tests.web.fuzz.asking import Answer, Asked
from tests.web.fuzz.documents import JUDGES
from tests.web.fuzz.environment import MOTHER, Away, Environment
from tests.web.fuzz.hostile_text import MARK
from tests.web.fuzz.requests import RIGHT_LOGIN, RIGHT_TOKEN

GUESSES: Final = tuple(key("").encode() for key in (wrong_key, locked_key))
"""Key prefixes of the failed login counts."""

NOTED: Final = (AUDIT.encode(), b"{desk}:month:", b"{desk}:day:", b"webhooks:", b"{books}:")
"""Key prefixes that any request may change: the desk's audit, sums of days and months, webhook counts, and the book of an earlier
edit, which a process stores when it finds it."""

COOKIES: Final = re.compile(r"(desk|desk_session|desk_language)=[^;]*; .*Path=/desk(; SameSite=Lax)?")

STATUSES: Final = frozenset(
    {200, 204, 206, 303, 304, 400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 416, 429}
)
"""Allowed statuses when all dependencies are up."""

MEDIA_TYPES: Final = {
    BodyKind.TWIML: "text/xml",
    BodyKind.PAGE: "text/html",
    BodyKind.SOUND: "audio/mpeg",
    BodyKind.JSON: "application/json",
    BodyKind.LINE: "text/plain",
    BodyKind.FIGURES: "text/plain",
    BodyKind.NOTHING: "text/html",
    BodyKind.CSV: "text/csv",
}

OURS_TO_SEND: Final = frozenset(
    "content-type content-length content-language content-range accept-ranges cache-control location allow retry-after "
    "www-authenticate content-security-policy x-content-type-options referrer-policy cross-origin-resource-policy x-robots-tag "
    "cross-origin-opener-policy content-disposition date set-cookie refresh".split()
)
"""Allowed response headers."""

SIGN_IN: Final = "/desk/sign-in"
"""The URL where a wrong passphrase in the body gets a 401."""

TELLS_OF_US: Final = re.compile(r"Traceback|File \"|\.py\b|werkzeug|jinja|redis\.exceptions|site-packages")
"""Text that occurs in stack traces."""

LOCATIONS: Final = re.compile(
    r"/desk(/(sign-in|opening|team|words/conflicts|words/publishing/[0-9a-f]{16}|words/text/[a-z0-9_.]+"
    r"|request/[0-9a-f]{32}-[0-9a-f]{12}))?(\?said=[a-z]+)?"
    r"|/desk/words(\?(q=greeting)?&?(which=own)?)?"
)


def put(environment: Environment, asked: Asked, away: Away = Away.NOTHING) -> Answer:
    """Send a request, check the response and the changes in the store, and return the response.

    Raises AssertionError with what is wrong.
    """
    before = environment.kept()
    answer = environment.ask(asked, away)
    judge(answer, away)
    after = environment.kept()
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert not changed - may_change(answer, changed), f"a request that got {answer.status} changed {changed}"
    return answer


TRIED: Final = ("/desk/request/<id>/call",)
"""URL rules that record the attempt even if the carrier does not respond."""


def may_change(answer: Answer, changed: Set[bytes]) -> Set[bytes]:
    """Return the allowed part of `changed`: all after a successful POST, otherwise only counts and audit."""
    address = ADDRESSES.get(answer.rule)
    tried = answer.status < 400 or (answer.rule in TRIED and answer.status == 502)
    done = tried and answer.asked.verb == "POST"
    if address and (address.reads or (address.reads_if_signed and answer.asked.authentic)) and done:
        return changed
    return frozenset(name for name in changed if name.startswith((*GUESSES, *NOTED)))


def judge(answer: Answer, away: Away = Away.NOTHING) -> None:
    """Apply all rules to a response. Raises AssertionError with what is wrong."""
    for rule in RULES:
        rule(answer, away)


def nothing_failed(answer: Answer, _away: Away) -> None:
    """Check that no exception reached the app's handler, which returns the fallback text or a 500."""
    for failed in answer.failed:
        raise AssertionError(f"{type(failed).__name__} at {answer.rule or 'no address of ours'}") from failed


def status_is_meant(answer: Answer, away: Away) -> None:
    """Check that the status is expected, and a 5xx only by design."""
    meant = answer.status in STATUSES or (answer.rule, answer.status) in BY_DESIGN[away]
    assert meant, f"{answer.status} from {answer.rule or 'no address of ours'}"


def body_is_read_by_right(answer: Answer, _away: Away) -> None:
    """Check that no unsigned, too long or unneeded body is read."""
    asked, address = answer.asked, ADDRESSES.get(answer.rule)
    assert answer.took <= MAX_BODY, "more was read than a request may have"
    unread = (429,) if answer.rule == SIGN_IN else (401, 429)
    reads = address is not None and address.reads and asked.verb == "POST" and answer.status not in unread
    if address is not None and address.reads_if_signed and asked.verb == "POST" and asked.has_signature:
        return
    unsigned = address is not None and address.signed and not asked.has_signature
    if not reads or unsigned or asked.says_too_long:
        assert answer.touched == 0, "the body was read"


def forger_is_refused(answer: Answer, away: Away) -> None:
    """Check that requests without a valid signature or session are refused."""
    asked, address = answer.asked, ADDRESSES.get(answer.rule)
    if address is None or answer.status == 405 or asked.verb == "OPTIONS":
        return
    if address.told_all and asked.verb in GET:
        return
    if address.signed and not asked.authentic:
        allowed: tuple[int, ...] = (400, 403, 413, 415) if asked.has_signature else (400, 403)
        assert answer.status in allowed, f"a forger got {answer.status}"
    if address.password and RIGHT_LOGIN not in asked.headers:
        allowed = (400, 403, 404, 503) if away is Away.REDIS else (303, 400, 403, 404)
        assert answer.status in allowed, f"a visitor who is not signed in got {answer.status}"


def figures_need_the_token(answer: Answer, _away: Away) -> None:
    """Check that the metrics require METRICS_TOKEN."""
    asked, address = answer.asked, ADDRESSES.get(answer.rule)
    if address is None or not address.token or answer.status == 405 or asked.verb == "OPTIONS":
        return
    if RIGHT_TOKEN not in asked.headers:
        assert answer.status in (400, 401), f"a request without the token got {answer.status}"


def headers_are_ours(answer: Answer, _away: Away) -> None:
    """Check that headers are allowed, have no input text, and redirect only within the desk."""
    for name, value in answer.headers:
        if name.lower() == "set-cookie":
            assert COOKIES.fullmatch(value), f"unexpected header: {name}"
        assert name.lower() in OURS_TO_SEND, f"unexpected header: {name}"
        assert MARK not in value, f"input is in {name}"
        assert value.isprintable(), f"a control character in {name}"
    location = answer.header("Location")
    assert not location or LOCATIONS.fullmatch(location), f"sent to {location}"


def browsers_are_guarded(answer: Answer, _away: Away) -> None:
    """Check the security headers of the response."""
    policy = answer.header("Content-Security-Policy")
    assert policy.startswith("default-src 'none'"), "no policy"
    assert "frame-ancestors 'none'" in policy
    assert "script" not in policy, "the policy allows a script"
    assert "unsafe" not in policy, "the policy allows unsafe sources"
    assert "nosniff" == answer.header("X-Content-Type-Options"), "no nosniff"
    assert "no-referrer" == answer.header("Referrer-Policy"), "Referrer-Policy is missing"
    if answer.rule.startswith("/desk") and answer.asked.verb in ADDRESSES[answer.rule].methods:
        assert "no-store" == answer.header("Cache-Control"), "a page of the desk may be cached"


def no_word_comes_back(answer: Answer, _away: Away) -> None:
    """Check that the response has no input text and no internals."""
    if answer.media_type.startswith("audio/"):
        return
    address = ADDRESSES.get(answer.rule)
    refused_form = answer.rule.startswith("/desk") and answer.asked.verb == "POST" and answer.status >= 400
    typed_by_staff = RIGHT_LOGIN in answer.asked.headers and (
        refused_form or (address is not None and answer.status in address.redisplays)
    )
    assert typed_by_staff or MARK not in answer.text, "input came back"
    assert not TELLS_OF_US.search(answer.text), "internals are shown"


def no_word_is_logged(answer: Answer, _away: Away) -> None:
    """Check that the log has no input text and no parent's number."""
    assert not any(text in answer.logged for text in (MARK, MOTHER[1:])), "input was logged"


def document_is_whole(answer: Answer, _away: Away) -> None:
    """Check that the document has the expected type, is well-formed, and has only allowed parts."""
    if not answer.content or answer.status == 303:  # werkzeug's own text, which browsers do not show
        return
    address = ADDRESSES.get(answer.rule)
    if address is not None and address.told_all and answer.asked.verb in GET:
        address = ADDRESSES["/readyz"]
    if address is not None and answer.status in (200, 206):
        assert MEDIA_TYPES[address.kind] == answer.media_type, f"{address.kind} is {answer.media_type}"
    assert answer.media_type in JUDGES, f"a document of the kind {answer.media_type}"
    JUDGES[answer.media_type](answer)


RULES: Final[tuple[Callable[[Answer, Away], None], ...]] = (
    nothing_failed,
    status_is_meant,
    body_is_read_by_right,
    forger_is_refused,
    figures_need_the_token,
    headers_are_ours,
    browsers_are_guarded,
    no_word_comes_back,
    no_word_is_logged,
    document_is_whole,
)
