"""A whole service on a carrier of the test's own, with special settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis

from devtools.local import made_up
from devtools.twilio_sim import Account, Carrier, serve
from hotline.store.nodes import primaries
from tests.end_to_end.town import Town
from tests.running import free_ports, running, wait_until_up


@contextmanager
def town_on(
    account: dict[str, Any], environ: dict[str, str], redis: Redis, redis_url: str, folder: Path
) -> Iterator[tuple[Town, Carrier]]:
    """Yield a running service and its carrier, which has `account` besides what every carrier needs."""
    port = int(environ.get("PORT") or free_ports(1)[0])
    base = environ.get("PUBLIC_BASE_URL") or f"http://127.0.0.1:{port}"
    urls = {
        "sms_url": f"{base}/sms",
        "sms_fallback_url": f"{base}/fallback/sms",
        "voice_url": f"{base}/voice",
        "voice_fallback_url": f"{base}/fallback/voice",
        "voice_status_url": f"{base}/voice/ended",
    }
    for server in primaries(redis):
        server.redis.flushall()
    given: dict[str, Any] = {
        "account_sid": made_up.ACCOUNT_SID,
        "auth_token": made_up.AUTH_TOKEN,
        "number": "+15105550100",
        **urls,
        **account,
    }
    with serve(Carrier(Account(**given))) as serving:
        settings = made_up.complete(
            {
                "REDIS_URL": redis_url,
                "PORT": str(port),
                "PUBLIC_BASE_URL": base,
                "TWILIO_API_BASE_URL": serving.url,
                "WEB_PROCESSES": "1",
                "DESK_PASSWORD": "the desk of the tests",
                "LOG_LEVEL": "warning",
                **environ,
            },
            folder,
        )
        with (folder / "log").open("wb") as said, running(settings, said=said) as process:
            wait_until_up(process, port)
            yield Town(serving.url, redis, folder / "clock", settings["HOTLINE_SECRET"]), serving.carrier
