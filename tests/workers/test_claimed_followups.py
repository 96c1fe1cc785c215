"""Texts requested in a call are sent once, while they are wanted."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from devtools.twilio_sim import Carrier
from hotline.carrier.messages import letters
from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Effect, Erase, Refuse, StopAll, Tell, Texting, TextThis
from hotline.conversation.model.session import Session
from hotline.publishing.versions import Versions
from tests.turns_taken import claim
from tests.workers.parent import (
    DAY,
    HOUR,
    LATE,
    MINUTE,
    NOON,
    PARENT,
    SECOND,
    THIS,
    Ask,
    bodies,
    commit,
    due,
    outcome,
    record,
    refuse,
    session_of,
)
from workers.claimed_followups import LONGEST_BODY, cut, requested_words
from workers.delivery_errors import BACK_OFF
from workers.send import Sender
from workers.send_policy import IN_CONVERSATION, MOST_WANTED

SENTENCE = "This is a sentence of forty characters. "


CUT = {
    "nothing": ("", ""),
    "short": ("Short.", "Short."),
    "just fits": ("x" * LONGEST_BODY, "x" * LONGEST_BODY),
    "sentences": (SENTENCE * 50, (SENTENCE * 40).strip()),
    "one sentence, then a long one": ("One. " + "x" * LONGEST_BODY, "One."),
    "no sentence ends": (f"{'x' * 800} {'y' * 1000}", "x" * 800),
    "no blank": ("x" * 2000, "x" * LONGEST_BODY),
    "ends at the last character": ("x" * (LONGEST_BODY - 1) + ". More.", "x" * (LONGEST_BODY - 1) + "."),
    "ends one later": ("x" * LONGEST_BODY + ". More.", "x" * LONGEST_BODY),
}


@pytest.mark.parametrize(("body", "expected"), CUT.values(), ids=CUT)
def test_a_body_is_cut_at_the_best_place(body: str, expected: str) -> None:
    assert expected == cut(body)
    assert len(cut(body)) <= LONGEST_BODY


class TestThis:
    """Words that a caller asked to have texted."""

    def test_requested_words_are_one_text(self, post: Sender, ask: Ask, carrier: Carrier, book: Book) -> None:
        before = Session(book=book.version, language="es", state="child_age", seen=NOON)
        id = ask(THIS, session=before)
        for moment in (NOON, NOON + MINUTE, NOON + DAY):
            post.send(id, moment)
        (text,) = carrier.ledger.all()
        words = [book.texts["es"][tell.text][0] for tell in THIS.tells]
        assert text.body == "\n\n".join(words)
        assert text.status_callback.endswith(f"?followup={id}#rc=5&rp=all")
        assert (record(post, id)["state"], record(post, id)["sid"]) == ("sent", text.sid)
        assert session_of(post) == before
        assert "sealed" not in record(post, id)

    @pytest.mark.parametrize("texting", [Texting.UNASKED, Texting.NO, Texting.YES], ids=str)
    def test_it_needs_no_consent(self, post: Sender, ask: Ask, carrier: Carrier, texting: Texting) -> None:
        id = ask(THIS, session=Session(texting=texting))
        post.send(id, NOON)
        assert len(bodies(carrier)) == 1

    @pytest.mark.parametrize(
        ("effect", "texting", "comes"),
        [(StopAll(), Texting.STOPPED, 0), (Erase(), Texting.UNASKED, 0), (Refuse(), Texting.NO, 1)],
        ids=["stop", "delete", "no"],
    )
    def test_what_the_person_says_next_counts(
        self, post: Sender, ask: Ask, carrier: Carrier, effect: Effect, texting: Texting, comes: int
    ) -> None:
        id = ask(THIS)
        commit(post, "SM later", Session(texting=texting), effect)
        post.send(id, NOON)
        assert len(bodies(carrier)) == comes

    def test_it_is_sent_at_any_hour_or_not_at_all(self, post: Sender, ask: Ask, carrier: Carrier) -> None:
        """Within half an hour; later it would wake the person."""
        post.send(ask(THIS, at=LATE), LATE + IN_CONVERSATION - MINUTE)
        assert len(bodies(carrier)) == 1
        id = ask(THIS, at=LATE)
        post.send(id, LATE + IN_CONVERSATION)
        assert len(bodies(carrier)) == 1
        assert outcome(post, id) == ("dropped", "too_late")
        assert "sealed" not in record(post, id)

    def test_requests_by_forged_numbers_are_limited(self, post: Sender, ask: Ask, carrier: Carrier) -> None:
        ids = [ask(THIS, at=NOON + n * SECOND) for n in range(40)]
        for n, id in enumerate(ids):
            post.send(id, NOON + n * SECOND)
        assert MOST_WANTED == len(bodies(carrier))
        assert {("dropped", "too_many")} == {outcome(post, id) for id in ids[MOST_WANTED:]}
        post.send(ask(THIS, at=NOON + DAY), NOON + DAY)
        assert MOST_WANTED + 1 == len(bodies(carrier))

    def test_a_busy_carrier_delays_without_duplicates(self, post: Sender, ask: Ask, carrier: Carrier) -> None:
        id = ask(THIS)
        refuse(carrier, 30008, times=2)
        post.send(id, NOON)
        assert due(post, id) == NOON + BACK_OFF
        post.send(id, NOON + BACK_OFF)
        post.send(id, NOON + IN_CONVERSATION)
        assert outcome(post, id) == ("dropped", "too_late")
        assert bodies(carrier) == []

    def test_words_are_of_the_calls_book(self, post: Sender, ask: Ask, carrier: Carrier, book: Book) -> None:
        (first, _), id = (tell.text for tell in THIS.tells), ask(THIS, session=Session(book=book.version))
        english = {**book.texts["en"], first: ("Edited words.", "Edited words.")}
        edited = replace(book, version="edited", texts={**book.texts, "en": english})
        versions = Versions(OWN_FLOWS, lambda _: edited)
        versions._stored.put(book)
        replace(post, versions=versions).send(id, NOON)
        unknown = ask(THIS, session=Session(book="a book long gone"))
        replace(post, versions=versions).send(unknown, NOON)
        old, new = bodies(carrier)
        assert old.startswith(book.texts["en"][first][0])
        assert new.startswith("Edited words.")

    def test_removed_words_are_left_out(self, post: Sender, ask: Ask, carrier: Carrier) -> None:
        post.send(ask(TextThis((Tell("gone.state.text"), THIS.tells[0]))), NOON)
        assert len(bodies(carrier)) == 1
        id = ask(TextThis((Tell("gone.state.text"),)))
        post.send(id, NOON)
        assert outcome(post, id) == ("dropped", "words_gone")
        assert len(bodies(carrier)) == 1

    def test_a_dead_worker_that_sent_it_has_sent_it(self, post: Sender, ask: Ask, carrier: Carrier) -> None:
        now = datetime.now(UTC)
        id = ask(THIS, at=now)
        claimed = claim(post.followups, id, now)
        body = requested_words(post.versions.current(), claimed)
        assert post.followups.intend(claimed, post.secrets.mark(letters(body)))
        post.messages.send(PARENT, body, "http://127.0.0.1:8000/status")
        post.send(id, now + HOUR)
        (text,) = carrier.ledger.all()
        assert (record(post, id)["state"], record(post, id)["sid"]) == ("sent", text.sid)
