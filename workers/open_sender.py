"""Opens what sending follow-ups needs."""

from __future__ import annotations

from hotline.carrier.messages import Messages
from hotline.config.settings import Settings
from hotline.publishing.versions import open_versions
from hotline.store.books import StoredBooks
from hotline.store.connection import connect
from hotline.store.followups import FollowUps
from hotline.store.in_force import Live
from hotline.store.keys import open_secrets
from hotline.store.send_rate import Sending
from hotline.store.turns import Turns
from hotline.store.words_versions import LiveWords
from workers.delivery_errors import Refusals
from workers.send import Sender
from workers.window import Templates


def open_sender(settings: Settings) -> Sender:
    """Load the flows and open the connections. Raises FlowError."""
    redis, secrets = connect(settings.redis_url), open_secrets(settings)
    followups, turns, live = FollowUps(redis), Turns(redis, secrets), Live(settings, redis)
    return Sender(
        versions=open_versions(
            settings,
            StoredBooks(redis, secrets),
            lambda: live.now().settings,
            LiveWords(redis).now,
            reads=False,
        ),
        turns=turns,
        followups=followups,
        messages=Messages(settings),
        secrets=secrets,
        refusals=Refusals(followups, turns, Sending(redis), settings.pace),
        status_url=f"{settings.public_base_url}/status",
        redis=redis,
        serves=settings.serves,
        zone=settings.time_zone,
        templates=Templates(settings.whatsapp_templates, settings.hotline_name),
    )
