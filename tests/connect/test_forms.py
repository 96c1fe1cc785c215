"""The answers for carrier registration match what the hotline sends, and fit the forms."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from redis import Redis

from devtools.local.made_up import complete
from hotline import clock
from hotline.config.opening import Opening
from hotline.config.settings import OWN_FLOWS, Settings
from hotline.connect.command import forms
from hotline.connect.forms import LONGEST_SAMPLE, SAMPLES, fields, samples
from hotline.conversation.book.book import Book
from hotline.conversation.nlu.roles import Known
from hotline.publishing.overlay import Overlay, OwnText, Wording
from hotline.publishing.overlay_folder import read_tables
from hotline.publishing.overlay_merge import upstream_wordings
from hotline.store.in_force import Versions
from hotline.store.words_versions import WordsVersion, WordsVersions

LONGEST_FLOW, LONGEST_ANSWER = 2048, 320
"""Maximum characters that the forms accept."""


@pytest.fixture
def answers(book: Book, settings: Settings) -> dict[str, str]:
    center = replace(settings, public_base_url="https://line.bayparents.org", center_name="Bay Parents")
    return {field.name: field.answer for field in fields(center, book)}


def test_samples_are_texts_that_the_hotline_sends(book: Book) -> None:
    assert len(SAMPLES) + len(book.languages) - 1 == len(samples(book))
    assert all(20 <= len(each) <= LONGEST_SAMPLE for each in samples(book))
    assert 2 <= sum("STOP" in each for each in samples(book))
    assert any("Parent Hotline" in each for each in samples(book))


def test_the_answers_fit_the_forms_and_name_the_center(answers: dict[str, str]) -> None:
    flow = answers["How people agree (message flow, opt-in)"]
    assert 40 <= len(flow) <= LONGEST_FLOW
    for name in ("Opt-in message", "Opt-out message", "Help message"):
        assert 20 <= len(answers[name]) <= LONGEST_ANSWER, name
    assert "Bay Parents" in flow
    assert "https://line.bayparents.org/privacy" == answers["Privacy policy"]
    assert "https://line.bayparents.org/terms" == answers["Terms and conditions"]


@pytest.mark.parametrize(
    ("field", "intent"),
    [("Opt-in words", Known.START), ("Opt-out words", Known.STOP), ("Help words", Known.HELP)],
)
def test_the_words_on_the_forms_do_what_they_say(
    answers: dict[str, str], book: Book, field: str, intent: str
) -> None:
    assert {intent} == {book.reader.of(word) for word in answers[field].split(", ")}


def test_the_message_flow_promises_what_the_opt_in_question_says(answers: dict[str, str], book: Book) -> None:
    asked = book.texts["en"][SAMPLES[0]][0]
    flow = answers["How people agree (message flow, opt-in)"]
    for said in ("for up to a year", "t most 12 texts in any 90 days", "data rates may apply", "STOP"):
        assert said in asked
        assert said in flow
    assert all(answers.values()), "no answer is empty"


@pytest.mark.parametrize("is_up", [True, False], ids=["Redis", "no Redis"])
def test_the_answers_are_those_in_force(
    is_up: bool, redis: Redis, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.log.silence", lambda: None)  # it would affect all later tests
    Versions(redis).add(0, Opening((), "", center_name="Bay Parents"), "ed", clock.now())
    was = upstream_wordings(read_tables(OWN_FLOWS))["en", SAMPLES[0]]
    overlay = Overlay({("en", SAMPLES[0]): OwnText(Wording("May we text you? STOP ends it."), was)}).written()
    WordsVersions(redis).add(0, WordsVersion(1, clock.now().timestamp(), "ed", "consent", overlay))
    environ = complete({"REDIS_URL": redis_url if is_up else f"unix://{tmp_path}/gone.sock"}, tmp_path)
    done = CliRunner().invoke(forms, env=environ, catch_exceptions=False)
    redis.delete("{desk}:opening", "{desk}:words")  # a later test may look at the name without emptying Redis
    assert is_up == ("Bay Parents" in done.stdout) == ("May we text you? STOP ends it." in done.stdout)
    assert is_up != ("Redis does not answer" in done.stderr)
