"""The environment that the fuzz tests send requests to, created once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hotline.config.settings import Settings
from tests.web.fuzz.house import House, open_house


@pytest.fixture(scope="session")
def opened(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Yield an environment with sample data, for the whole session."""
    with open_house(settings, tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture
def house(opened: House) -> House:
    """Return the environment, reset to its initial state."""
    opened.begin_again()
    return opened
