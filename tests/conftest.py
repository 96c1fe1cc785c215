"""Shared fixtures: the flows of this repository, a test Redis, and settings."""

import gc
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import pytest
from redis import Redis

from devtools.local import made_up
from devtools.local.embedded import redis_server
from hotline.config.settings import OWN_FLOWS, Settings
from hotline.conversation.book.book import Book
from hotline.publishing import loader
from hotline.publishing.lint import ambiguity, examples
from hotline.publishing.lint.check import SAMPLE_NAMES as NAMES
from hotline.publishing.lint.graph_places import Walk
from hotline.publishing.lint.walk_facts import WalkFacts, structure
from hotline.publishing.loader import load_book
from hotline.store import packing
from hotline.store.connection import connect
from hotline.store.followups import FollowUps
from hotline.store.keys import Secrets
from hotline.store.nodes import primaries
from hotline.store.turns import Turns
from tests.many_redis import redis_cluster
from tests.one_slot import OneSlot
from tests.own_redis import OwnRedis, own_redis
from tests.same_books import same_ambiguous, same_book, same_of_examples
from tests.walked import stored_short_facts, walked

# No deadline, because other processes use the cores too. In CI, the same examples each time, so that a failure is reproducible.
hypothesis.settings.register_profile("tests", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("tests")


# A test run may take longer than a deploy, and many tests look at what is stored.
packing.DEPLOY_LASTS = timedelta(days=1)

loader.read_book = same_book
ambiguity.findings = same_ambiguous
examples.findings = same_of_examples


@pytest.fixture(scope="session")
def book() -> Book:
    return load_book(OWN_FLOWS, NAMES)


@pytest.fixture(scope="session")
def walk(book: Book, pytestconfig: pytest.Config) -> Walk:
    """Return every place that a person can reach in these flows, on every kind of line."""
    assert pytestconfig.cache is not None
    return walked(book, pytestconfig.cache.mkdir("walk"))


@pytest.fixture(scope="session")
def short_facts(book: Book, pytestconfig: pytest.Config) -> WalkFacts:
    assert pytestconfig.cache is not None
    return stored_short_facts(book, pytestconfig.cache.mkdir("walk"))


@pytest.fixture(scope="session")
def own_structure(book: Book) -> str:
    """Return the structure of these flows."""
    return structure(book)


@pytest.fixture(scope="session")
def known_facts(own_structure: str, short_facts: WalkFacts) -> tuple[str, str]:
    return own_structure, replace(short_facts, found=()).written()


STORE = os.environ.get("TESTED_STORE", "one")
"""What the tests' Redis is: one server, or with `cluster` three primaries and their replicas (tests/store/test_cluster.py
runs the store's tests that way)."""


MEMORY = Path("/dev/shm")
ROOM = 1 << 30


@pytest.fixture(scope="session")
def redis_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder for a server's data, in memory if there is room."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        with TemporaryDirectory(prefix="hotline-tests-", dir=MEMORY) as folder:
            yield Path(folder)
    else:
        yield tmp_path_factory.mktemp("redis")


@pytest.fixture(scope="session")
def redis_url(redis_folder: Path) -> Iterator[str]:
    """A real server of the tests' own, on a private socket; or a cluster on loopback.

    Each send waits until it is recorded on disk, half a second with `appendfsync everysec`. In memory the server flushes
    each write, so that this takes no time.
    """
    if STORE == "cluster":
        with redis_cluster(redis_folder) as nodes:
            yield nodes.url
    else:
        with redis_server(redis_folder) as url:
            if redis_folder.is_relative_to(MEMORY):
                with Redis.from_url(url) as client:
                    client.config_set("appendfsync", "always")
            yield url


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """Yield a client of that server, emptied first; it refuses what a cluster would refuse."""
    as_text = {"decode_responses": True, "encoding_errors": "surrogateescape"}
    client = connect(redis_url) if STORE == "cluster" else OneSlot.from_url(redis_url, **as_text)
    with client:
        for server in primaries(client):
            server.redis.flushall()
        yield client


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnRedis]:
    """Yield a server of this test alone, to kill, stop or fill."""
    with own_redis(tmp_path / "own") as running:
        yield running


@pytest.fixture
def nobody() -> str:
    """Return a host and port on which nothing listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        return f"127.0.0.1:{gone.getsockname()[1]}"


@pytest.fixture(scope="session")
def settings(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return settings as `make run` makes them up, on the tests' Redis."""
    folder: Path = tmp_path_factory.mktemp("settings")
    queue = {"QUEUE_REDIS_URL": "unix:///nobody/asks/it"} if STORE == "cluster" else {}
    return Settings.read({**made_up.complete({}, folder), "REDIS_URL": redis_url, **queue})


@pytest.fixture
def who(secrets: Secrets) -> str:
    """Return the id of the tests' parent."""
    return secrets.who("+12025550123")


@pytest.fixture
def turns(redis: Redis, secrets: Secrets) -> Turns:
    return Turns(redis, secrets)


@pytest.fixture
def followups(redis: Redis) -> FollowUps:
    return FollowUps(redis)


TESTS = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    """Let each process of a run of all tests begin to collect at another folder, and collect no garbage meanwhile.

    In a new clone a test module is compiled when it is first imported: that takes longer than the rest of collecting it,
    and processes that began together would each compile all of them.
    """
    gc.disable()
    worker, workers = (
        os.environ.get("PYTEST_XDIST_WORKER"),
        int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")),
    )
    if worker and list(map(Path, config.args)) == [Path(folder) for folder in config.getini("testpaths")]:
        ignored = {Path(path).absolute() for path in config.getoption("ignore") or ()}
        found = {TESTS / path.relative_to(TESTS).parts[0] for path in TESTS.rglob("test_*.py")}
        parts = sorted(map(str, found - ignored))
        first = len(parts) * int(worker.removeprefix("gw")) // workers
        config.args[:] = parts[first:] + parts[:first]


def pytest_collection_finish() -> None:
    """Have the garbage collector skip what was imported, and run less often."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 20)


WHOLE = ("tests/browser/", "tests/end_to_end/")
"""Folders whose tests all have the marker `whole`; single modules elsewhere set it themselves."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests in an order that is the same in each process; mark those of the whole service and of the whole walk."""
    items.sort(key=lambda item: item.path)
    for item in items:
        if item.nodeid.startswith(WHOLE) or "walk" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.whole)
