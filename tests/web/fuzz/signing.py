"""Valid and invalid Twilio signatures."""

from enum import StrEnum
from typing import Final
from urllib.parse import unquote_to_bytes

from hypothesis import strategies as st
from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, SIGNATURE_SETTINGS_HEADER, RequestValidator
from werkzeug.datastructures import MultiDict

from hotline.config.settings import Settings
from hotline.config.wires import Wire
from tests.web.fuzz.hostile_text import HEADER_TEXTS

TOLD: Final = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
ANOTHER_TOKEN: Final = "another-token-of-the-tests"


class Signing(StrEnum):
    """How a request is signed."""

    RIGHT = "by the account's token"
    PREVIOUS = "by the token before it"
    SHARED = "by the shared key"
    UNSIGNED = "not at all"
    EMPTY = "by an empty header"
    OTHER_TOKEN = "by another token"
    OTHER_URL = "for another URL"
    OTHER_FORM = "for another form"
    SHARED_BY_SHA1 = "by the shared key with the token's algorithm"
    TOKEN_BY_SHA256 = "by the token with the shared key's algorithm"
    UNKNOWN_ALGORITHM = "by an algorithm that there is not"
    DOUBLED = "rightly, twice, as a server joins two headers"
    ODD = "by hostile text"


AUTHENTIC: Final = frozenset({Signing.RIGHT, Signing.PREVIOUS, Signing.SHARED})
HEADER: Final = Wire.TWILIO.signature_header
NO_HEADER: Final = frozenset({Signing.UNSIGNED, Signing.EMPTY})
"""Requests without a signature, whose body must not be read."""

BY_SHA256: Final = frozenset({Signing.SHARED, Signing.TOKEN_BY_SHA256})
KINDS: Final = {**dict.fromkeys(BY_SHA256, TOLD), Signing.UNKNOWN_ALGORITHM: "algorithm=HMAC_MD5"}
"""The value of the algorithm header. A request signed with the token has none."""

SIGNINGS: Final = st.one_of(
    *(st.just(Signing.RIGHT) for _ in range(4)), st.sampled_from(sorted(AUTHENTIC)), st.sampled_from(Signing)
)


@st.composite
def odd_headers(draw: st.DrawFn) -> tuple[str, str]:
    """Draw an invalid signature header and an algorithm header."""
    odd = st.one_of(HEADER_TEXTS, st.sampled_from(("=", "A" * 27 + "=", "\xe9\xff=", "A" * 50_000, ",", " ")))
    return draw(odd), draw(st.one_of(st.just(""), st.just(TOLD), HEADER_TEXTS))


def told(path: bytes, query: bytes) -> str:
    """Return path and query as the service decodes them for the signed URL."""
    read = unquote_to_bytes(path).decode(errors="replace")
    return read + ("?" + query.decode(errors="replace") if query else "")


def headers(
    signing: Signing, settings: Settings, url: str, form: MultiDict[str, str], odd: tuple[str, str]
) -> dict[str, str]:
    """Return the signature headers of a request for this URL and form."""
    if signing in NO_HEADER:
        return {HEADER: ""} if signing is Signing.EMPTY else {}
    if signing is Signing.ODD:
        return {HEADER: odd[0] or "=", SIGNATURE_SETTINGS_HEADER: odd[1]}
    if signing is Signing.OTHER_URL:
        url = settings.public_base_url + "/elsewhere"
    if signing is Signing.OTHER_FORM:
        form = MultiDict([*form.items(multi=True), ("More", "than this")])
    algorithm = HMAC_SHA256 if signing in BY_SHA256 else HMAC_SHA1
    signature = RequestValidator(_key(signing, settings)).compute_signature(url, form, algorithm)
    if signing is Signing.DOUBLED:
        signature = f"{signature},{signature}"
    return {HEADER: signature} | ({SIGNATURE_SETTINGS_HEADER: KINDS[signing]} if signing in KINDS else {})


def _key(signing: Signing, settings: Settings) -> str:
    shared = settings.twilio_webhook_keys[0]
    others = {
        Signing.PREVIOUS: settings.twilio_auth_token_previous,
        Signing.SHARED: shared,
        Signing.SHARED_BY_SHA1: shared,
        Signing.OTHER_TOKEN: ANOTHER_TOKEN,
    }
    return others.get(signing, settings.twilio_auth_token)
