"""A house to ask, opened once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hotline.config.settings import Settings
from tests.web.fuzz.house import House, open_house


@pytest.fixture(scope="session")
def opened(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with people in it."""
    with open_house(settings, tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture
def house(opened: House) -> House:
    """The same, as it was when it was opened."""
    opened.begin_again()
    return opened
