"""A Redis Cluster with TLS only (rediss+cluster://), host names and its own authority. The embedded server has
no TLS, so a proxy in front of each node does.
"""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotline.store.away import why_away
from hotline.store.connection import StoreBusy, connect
from hotline.store.keys import Secrets
from hotline.store.nodes import primaries
from hotline.store.turns import Turns
from tests.end_to_end import certificates
from tests.many_redis import PASSWORD, eventually, redis_cluster
from tests.running import free_ports
from tests.store.failing_over import commit

pytestmark = pytest.mark.whole

BOUND_SECONDS = 10.0


@contextmanager
def in_front_of(ports: dict[int, int], made: certificates.Made) -> Iterator[None]:
    """Speak TLS at each of these ports for the server at the other."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.chain, made.key)
    stop, up = threading.Event(), threading.Event()

    async def pump(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        try:
            while piece := await source.read(65_536):
                to.write(piece)
                await to.drain()
        except OSError:
            pass  # one of them is gone
        finally:
            to.transport.abort()

    async def listen(port: int, server: int) -> asyncio.Server:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            back, forth = await asyncio.open_connection("127.0.0.1", server)
            await asyncio.gather(pump(reader, forth), pump(back, writer))

        return await asyncio.start_server(serve, "127.0.0.1", port, ssl=context)

    async def run() -> None:
        servers = [await listen(port, server) for port, server in ports.items()]
        up.set()
        await asyncio.to_thread(stop.wait)
        for each in servers:
            each.close()

    thread = threading.Thread(target=asyncio.run, args=(run(),), name="tls")
    thread.start()
    try:
        assert up.wait(BOUND_SECONDS)
        yield
    finally:
        stop.set()
        thread.join(BOUND_SECONDS)


def test_a_cluster_is_reached_by_tls(tmp_path: Path, secrets: Secrets) -> None:
    made = certificates.make(tmp_path)
    (tmp_path / "other").mkdir()
    another = certificates.make(tmp_path / "other").authority
    with redis_cluster(tmp_path / "nodes", replicas=False) as nodes:
        ports = dict(zip(free_ports(3), (each.port for each in nodes.servers), strict=True))
        with in_front_of(ports, made):
            for port, node in zip(ports, nodes.servers, strict=True):
                node.say("CONFIG", "SET", "cluster-announce-hostname", "localhost")
                node.say("CONFIG", "SET", "cluster-preferred-endpoint-type", "hostname")
                node.say("CONFIG", "SET", "cluster-announce-port", port)
            eventually(
                "every node knows the ports of all",
                lambda: all(
                    {row[2][1] for row in each.say("CLUSTER", "SLOTS")} == set(ports)
                    for each in nodes.servers
                ),
            )
            hosts = ",".join(f"localhost:{port}" for port in ports)
            url = f"rediss+cluster://:{PASSWORD.replace(' ', '%20')}@{hosts}?ssl_ca_certs="
            people = [secrets.who(f"+1202555{n:04d}") for n in range(30)]
            with connect(f"{url}{made.authority}") as redis:
                turns = Turns(redis, secrets)
                for who in people:
                    commit(turns, who, f"SM{who}", 1)
                at = datetime.now(UTC)
                assert all("answer 1" == turns.load(who, f"SM{who}", at).answer for who in people)
                assert 3 == len(primaries(redis))
            assert all(0 < int(node.client.dbsize()) for node in nodes.servers)
            with connect(f"{url}{another}") as stranger, pytest.raises(StoreBusy):
                Turns(stranger, secrets).load(people[0], "SM", datetime.now(UTC))
            assert "TLS with it fails" in why_away(f"{url}{another}")
