"""Any request to any URL: no 5xx, nothing unescaped, no body read without a signature."""

from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.fuzz.addresses import ADDRESSES, BY_DESIGN
from tests.web.fuzz.environment import NAME, PLANTED, Away, Environment
from tests.web.fuzz.judging import put
from tests.web.fuzz.requests import requests_elsewhere, requests_to
from tests.web.fuzz.tally import part
from tests.web.fuzz.valid_requests import valid_request

pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")
"""If a multipart form is truncated within a file, werkzeug does not close the file."""

EACH = 0.9 / (len(ADDRESSES) + 1)
"""The share of requests per URL rule; the rest is for outages and conversations."""


def test_every_url_rule_is_listed(environment: Environment) -> None:
    rules = list(environment.apps[Away.NOTHING].url_map.iter_rules())
    assert set(ADDRESSES) == {rule.rule for rule in rules}
    for address in ADDRESSES:
        taken = {method for rule in rules if rule.rule == address for method in rule.methods or ()}
        assert {*ADDRESSES[address].methods, "OPTIONS"} == taken


@pytest.mark.parametrize("rule", ADDRESSES)
def test_a_valid_request_is_accepted(rule: str, environment: Environment) -> None:
    """Check the valid requests; otherwise invalid ones would be refused for another reason."""
    environment.begin_again()
    assert put(environment, valid_request(rule, environment)).status in (200, 204, 303, 404, 409)


def test_the_desk_shows_hostile_text_unchanged(environment: Environment) -> None:
    page = unescape(put(environment, valid_request("/desk", environment)).text)
    assert (2, 5) == (page.count(NAME), page.count(PLANTED))


@pytest.mark.parametrize("rule", ADDRESSES)
@given(chosen=st.data())
@part(EACH)
def test_every_response_is_correct(rule: str, environment: Environment, chosen: st.DataObject) -> None:
    environment.begin_again()
    put(environment, chosen.draw(requests_to(rule, environment)))


@given(chosen=st.data())
@part(EACH)
def test_a_request_to_an_unknown_url_is_refused(environment: Environment, chosen: st.DataObject) -> None:
    environment.begin_again()
    answer = put(environment, chosen.draw(requests_elsewhere(environment)))
    assert answer.rule or 400 <= answer.status < 500


@pytest.mark.parametrize("away", [Away.REDIS, Away.CARRIER])
@given(chosen=st.data())
@part(0.05)
def test_outage_responses_are_by_design(away: Away, environment: Environment, chosen: st.DataObject) -> None:
    environment.begin_again()
    rule = chosen.draw(st.sampled_from(sorted(ADDRESSES)))
    put(environment, chosen.draw(requests_to(rule, environment)), away)


@pytest.mark.parametrize(
    ("away", "rule", "status"), [(away, *case) for away, cases in BY_DESIGN.items() for case in cases]
)
def test_each_5xx_by_design_occurs(away: Away, rule: str, status: int, environment: Environment) -> None:
    """Check that each BY_DESIGN entry occurs; otherwise it could hide another fault."""
    assert status == put(environment, valid_request(rule, environment), away).status
