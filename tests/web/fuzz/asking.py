"""One request to the app, as a WSGI server makes it, and its result.

The environment is that of granian, which `hotline web` uses: no RAW_URI, a terminated input stream, and repeated headers
joined by a comma. Other servers pass the raw target (RAW_URI), or may end a body early.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from flask import Flask
from structlog.testing import capture_logs
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Request

from hotline.config.settings import Settings
from hotline.web.forms import MAX_BODY
from tests.web.fuzz import signing
from tests.web.fuzz.bodies import NONE, Body
from tests.web.fuzz.signing import AUTHENTIC, NO_HEADER, Signing

Environ = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `path` and `query` are as on the wire; header values are bytes decoded as Latin-1."""

    method: str
    path: bytes
    query: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    body: Body = NONE
    signing: Signing = Signing.UNSIGNED
    odd: tuple[str, str] = ("", "")
    raw_uri: str | None = None
    ends_by_itself: bool = True

    @property
    def verb(self) -> str:
        """The method in uppercase, as werkzeug reads it."""
        return self.method.upper()

    @property
    def authentic(self) -> bool:
        """Whether it has a valid Twilio signature."""
        return self.signing in AUTHENTIC

    @property
    def has_signature(self) -> bool:
        """Whether it has a signature, valid or not."""
        return self.signing not in NO_HEADER

    @property
    def says_too_long(self) -> bool:
        """Whether its Content-Length exceeds the limit. A chunked request has none."""
        chunked = any("Transfer-Encoding" == name for name, _ in self.headers)
        told = "" if chunked else self.body.length or ""
        return told.isdecimal() and int(told) > MAX_BODY


@dataclass(frozen=True, slots=True)
class Answer:
    """The response to a request.

    `rule` is the matching URL rule, "" for none; `took` is the number of body bytes read, `touched` the number of reads;
    `failed` are the exceptions that the app caught.
    """

    asked: Asked
    rule: str
    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes
    took: int
    touched: int
    failed: tuple[BaseException, ...] = ()
    logged: str = ""
    """What the request logged."""

    @property
    def text(self) -> str:
        return self.content.decode(errors="replace")

    def header(self, name: str) -> str:
        return next((value for told, value in self.headers if told.lower() == name.lower()), "")

    @property
    def media_type(self) -> str:
        """The media type without parameters; "" if there is none."""
        return self.header("Content-Type").partition(";")[0]


@dataclass(slots=True)
class Watched:
    """A body that counts the reads and bytes read."""

    content: bytes
    took: int = 0
    touched: int = 0
    _stream: io.BytesIO = field(init=False)

    def __post_init__(self) -> None:
        self._stream = io.BytesIO(self.content)

    def read(self, size: int = -1) -> bytes:
        return self._counted(self._stream.read(size))

    def readline(self, size: int = -1) -> bytes:
        return self._counted(self._stream.readline(size))

    def readlines(self, hint: int = -1) -> list[bytes]:
        return [self._counted(line) for line in self._stream.readlines(hint)]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readlines())

    def _counted(self, read: bytes) -> bytes:
        self.touched += 1
        self.took += len(read)
        return read


def ask(app: Flask, settings: Settings, asked: Asked) -> Answer:
    """Send a request to the app and return the response."""
    environ, body = environ_of(asked), Watched(asked.body.content)
    url = settings.public_base_url + (asked.raw_uri or signing.told(asked.path, asked.query))
    signed = signing.headers(asked.signing, settings, url, _read_form(environ, asked), asked.odd)
    environ |= {_variable(name): value for name, value in signed.items()}
    with capture_logs() as lines:
        content, status, headers = run_wsgi_app(app.wsgi_app, environ | {"wsgi.input": body}, buffered=True)
    failed = tuple(line["exc_info"] for line in lines if isinstance(line.get("exc_info"), BaseException))
    return Answer(
        asked=asked,
        rule=rule_of(app, asked),
        status=int(status[:3]),
        headers=tuple(headers),
        content=b"".join(content),
        took=body.took,
        touched=body.touched,
        failed=failed,
        logged=repr([{name: value for name, value in line.items() if name != "exc_info"} for line in lines]),
    )


def environ_of(asked: Asked) -> Environ:
    """Return the WSGI environment of a request, without its signature."""
    environ: Environ = {
        **STILL,
        "REQUEST_METHOD": asked.method,
        "PATH_INFO": unquote_to_bytes(asked.path).decode("latin-1"),
        "QUERY_STRING": asked.query.decode("latin-1"),
    }
    told: Environ = {"CONTENT_TYPE": asked.body.content_type, "CONTENT_LENGTH": asked.body.length}
    environ |= {name: value for name, value in told.items() if value is not None}
    if asked.ends_by_itself:
        environ["wsgi.input_terminated"] = True
    if asked.raw_uri is not None:
        environ["RAW_URI"] = asked.raw_uri
    for name, value in asked.headers:
        earlier = environ.get(_variable(name))
        environ[_variable(name)] = f"{earlier},{value}" if earlier is not None else value
    return environ


STILL: Final[Environ] = {
    "SCRIPT_NAME": "",
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "8000",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "127.0.0.1",
    "wsgi.url_scheme": "http",
    "wsgi.version": (1, 0),
    "wsgi.errors": io.StringIO(),
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}
"""The constant part of every WSGI environment."""


def rule_of(app: Flask, asked: Asked) -> str:
    """Return the URL rule that matches a request, regardless of its method; "" if none does."""
    path = unquote_to_bytes(asked.path).decode(errors="replace")
    here = app.url_map.bind("localhost")
    for method in list(here.allowed_methods(path))[:1]:
        return here.match(path, method, return_rule=True)[0].rule
    return ""


def _read_form(environ: Environ, asked: Asked) -> MultiDict[str, str]:
    """Return the form that the service will read, which is what Twilio would sign."""
    try:
        with Request(environ | {"wsgi.input": io.BytesIO(asked.body.content)}) as read:
            return read.form
    except HTTPException:
        return MultiDict()


def _variable(header: str) -> str:
    return "HTTP_" + header.upper().replace("-", "_")
