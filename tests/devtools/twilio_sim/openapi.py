"""Twilio's published OpenAPI descriptions (github.com/twilio/twilio-oai), and whether requests and answers fit.

Rule 1: a parameter that is not described is a problem. Twilio lets it pass unseen, and a misspelled one with it.
Rule 2: an array is written as its name once for each value (style form, exploded), and nothing else is.
Rule 3: what the descriptions leave out is in UNDESCRIBED, with where it is documented.

The folder with the descriptions is named by TWILIO_OPENAPI. They are not part of the project.
"""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from tests.devtools.twilio_sim.recorder import Asked

FILES = ("twilio_api_v2010.json", "twilio_lookups_v2.json", "twilio_messaging_v1.json")
METHODS = ("get", "post", "delete")
FORM, JSON = "application/x-www-form-urlencoded", "application/json"

RECORDING = "/2010-04-01/Accounts/{AccountSid}/Recordings/{Sid}"
SIDS = [
    {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": f"^{kind}[0-9a-f]{{32}}$"},
    }
    for name, kind in (("AccountSid", "AC"), ("Sid", "RE"))
]
CHANNELS = {
    "name": "RequestedChannels",
    "in": "query",
    "schema": {"type": "integer", "minimum": 1, "maximum": 2},
}
COUNTRY = {"name": "CountryCode", "in": "query", "schema": {"type": "string", "pattern": "^[A-Z]{2}$"}}
UNDESCRIBED: dict[str, Mapping[str, Any]] = {
    "/v1/Messaging/GeoPermissions": {"get": {"parameters": [COUNTRY], "responses": {"200": {}}}},
    **{
        RECORDING + ending: {"get": {"parameters": [*SIDS, CHANNELS], "responses": {"200": {}}}}
        for ending in ("", ".wav", ".mp3")
    },
}
"""A recording's sound: https://www.twilio.com/docs/voice/api/recording#fetch-a-recordings-media-file. The countries that may
be texted are of a host whose description is none of FILES: its client's `accounts.v1.messaging_geopermissions`."""


@dataclass(frozen=True, slots=True)
class Contract:
    """The descriptions, as one. `paths` leads from a template to its operations by method."""

    paths: Mapping[str, Mapping[str, Any]]
    schemas: Mapping[str, Any] = field(default_factory=dict)

    def operation(self, method: str, path: str) -> tuple[dict[str, Any], dict[str, str]]:
        """What is described for a request, and the parameters in its path. Raises LookupError."""
        for template, operations in self.paths.items():
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/.]+)", re.escape(template))
            found = re.fullmatch(pattern, path)
            if found and method.lower() in operations:
                return operations[method.lower()], {k: unquote(v) for k, v in found.groupdict().items()}
        raise LookupError(f"Twilio describes no {method} {path}")

    def request_problems(self, asked: Asked) -> list[str]:
        """What in a request is not as described."""
        try:
            operation, in_path = self.operation(asked.method, asked.path)
        except LookupError as unknown:
            return [str(unknown)]
        described = operation.get("parameters", [])
        query = parse_qsl(urlsplit(asked.target).query, keep_blank_values=True, strict_parsing=True)
        problems = [
            *self._given("path", described, list(in_path.items())),
            *self._given("query", described, query),
        ]
        body = operation.get("requestBody", {}).get("content", {})
        if asked.body and (FORM not in body or asked.content_type.partition(";")[0] != FORM):
            return [*problems, f"a body of {asked.content_type!r}"]
        return [*problems, *self._form(body.get(FORM, {}).get("schema", {}), asked.body.decode())]

    def answer_problems(self, asked: Asked) -> list[str]:
        """What in an answer is not as described; nothing is described of a refusal."""
        operation, _ = self.operation(asked.method, asked.path)
        if asked.status >= 400:
            return []
        answers = operation["responses"]
        if str(asked.status) not in answers:
            return [f"status {asked.status}; described are {', '.join(answers)}"]
        if (schema := answers[str(asked.status)].get("content", {}).get(JSON, {}).get("schema")) is None:
            return []
        return list(self._wrong(schema, json.loads(asked.answer), "answer"))

    def _given(self, where: str, described: list[Any], given: list[tuple[str, str]]) -> Iterator[str]:
        here = [each for each in described if "$ref" not in each]  # those are headers that nobody must send
        known = {each["name"]: each for each in here if each["in"] == where}
        needed = {name for name, each in known.items() if each.get("required")}
        schemas = {name: each["schema"] for name, each in known.items()}
        yield from self._named(where, schemas, needed, given)

    def _form(self, schema: Mapping[str, Any], body: str) -> Iterator[str]:
        given = parse_qsl(body, keep_blank_values=True, strict_parsing=True) if body else []
        yield from self._named("form", schema.get("properties", {}), set(schema.get("required", ())), given)

    def _named(
        self, where: str, schemas: Mapping[str, Any], needed: set[str], given: list[tuple[str, str]]
    ) -> Iterator[str]:
        values: dict[str, list[str]] = {}
        for name, value in given:
            values.setdefault(name, []).append(value)
        yield from (f"{where}: {name} is missing" for name in sorted(needed - set(values)))
        for name, written in values.items():
            if name not in schemas:
                yield f"{where}: {name} is not described"
                continue
            schema = self._whole(schemas[name])
            if schema.get("type") == "array":
                yield from self._wrong(schema, written, f"{where}: {name}")
            elif len(written) > 1:
                yield f"{where}: {name} is given {len(written)} times"
            else:
                yield from self._wrong(schema, _read(schema, written[0]), f"{where}: {name}")

    def _whole(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        reference = schema.get("$ref")
        return self.schemas[reference.rpartition("/")[2]] if reference else schema

    def _wrong(self, schema: Mapping[str, Any], value: Any, where: str) -> Iterator[str]:
        schema = self._whole(schema)
        if value is None:
            if not schema.get("nullable", True):
                yield f"{where} is null"
            return
        kind = schema.get("type")
        if kind and not TYPES[kind](value):
            yield f"{where} is {value!r}; described is {kind}"
            return
        yield from (f"{where} is {value!r}; {told}" for told in _limits(schema, value))
        if kind == "array":
            for at, each in enumerate(value):
                yield from self._wrong(schema.get("items", {}), each, f"{where}[{at}]")
        if kind == "object" and "properties" in schema:
            yield from (
                f"{where}.{name} is not described" for name in value if name not in schema["properties"]
            )
            for name in set(value) & set(schema["properties"]):
                yield from self._wrong(schema["properties"][name], value[name], f"{where}.{name}")


TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def _read(schema: Mapping[str, Any], written: str) -> object:
    """What a written parameter stands for, by the type described; as it is where it stands for nothing."""
    match schema.get("type"):
        case "integer" if re.fullmatch(r"-?\d+", written):
            return int(written)
        case "boolean" if written in ("true", "false"):
            return written == "true"
        case _:
            return written


def _limits(schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    """What is wrong with a value of the right type."""
    if "enum" in schema and value not in schema["enum"]:
        yield f"described are {schema['enum']}"
    if isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            yield f"described are {schema.get('minLength', 0)} to {schema.get('maxLength')} characters"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"described is {schema['pattern']}"
        if (fits := FORMATS.get(schema.get("format", ""))) and not fits(value):
            yield f"described is a {schema['format']}"
    if isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"described is {schema.get('minimum')} to {schema.get('maximum')}"


def _is(read: Callable[[str], object]) -> Callable[[str], bool]:
    def fits(value: str) -> bool:
        try:
            read(value)
        except ValueError:
            return False
        return True

    return fits


FORMATS: dict[str, Callable[[str], bool]] = {
    "date-time": _is(datetime.fromisoformat),
    "date-time-rfc-2822": _is(parsedate_to_datetime),
    "phone-number": lambda value: bool(re.fullmatch(r"\+[1-9]\d{6,14}", value)),
    "uri": lambda value: bool(re.fullmatch(r"(https?://[^\s/]+|/)\S*", value)),
    "http-method": lambda value: value in ("GET", "POST"),
}


@cache
def contract() -> Contract:
    """The descriptions. Skips the test where TWILIO_OPENAPI does not name their folder."""
    folder = os.environ.get("TWILIO_OPENAPI")
    if not folder:
        pytest.skip("TWILIO_OPENAPI names no folder with Twilio's OpenAPI descriptions")
    read = [json.loads(Path(folder, name).read_text("utf-8")) for name in FILES]
    paths = {path: each for description in read for path, each in description["paths"].items()}
    schemas = {
        name: each for description in read for name, each in description["components"]["schemas"].items()
    }
    return Contract({**paths, **UNDESCRIBED}, schemas)
