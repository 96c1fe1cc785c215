"""How commands report that Redis does not answer: the reason and the fix in one line, with exit code 1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from hotline.config.settings import Settings
from hotline.store.away import why_away
from hotline.store.connection import StoreBusy


@contextmanager
def store_errors(settings: Settings) -> Iterator[None]:
    """Raise a StoreBusy of the body as click.ClickException, with its reason."""
    try:
        yield
    except StoreBusy:
        raise click.ClickException(why_away(settings.redis_url)) from None
