"""What every request needs, made once when the process starts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from flask import current_app
from redis import Redis

from hotline.carrier.recordings import Recordings
from hotline.channels import sms, voice
from hotline.config.settings import Settings
from hotline.conversation.book.states import Book, Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.model.events import HangUp, Tell
from hotline.conversation.model.session import Session
from hotline.publishing.letters import Letters, letters_for
from hotline.publishing.pages import Pages, pages_for
from hotline.publishing.versions import Shelf, open_shelf
from hotline.store.connection import connect
from hotline.store.followups import FollowUps
from hotline.store.in_force import Live
from hotline.store.keys import Secrets, open_secrets
from hotline.store.login_throttle import Guesses
from hotline.store.new_numbers import NewNumbers
from hotline.store.rate_limits import Budgets, Limits
from hotline.store.requests import Requests
from hotline.store.turns import Turns
from hotline.store.webhook_counts import WebhookCounts
from hotline.web.hearing import Hearing
from hotline.web.measured import Measured
from hotline.web.policy_names import policy_names
from hotline.web.signature import Signatures
from hotline.web.sounds import Sounds


@dataclass(frozen=True, slots=True)
class SafeWords:
    """What a person gets when we cannot take their turn: the rights that matter most, and who to call. And
    `other_country`, what a caller hears whom the line is not for.
    """

    sms: str
    voice: str
    other_country: str


@dataclass(frozen=True, slots=True)
class Service:
    """The settings, the books, the letters, and the ways to Redis, to Twilio's signature and recordings.
    `letters_problem` and `pages_problem` say what is wrong with the operator's letters and pages, "" when nothing is.
    """

    settings: Settings
    shelf: Shelf
    letters: Letters
    letters_problem: str
    pages: Pages
    pages_problem: str
    signatures: Signatures
    secrets: Secrets
    redis: Redis
    turns: Turns
    followups: FollowUps
    requests: Requests
    recordings: Recordings
    sounds: Sounds
    guesses: Guesses
    budgets: Budgets
    new_numbers: NewNumbers
    hearing: Hearing
    live: Live
    measured: Measured

    @property
    def book(self) -> Book:
        """The current book."""
        return self.shelf.current()

    @property
    def safe_words(self) -> SafeWords:
        """What the current book says when nothing else works."""
        return _safe_words(self.shelf.current())


def service() -> Service:
    """The service of the app that is answering."""
    return cast("Service", current_app.extensions["hotline"])


def open_service(settings: Settings) -> Service:
    """Reads the flows and makes the connections. Raises FlowError; does not need Redis to be up."""
    shelf = open_shelf(settings)
    _safe_words(shelf.current())
    redis, secrets = connect(settings.redis_url), open_secrets(settings)
    pages, pages_problem = pages_for(settings, policy_names(settings))
    recordings, (letters, letters_problem) = Recordings(settings), letters_for(settings)
    return Service(
        settings=settings,
        shelf=shelf,
        letters=letters,
        letters_problem=letters_problem,
        pages=pages,
        pages_problem=pages_problem,
        signatures=Signatures(settings),
        secrets=secrets,
        redis=redis,
        turns=Turns(redis, secrets),
        followups=FollowUps(redis),
        requests=Requests(redis),
        recordings=recordings,
        sounds=Sounds(recordings),
        guesses=Guesses(redis),
        budgets=Budgets(redis, _limits(settings)),
        new_numbers=NewNumbers(redis, settings.new_numbers_per_hour),
        hearing=Hearing(WebhookCounts(redis)),
        live=Live(settings, redis),
        measured=Measured(redis, settings.time_zone),
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        hour_of_number=settings.segments_per_hour_per_number,
        day_of_number=settings.segments_per_day_per_number,
        day=settings.segments_per_day,
    )


@lru_cache(maxsize=8)
def _safe_words(book: Book) -> SafeWords:
    """In every language, because nothing is known of the person then. Rendered at start and once for each
    new book, so that little has to work when they are needed.
    """
    session = Session(language=book.languages[0])

    def words(role: Role) -> tuple[Tell, ...]:
        text = text_id(book.statement(role))
        return tuple(Tell(text, language=language) for language in book.languages)

    return SafeWords(
        sms=sms.render(book, session, words(Role.SAFE_WORDS)),
        voice=voice.render(book, session, (*words(Role.SAFE_WORDS), HangUp()), 0),
        other_country=voice.render(book, session, (*words(Role.OTHER_COUNTRY), HangUp()), 0),
    )
