"""The environment that the fuzz tests send requests to, created once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
import time_machine

from hotline.config.settings import Settings
from tests.web.fuzz.house import House, open_house


def daytime() -> time_machine.travel:
    """Set the clock to daytime where the parents are: at night no one may be called."""
    return time_machine.travel(datetime.now(UTC).replace(hour=17), tick=True)


@pytest.fixture(scope="session")
def opened(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Yield an environment with sample data, for the whole session."""
    with ExitStack() as open_until_the_end:
        with daytime():
            house = open_until_the_end.enter_context(open_house(settings, tmp_path_factory.mktemp("house")))
        yield house


@pytest.fixture
def house(opened: House) -> Iterator[House]:
    """Yield the environment, reset to its initial state."""
    with daytime():
        opened.begin_again()
        yield opened
