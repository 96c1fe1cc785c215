"""The dependencies that all requests share, created once when the process starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, cast

from flask import current_app

from hotline import clock
from hotline.carrier.calls import Calls
from hotline.carrier.recordings import Recordings
from hotline.channels import sms, voice
from hotline.config.settings import Settings, as_written
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.model.events import HangUp, Tell
from hotline.conversation.model.links import with_links
from hotline.conversation.model.session import Session, Turn
from hotline.publishing.letters import Letters, letters_for
from hotline.publishing.pages import Pages, pages_for
from hotline.publishing.sources import Sources
from hotline.publishing.versions import open_versions
from hotline.store import requests, turns
from hotline.store.audit import AUDIT_RETENTION
from hotline.store.books import StoredBooks
from hotline.store.connection import connect
from hotline.store.desk_audit import DeskAudit
from hotline.store.desk_sessions import Sessions
from hotline.store.followups import FollowUps
from hotline.store.in_force import Live
from hotline.store.keys import open_secrets
from hotline.store.login_throttle import LoginThrottle
from hotline.store.notices import Notices
from hotline.store.rate_limits import Budgets, Limits, NewNumbers
from hotline.store.request_calls import CallBacks
from hotline.store.request_work import RequestWork
from hotline.store.requests import Requests
from hotline.store.send_rate import Sending
from hotline.store.staff_accounts import Accounts
from hotline.store.turns import Turns
from hotline.store.webhook_counts import WebhookCounts
from hotline.store.words_versions import LiveWords, WordsVersions
from hotline.web.finished_letters import FinishedLetters
from hotline.web.measured import Measured
from hotline.web.signature import Signatures
from hotline.web.sounds import Sounds
from hotline.web.webhook_health import WebhookHealth

DAYS_A_YEAR: Final = 365


@dataclass(frozen=True, slots=True)
class SafeWords:
    """Fallback messages for when a turn cannot be taken: the most important rights, and whom to call.

    `other_country` is for a caller from a country that the line does not serve.
    """

    sms: str
    voice: str
    other_country: str


class Service:
    """The settings, the books, and the connections of one process."""

    def __init__(self, settings: Settings) -> None:
        """Load the flows and create the clients. Raises FlowError; Redis need not be up."""
        redis, secrets = connect(settings.redis_url), open_secrets(settings)
        self.settings, self.redis, self.secrets = settings, redis, secrets
        self.live, self.live_words = Live(settings, redis), LiveWords(redis)
        self.versions = open_versions(
            settings, StoredBooks(redis, secrets), lambda: self.live.now().settings, self.live_words.now
        )
        _safe_words(self.versions.current())
        _printed(settings, self.versions.in_force)
        self.signatures = Signatures(settings)
        self.turns, self.followups = Turns(redis, secrets), FollowUps(redis)
        self.requests, self.request_work = Requests(redis), RequestWork(redis, secrets)
        self.call_backs, self.calls = CallBacks(redis, secrets), Calls(settings)
        self.sending, self.notices = Sending(redis), Notices(redis)
        self.accounts, self.sessions, self.audit = Accounts(redis), Sessions(redis), DeskAudit(redis)
        self.login_throttle = LoginThrottle(redis)
        self.words_versions = WordsVersions(redis)
        self.sounds = Sounds(Recordings(settings))
        self.budgets = Budgets(
            redis,
            Limits(
                hour_of_number=settings.segments_per_hour_per_number,
                day_of_number=settings.segments_per_day_per_number,
                day=settings.segments_per_day,
            ),
        )
        self.new_numbers = NewNumbers(redis, settings.new_numbers_per_hour)
        self.webhook_health = WebhookHealth(WebhookCounts(redis))
        self.measured = Measured(redis, settings.time_zone)

    def now(self) -> datetime:
        """Return the current time in the hotline's time zone."""
        return clock.now().astimezone(self.settings.time_zone)

    @property
    def named(self) -> Settings:
        """The settings, with the center's name and phone in force."""
        return self.live.now().settings

    @property
    def letters(self) -> Letters:
        """The letters, with the names in force."""
        return self.printed.letters

    @property
    def finished_letters(self) -> FinishedLetters:
        """The links to letters that parents finished."""
        return FinishedLetters(self.letters, self.secrets, f"{self.settings.public_base_url}/l")

    def linked(self, turn: Turn, book: Book, now: datetime) -> Turn:
        """Return the turn with links to the letters that it finishes; for most turns, which finish none, this is free."""
        return with_links(turn, lambda specification: self.finished_letters.link(specification, book, now))

    @property
    def pages(self) -> Pages:
        """The privacy page and the terms, with the names in force."""
        return self.printed.pages

    @property
    def printed(self) -> Printed:
        """The letters and pages, with the names in force."""
        return _printed(self.named, self.versions.in_force)

    @property
    def book(self) -> Book:
        """The current book."""
        return self.versions.current()

    @property
    def safe_words(self) -> SafeWords:
        """The fallback messages of the current book."""
        return _safe_words(self.versions.current())


def service() -> Service:
    """Return the service of the current app."""
    return cast("Service", current_app.extensions["hotline"])


@dataclass(frozen=True, slots=True)
class Printed:
    """The letters and the pages, each with the error in the operator's own, "" if there is none."""

    letters: Letters
    letters_problem: str
    pages: Pages
    pages_problem: str


def policy_names(settings: Settings) -> Mapping[str, str]:
    """Return the values for the placeholders of the privacy page and the terms.

    Names come from the settings, retention periods from the code that enforces them.
    """
    return {
        "hotline": settings.hotline_name,
        "center": settings.center_name,
        "phone": settings.center_phone_as_written,
        "number": as_written(settings.sender),
        "place_days": str(turns.SESSION_TTL.days),
        "days_out_days": str(turns.DAYS_OUT_TTL.days),
        "person_days": str(turns.PERSON_TTL.days),
        "request_days": str(requests.EXPIRES_AFTER.days),
        "audit_years": str(AUDIT_RETENTION.days // DAYS_A_YEAR),
    }


@lru_cache(maxsize=4)
def _printed(settings: Settings, sources: Sources) -> Printed:
    """Return the letters and pages of the sources in force. Cached until the settings or the sources change."""
    return Printed(*letters_for(settings, sources), *pages_for(policy_names(settings), sources))


@lru_cache(maxsize=8)
def _safe_words(book: Book) -> SafeWords:
    """Return the fallback messages, in every language because the person is unknown.

    They are rendered at startup and once per new book, so that little can go wrong when they are needed.
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
