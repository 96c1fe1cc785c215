"""The hotline serves the countries in its settings."""

import pytest

from hotline.config.countries import DEFAULT, is_of, read_countries


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param("+12025550123", True, id="Washington, DC"),
        pytest.param("+18005550123", True, id="toll-free"),
        pytest.param("+14165550123", True, id="Toronto"),
        pytest.param("+17875551234", True, id="Puerto Rico"),
        pytest.param("+16715550123", True, id="Guam"),
        pytest.param("+13405551234", True, id="the Virgin Islands"),
        pytest.param("+19995551234", True, id="an area code that nobody knows yet"),
        pytest.param("+18765550123", False, id="Jamaica, which begins with a 1 too"),
        pytest.param("+529991234567", False, id="Mexico"),
        pytest.param("+447700900123", False, id="one of a country that shares its code"),
        pytest.param("+88213300000", False, id="a satellite phone"),
        pytest.param("+2100000000", False, id="a code that is no country's"),
        pytest.param("nobody", False, id="no number"),
    ],
)
def test_the_default_is_the_us_and_canada(number: str, expected: bool) -> None:
    assert expected is is_of(number, DEFAULT)


def test_other_countries_can_be_chosen() -> None:
    assert ("MX", "GB") == read_countries("mx, GB,MX")
    assert is_of("+529991234567", ("MX",))
    assert is_of("+447700900123", ("GB",))
    assert not is_of("+12025550123", ("MX", "GB"))
    assert not is_of("+17875551234", ("MX", "GB"))


@pytest.mark.parametrize("value", ["USA", "US;CA", "XX", "1", "US,", "United States"])
def test_an_invalid_code_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="must be two-letter country codes, such as US,CA"):
        read_countries(value)
