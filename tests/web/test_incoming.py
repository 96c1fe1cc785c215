"""A query argument of a webhook is parsed as Flask parses it."""

from typing import Any, cast

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from hotline.web.incoming import Incoming
from hotline.web.service import Service


@pytest.mark.parametrize(
    "query", ["", "n=1", "m=1", "n=", "n", "n=1&n=2", "n=a+b%2Bc", "n=%C3%B1", "n=%ff", "x=1&n=%26&", "&&n=2"]
)
def test_an_argument_is_parsed_as_flask_parses_it(query: str) -> None:
    service: Any = cast("Service", None)
    incoming = Incoming(service, "POST", "/sms", query, f"/sms?{query}", lambda _: None, lambda: b"")
    flask = Request(EnvironBuilder(path="/sms", query_string=query).get_environ())
    assert flask.args.get("n", "") == incoming.argument("n")
