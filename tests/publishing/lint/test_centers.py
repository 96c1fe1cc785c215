"""Phones of parent centers."""

import pytest

from hotline.config.settings import OWN_FLOWS
from hotline.publishing.lint import centers


def test_our_phones_can_be_dialed() -> None:
    assert [] == list(centers.findings(OWN_FLOWS))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"name": " "}, "has no name"),
        ({"name": "x", "phone": "(510) 555-2368"}, "write it as"),
        ({"name": "x", "phone": 5105552368}, "write it as"),
        ({"name": "x", "phone": "510-555-0199"}, "example number"),
        ({"name": "x", "phone": "123-456-7890"}, "is not a valid number"),
    ],
)
def test_a_number_that_cannot_be_dialed_is_named(row: dict[str, object], says: str) -> None:
    found = centers.problem(row)
    assert found
    assert says in str(found)


def test_a_center_may_have_no_phone() -> None:
    assert centers.problem({"name": "x"}) is None
