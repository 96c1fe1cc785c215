"""Replies to what does not answer a question, and when a way out is offered."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Channel
from hotline.conversation.model.session import Session
from tests.conversation.talk import Talk
from tests.rows import table


@pytest.mark.parametrize("channel", list(Channel))
@table("""
    state | said | told
    plan_now | yes | which_one
    plan_now | yes he does | which_one
    plan_now | I think so | which_one
    plan_now | sí | which_one
    signed_on | yes | which_day
    signed_on | sí | which_day
    plan_now | xqzv wkjh | unclear
""")
def test_a_yes_to_a_choice_asks_which(book: Book, state: str, said: str, told: str, channel: Channel) -> None:
    talk = Talk(book, Session(state=state)).say(channel, said)
    assert told in talk.told
    assert state == talk.asked


def test_a_second_yes_offers_a_way_out(book: Book) -> None:
    talk = Talk(book, Session(state="plan_now"))
    for _ in range(2):
        talk.speak("yes he does")
    assert "plan_now" == talk.session.stuck_at
