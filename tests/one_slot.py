"""A client of one server that refuses what a cluster would refuse: keys of several slots in one command, script or
transaction. And what tests ask of one server or of each primary.
"""

from typing import Any

from redis import Redis
from redis.client import Pipeline

from hotline.store.cluster import NotOfOneSlot, slot_of
from hotline.store.nodes import primaries


class OneSlot(Redis):
    """The client. Other commands are sent as usual."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        slot_of(args)
        return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:
        return OneSlotPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


class OneSlotPipeline(Pipeline):
    """Each command has one slot; all of a transaction have the same, and none is without a key to tell where it goes."""

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        slots = {slot_of(args) for args, _ in self.command_stack} - {None}
        whole: bool = self.transaction  # type: ignore[assignment]  # redis-py's attribute, which hides a method
        if self.command_stack and (len(slots) > 1 if whole else not slots):
            raise NotOfOneSlot(f"a pipeline of {len(slots)} slots")
        return super().execute(raise_on_error)


def forget_scripts(redis: Redis) -> None:
    """Forget all scripts, as after a restart or a failover."""
    for server in primaries(redis):
        server.redis.script_flush()


def commands_of(redis: Redis) -> int:
    return sum(int(server.redis.info("stats")["total_commands_processed"]) for server in primaries(redis))
