"""Strategies for requests: valid and invalid ones for each URL rule, and ones that match none."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from hypothesis import strategies as st

from hotline.web.desk.guard import SESSION_COOKIE
from tests.web.fuzz.addresses import ADDRESSES, Address, fields_of, names_in, query_of
from tests.web.fuzz.asking import Asked
from tests.web.fuzz.bodies import NONE, bodies, urlencoded
from tests.web.fuzz.environment import METRICS_TOKEN, Environment
from tests.web.fuzz.hostile_text import HEADER_TEXTS, MARK, RAW, VALUES, Values, once_in
from tests.web.fuzz.signing import SIGNINGS, Signing, odd_headers
from tests.web.fuzz.staff import COOKIE

METHODS: Final = (*"GET HEAD POST OPTIONS PUT DELETE PATCH TRACE CONNECT PROPFIND post *".split(), MARK)

Header = tuple[str, str]


def basic(login: str) -> str:
    """Return the basic auth header value of `login`, a name and password joined by a colon."""
    return "Basic " + b64encode(login.encode(errors="surrogateescape")).decode()


def known(*values: str) -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(values), HEADER_TEXTS)


RIGHT_LOGIN: Final = COOKIE
RIGHT_TOKEN: Final = ("Authorization", f"Bearer {METRICS_TOKEN}")

OTHER_LOGINS: Final = known(
    *("", "Basic", "Basic !!!", "Basic =", "Basic /////w==", "Basic Og==", "basic dA==", "Bearer x"),
    *("Bearer a=b", "Digest x=y", 'Digest username="', "Basic " + "A" * 20_000),
    *map(basic, ("anna:", f"anna:{MARK}", f"{MARK}:\0")),
)

HEADERS: Final[Mapping[str, st.SearchStrategy[str]]] = {
    "Host": known(
        *("evil.example", f"{MARK}.example", "evil.example:99999", "[::1", "a b", "", "\xff.example"),
        "evil.example/\\@x",
    ),
    "X-Forwarded-For": known("127.0.0.1", "1" * 4000),
    "X-Forwarded-Host": known(f"{MARK}.example"),
    "X-Forwarded-Proto": known("https", "javascript"),
    "X-Forwarded-Prefix": known(f"/{MARK}"),
    "Forwarded": known(f"for={MARK};host={MARK}"),
    "X-Original-Url": known("/desk", f"/{MARK}"),
    "X-HTTP-Method-Override": known("DELETE", "POST"),
    "Range": known(
        *("bytes=0-", "bytes=0-9", "bytes=9-0", "bytes=-", "bytes=-5", "bytes=0-1,4-5", "items=0-1"),
        *("bytes=999999999999999999-", "bytes=\xb2-", "bytes=" + ",".join("0-0" for _ in range(500))),
    ),
    "If-Range": known('"x"', "Thu, 01 Jan 1970 00:00:00 GMT"),
    "If-None-Match": known("*", '"x', 'W/"x"'),
    "If-Modified-Since": known("Thu, 32 Foo 99999 99:99:99 GMT", "Thu, 1 Jan 0000 00:00:00 -9999", "1" * 400),
    "X-Cookie": known("session=x", "a=b; " * 500, "=;=", "\xff=\xff"),
    "Accept": known("text/html;q=\xb2", "*/*;q=1e999", "," * 400),
    "Accept-Language": known("es", f"{MARK}-x;q=nan"),
    "Transfer-Encoding": known("chunked", "gzip, chunked"),
    "Content-Encoding": known("gzip"),
    "Expect": known("100-continue"),
    "User-Agent": HEADER_TEXTS,
    "Referer": known(f"http://{MARK}.example/"),
    "Origin": known("null", f"http://{MARK}.example"),
    "I-Twilio-Idempotency-Token": HEADER_TEXTS,
    "Authorization": OTHER_LOGINS,
}
"""Additional headers and their values."""


@st.composite
def hostile_headers(draw: st.DrawFn) -> tuple[Header, ...]:
    """Draw up to four headers, possibly repeated."""
    names = draw(st.lists(st.sampled_from(sorted(HEADERS)), max_size=4))
    return tuple((name, draw(HEADERS[name])) for name in names)


@st.composite
def queries(draw: st.DrawFn, fields: Mapping[str, Values]) -> bytes:
    """Draw a query string with these fields, and sometimes anything else."""
    told = urlencoded([(name.encode(), draw(values) or b"") for name, values in fields.items()])
    if not once_in(4, draw):
        return told
    begins = draw(st.sampled_from((b"", told + b"&", b"&;=", b"?")))
    return begins + draw(st.one_of(VALUES, RAW)) + b"&" + told


@st.composite
def paths(draw: st.DrawFn, rule: str, environment: Environment) -> bytes:
    """Draw a path for the URL rule, sometimes in another notation."""
    begins, opening, _ = rule.partition("<")
    path = begins.encode() + (draw(names_in(rule, environment)).replace(b"+", b"%20") if opening else b"")
    return draw(st.sampled_from(OTHER_WAYS))(path) + draw(ENDS) if once_in(5, draw) else path


OTHER_WAYS: Final[tuple[Callable[[bytes], bytes], ...]] = (
    lambda path: path,
    lambda path: path + b"/",
    lambda path: b"/" + path,
    lambda path: path.replace(b"/", b"//"),
    lambda path: path.replace(b"s", b"%73").replace(b"e", b"%65"),
    lambda path: path.replace(b"/", b"%2F"),
    lambda path: b"/" + MARK.encode() + b"/.." + path,
    lambda path: path.upper(),
)
ENDS: Final = st.one_of(st.just(b""), st.just(b""), st.just(b"/"), RAW)
"""Additions to a path. Some altered paths still match the URL rule."""


@st.composite
def requests_to(draw: st.DrawFn, rule: str, environment: Environment) -> Asked:
    """Draw a mostly valid request to this URL rule."""
    address = ADDRESSES[rule]
    methods = address.methods * 4 + METHODS if once_in(4, draw) else address.methods[:1]
    sends = address.reads or once_in(4, draw)
    asked = Asked(
        method=draw(st.sampled_from(methods)),
        path=draw(paths(rule, environment)),
        query=draw(queries(query_of(rule, environment))),
        headers=draw(logins(address)) + draw(hostile_headers()),
        body=draw(bodies(fields_of(rule, environment))) if sends else NONE,
        signing=draw(SIGNINGS) if address.signed or once_in(5, draw) else Signing.UNSIGNED,
        odd=draw(odd_headers()),
        ends_by_itself=not once_in(10, draw),
    )
    return with_target(draw, asked)


NEARLY: Final = st.sampled_from(
    (b"", b"/", b"//", b"/sms", b"/desk/", b"/letters/..%2f", b"/voice/", b"*", b"/%2e%2e/")
)
LONG_PATH: Final = st.just(MARK.encode() * 12_000)


@st.composite
def requests_elsewhere(draw: st.DrawFn, environment: Environment) -> Asked:
    """Draw a request to a URL that usually matches no rule, though it may resemble one."""
    asked = Asked(
        method=draw(st.sampled_from(METHODS)),
        path=draw(NEARLY) + draw(st.one_of(RAW, VALUES, LONG_PATH, st.just(b"evil.example/%2f.."))),
        query=draw(st.one_of(st.just(b""), VALUES, RAW)),
        headers=draw(logins(ADDRESSES["/desk"])) + draw(hostile_headers()),
        body=draw(bodies(fields_of("/sms", environment))),
        signing=draw(SIGNINGS),
        odd=draw(odd_headers()),
    )
    return with_target(draw, asked)


@st.composite
def logins(draw: st.DrawFn, address: Address) -> tuple[Header, ...]:
    """Draw the credentials that the URL rule requires, mostly the right ones."""
    right = RIGHT_LOGIN if address.password else RIGHT_TOKEN if address.token else None
    if not right or once_in(8, draw):
        return ()
    if once_in(7, draw):
        return (("Authorization", draw(OTHER_LOGINS)), ("Cookie", f"{SESSION_COOKIE}={MARK}"))
    return (right,)


def with_target(draw: st.DrawFn, asked: Asked) -> Asked:
    """Sometimes add a raw target, as some servers do, which may name another host."""
    if not once_in(3, draw):
        return asked
    target = asked.path + (b"?" + asked.query if asked.query else b"")
    host = draw(st.sampled_from((b"", b"", b"http://evil.example", b"http://evil.example:x@", b"http://[")))
    return replace(asked, raw_uri=(host + target).decode("latin-1"))
