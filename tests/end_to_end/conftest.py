"""`hotline run`, started once for this folder."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.town import Town
from tests.running import SECRET, running_line


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Yield `hotline run` with a Redis that the test can read."""
    with running_line(tmp_path_factory.mktemp("town"), {}) as line:
        yield Town(line.carrier, line.redis, line.clock, SECRET)
