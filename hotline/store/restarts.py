"""When Redis last came back as another process: after a restart or a failover it may have forgotten its last second.

A mark that was written before a text was sent may be among that. So who sends a text that was due by then looks at the
carrier first, as after a worker that died.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from redis import Redis

from hotline.store.connection import told_as_busy

LOOK_BACK: Final = timedelta(minutes=15)
"""How much Redis may have forgotten at most: a snapshot is older than an append-only file, and a replica behind."""

DOUBTED_FOR: Final = timedelta(days=1)
"""What was due before that and still waits was put off, and is sent by a claim of its own."""

SEEN: Final = "{restarts}"

NOTE_RUN = """
local about = redis.call('INFO', 'server')
local run, up = string.match(about, 'run_id:(%x+)'), string.match(about, 'uptime_in_seconds:(%d+)')
local known, since = unpack(redis.call('HMGET', KEYS[1], 'run', 'since'))
if run and known ~= run then
  -- Redis counts whole seconds, and one more than has passed where a second began meanwhile. tostring rounds to 0.1 ms.
  since = known and string.format('%.6f', tonumber(ARGV[1]) - math.max(0, tonumber(up or 0) - 1)) or ''
  redis.call('HSET', KEYS[1], 'run', run, 'since', since)
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return {since or '', unpack(redis.call('HMGET', KEYS[1], 'backup', 'restored'))}
"""
"""KEYS[1] is what was seen. ARGV: now, in seconds, and how many seconds this is kept after it was last
asked for: what was not sent in that time cannot be doubted. Returns since when this process is the one that answers, "" for
ever; of which moment the backup is that was put back, and when that was. One that was a replica before has been up for longer: what it took over is doubted all the more."""


class Restarts:
    """Knows when Redis last came back. All raise StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._note = redis.register_script(NOTE_RUN)

    def doubtful_since(self, due: datetime, now: datetime) -> datetime | None:
        """Since when the carrier may have been sent a text that was due at this moment, though no mark tells so; None
        when that cannot be. One round trip.
        """
        with told_as_busy():
            since, backup, restored = self._note(
                keys=[SEEN], args=[now.timestamp(), int(DOUBTED_FOR.total_seconds())]
            )
        doubts = [(_moment(since, now), LOOK_BACK)] if since else []
        if restored:
            at = _moment(restored, now)
            doubts.append((at, at - _moment(backup, now)))
        found = [back - before for back, before in doubts if due <= back and now - back < DOUBTED_FOR]
        return min(found, default=None)

    def restored(self, backup: datetime, now: datetime) -> None:
        """Note that a backup of this moment was put back `now`: what was due by now may have been sent since it was taken.
        Raises StoreBusy.
        """
        with told_as_busy():
            self._redis.hset(SEEN, mapping={"backup": backup.timestamp(), "restored": now.timestamp()})
            self._redis.expire(SEEN, int(DOUBTED_FOR.total_seconds()))


def _moment(seconds: str, like: datetime) -> datetime:
    return datetime.fromtimestamp(float(seconds), like.tzinfo)
