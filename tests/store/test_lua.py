"""Lua scripts match their headers and callers."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from hotline.store import lua
from hotline.store.connection import connect, connect_for_backup
from hotline.store.lua import FOLDER, INCLUDE, Script, source

SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.lua"))
PARTS = sorted(path.stem for path in (FOLDER / "includes").glob("*.lua"))
CODE = [path for folder in ("hotline", "workers") for path in Path(folder).rglob("*.py")]


def header(script: str) -> str:
    return (FOLDER / f"{script}.lua").read_text(encoding="utf-8").partition("]]")[0]


def listed_arguments(script: str) -> set[str]:
    rows = re.findall(r"^      (\w+(?:, \w+)*)(?:  |$)", header(script), re.MULTILINE)
    return {name for row in rows for name in row.split(", ")}


def calls() -> Iterator[tuple[str, int | None, set[str]]]:
    """Return each call of a script: name, number of keys if written out, arguments."""
    for path in CODE:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        scripts = {
            ast.unparse(node.targets[0]): node.value.args[1].value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and ast.unparse(node.value.func) == "Script"
            and isinstance(node.value.args[1], ast.Constant)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = scripts.get(ast.unparse(node.func))
            if isinstance(node.func, ast.Call) and ast.unparse(node.func.func) == "Script":
                name = ast.literal_eval(node.func.args[1])
            if name is None:
                continue
            keys = node.args[0]
            plain = isinstance(keys, ast.List) and not any(isinstance(key, ast.Starred) for key in keys.elts)
            count = len(keys.elts) if plain and isinstance(keys, ast.List) else None
            yield str(name), count, {str(each.arg) for each in node.keywords} - {"client"}


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_header_lists_keys_and_arguments(script: str) -> None:
    text = header(script)
    assert "  Input:" in text, "say what goes in"
    assert "  Output:" in text, "say what comes out"
    keys = re.findall(r"^    KEYS\[(\d+)\]", text, re.MULTILINE)
    assert [str(n) for n in range(1, len(keys) + 1)] == keys
    body = (FOLDER / f"{script}.lua").read_text(encoding="utf-8").partition("]]")[2]
    assert listed_arguments(script) == set(re.findall(r"\bargs\.(\w+)", body))


def test_callers_pass_what_the_headers_list() -> None:
    found = list(calls())
    assert set(SCRIPTS) == {name for name, _, _ in found}
    for name, keys, arguments in found:
        assert listed_arguments(name) == arguments, name
        if keys is not None:
            assert len(re.findall(r"^    KEYS\[", header(name), re.MULTILINE)) == keys, name


@pytest.mark.parametrize("part", PARTS)
def test_an_include_takes_parameters_only(part: str) -> None:
    text = (FOLDER / "includes" / f"{part}.lua").read_text(encoding="utf-8")
    assert not re.search(r"\b(KEYS|ARGV|args)\b", text)
    assert any(part in INCLUDE.findall(path.read_text("utf-8")) for path in FOLDER.rglob("*.lua"))


@pytest.mark.parametrize("script", SCRIPTS)
def test_redis_compiles_each_script(redis: Redis, script: str) -> None:
    assert "@include" not in source(script)
    redis.script_load(source(script))


CALL = re.compile(r"redis\.p?call\(\s*'(\w+)'\s*(?:,\s*([^,()]*(?:\([^()]*\))?))?")
DECLARED = re.compile(r"KEYS\[\d+\]|keys\.\w+|unpack\([a-z_]+\)|[a-z_]+")
WITHOUT_KEY = {"TIME", "INFO"}


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_uses_only_its_given_keys(script: str) -> None:
    """No key is computed, which a cluster could not know."""
    text = source(script).partition("]]")[2]
    found = CALL.findall(text)
    assert len(found) == len(re.findall(r"redis\.p?call\(", text)), "a command that is no constant"
    assigned = re.findall(r"local ((?:\w+, )*\w+) = unpack\(KEYS(?:, \d+)?\)", text)
    assigned += re.findall(r"local ((?:\w+, )*\w+)(?:, args)? = (?:KEYS\[\d+\](?:, )?)+", text)
    names = {name for names in assigned for name in names.split(", ")}
    names |= {name for names in re.findall(r"function \w+\(([^)]*)\)", text) for name in names.split(", ")}
    for command, key in found:
        if command in WITHOUT_KEY:
            continue
        assert DECLARED.fullmatch(key.strip()), f"{command} {key}"
        base = key.strip().removeprefix("unpack(").rstrip(")").split("[")[0].split(".")[0]
        assert base in names | {"KEYS", "keys"}, f"{command} {key} is no key that was given"


def test_there_is_no_lua_in_python() -> None:
    strings = [path for path in CODE if "redis.call(" in path.read_text(encoding="utf-8")]
    assert strings == []


def test_an_include_is_included_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "includes").mkdir()
    for name, text in {
        "main": '--- @include "one"\n--- @include "two"\nreturn 1\n',
        "includes/one": '--- @include "base"\nONE\n',
        "includes/two": '--- @include "base"\nTWO\n',
        "includes/base": "BASE\n",
    }.items():
        (tmp_path / f"{name}.lua").write_text(text)
    monkeypatch.setattr(lua, "FOLDER", tmp_path)
    assert "BASE\nONE\nTWO\nreturn 1\n" == source.__wrapped__("main")


@pytest.mark.parametrize(
    "value",
    [
        pytest.param('{"a": "\\u00e1"}', id="json within json"),
        pytest.param("¿Qué?\x00\x1f\x7f\u2028'\"\\/", id="accents and control characters"),
        pytest.param("\udcff\udc80", id="bytes that are not UTF-8, as the client reads them"),
        pytest.param("👩‍👧", id="beyond the basic plane"),
    ],
)
def test_bytes_are_unchanged(redis: Redis, redis_url: str, value: str) -> None:
    redis.hset("h", "f", "before")
    with connect(redis_url) as client, connect_for_backup(redis_url) as raw:
        assert Script(client, "replace_field")(["h"], field="f", before="before", after=value)
        assert value.encode("utf-8", "surrogateescape") == raw.hget("h", "f")


@pytest.mark.parametrize(
    "number", [0, 1, 50, 1_764_000_000.123456, 4_000_000_000, -2_236_000_000.5, 2**53 - 1]
)
def test_numbers_are_exact(redis: Redis, number: float) -> None:
    assert Script(redis, "add_version")(["l"], follows=0, version="{}", most=50)
    taken = Script(redis, "take_due")
    redis.zadd("z", {"id": number})
    assert ["id"] == taken(["z"], first=number, last=number, lease=number, most=1)
    assert number == redis.zscore("z", "id")


def test_none_is_nil(redis: Redis) -> None:
    """`cjson.null` is true in Lua."""
    redis.hset("requests", "id", '{"done": "", "notices": {"new.mark": 1}}')
    assert Script(redis, "settle_notice")(["requests"], id="id", notice="new.mark", sent=None, revoked=None)
    assert {"done": "", "notices": {}} == json.loads(str(redis.hget("requests", "id")))


def test_nan_is_refused(redis: Redis) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        Script(redis, "take_due")(["z"], first=float("nan"), last=0, lease=0, most=1)
