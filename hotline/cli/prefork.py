"""Load the app before the web processes are forked, so that they share its memory and are ready at once."""

from __future__ import annotations

import gc
import multiprocessing

from hotline.config.settings import Settings
from hotline.web.service import Service


def open_before_fork(settings: Settings) -> Service | None:
    """Load the app in this process if the web processes are forked from it, and return its service; else None.

    The web processes load their own if they are not forked, or if a part of the app starts a thread, which
    would not survive a fork. Raise FlowError.
    """
    threads = settings.sentry_dsn or settings.otel_exporter_otlp_endpoint
    if threads or multiprocessing.get_start_method() != "fork":
        return None
    gc.disable()  # nothing that is being loaded is garbage
    from hotline.rsgi import app

    gc.enable()
    gc.collect()
    gc.freeze()  # so that a collection in a web process does not write to the shared memory
    app.service.redis.connection_pool.disconnect()
    return app.service
