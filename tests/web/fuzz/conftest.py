"""The environment that the fuzz tests send requests to, created once."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
import time_machine

from hotline.config.settings import Settings
from tests.web.fuzz.environment import Environment, open_environment


def daytime() -> time_machine.travel:
    """Set the clock to daytime where the parents are: at night no one may be called."""
    return time_machine.travel(datetime.now(UTC).replace(hour=17), tick=True)


@pytest.fixture(scope="session")
def opened(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """Yield an environment with sample data, for the whole session."""
    with ExitStack() as open_until_the_end:
        with daytime():
            environment = open_until_the_end.enter_context(
                open_environment(settings, tmp_path_factory.mktemp("environment"))
            )
        yield environment


@pytest.fixture
def environment(opened: Environment) -> Iterator[Environment]:
    """Yield the environment, reset to its initial state."""
    with daytime():
        opened.begin_again()
        yield opened
