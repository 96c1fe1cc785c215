"""Offering topics."""

from pathlib import Path

import pytest

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Role
from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.roles import Known
from hotline.publishing.texts import read_files, topics_of
from tests.copied_flows import copied_flows, edit


def test_an_offered_topic_is_a_choice() -> None:
    tables = read_files(OWN_FLOWS)
    assert "faq_cost" == topics_of(tables["book"])["faq_cost"]
    choices = tables["hotline"][Role.WHICH_TOPIC]["choices"]
    assert {"text": "What it costs", "go": "return"} == choices["faq_cost"]
    assert ("menu" in choices, "none") == (True, list(choices)[-1])


def test_every_topic_of_the_classifier_can_be_offered(book: Book) -> None:
    offered = {choice.name for choice in book.question(Role.WHICH_TOPIC).choices}
    labels = set(book.reader.classifier.heads["intent"].labels)
    assert {Known.STOP, Known.OTHER} == labels - offered


def test_a_topic_with_other_keys_is_refused(tmp_path: Path) -> None:
    flows = copied_flows(tmp_path / "flows")
    edit(flows, "book.toml", 'faq_cost = { go = "faq_cost", offer', 'faq_cost = { go = "faq_cost", offers')
    with pytest.raises(FlowError, match=r'book.toml \[topics\] faq_cost: must be "a_state", or { go'):
        read_files(flows)
