"""Play whole Twilio conversations against the hotline or a baseline, check every reply, and print one JSON line.

    python -m bench.drive DIALOG.json --base http://127.0.0.1:8100 [-n 2000] [-c 16] [--rate 500] [--token 12345] [--pid SERVER_PID]

A *turn* is one text or key press. Its latency runs from the first byte sent to the last byte of the response; with --rate,
from when the turn was due, so that queueing is not hidden. A dialog is a JSON file: the channel, the path of its first
request, and for each turn what is sent (`say`) and a pattern that the response must match (`expect`). With
`follow_action` each request goes to the action of the last <Gather>, as in a call.
"""

import argparse
import html
import json
import os
import random
import re
import select
import socket
import sys
import time
import uuid
from collections import deque
from urllib.parse import urlencode, urljoin, urlsplit

from bench.twilio_sign import SMS, VOICE, signature
from tests.proc import cpu_seconds, family

HZ = os.sysconf("SC_CLK_TCK")
MIX = 50
"""Conversations in progress, when paced, before the next turn is of one of them and not of a new one."""
TIMEOUT_SECONDS = 10.0
RETRY_SECONDS = 0.05
"""A refused connection is tried again after this, with a new conversation."""


def percentile(sorted_seconds, share):
    """Return a percentile in milliseconds."""
    at = min(len(sorted_seconds) - 1, int(len(sorted_seconds) * share))
    return round(sorted_seconds[at] * 1e3, 3) if sorted_seconds else None


def busy_seconds():
    """Return the processor time that the whole machine has used."""
    with open("/proc/stat") as file:
        fields = [int(field) for field in file.readline().split()[1:]]
    return (sum(fields[:3]) + sum(fields[5:8])) / HZ


class Dialog:
    """What is sent, and what must come back."""

    def __init__(self, path):
        with open(path) as file:
            content = json.load(file)
        self.channel, self.path, self.turns = content["channel"], content["path"], content["turns"]
        self.follow_action = content.get("follow_action", False)
        self.expected = [re.compile(turn["expect"], re.S) for turn in self.turns]


class Conversation:
    """One parent's place in the dialog."""

    __slots__ = ("number", "turn", "phone", "uid", "path", "began", "params")

    def __init__(self, number, dialog):
        self.number = number
        self.turn = 0
        self.phone = f"+1510{number:07d}"
        self.uid = uuid.uuid4().hex
        self.path = dialog.path


def form(dialog, conversation):
    """Return the fields of the conversation's next webhook."""
    say = dialog.turns[conversation.turn].get("say", "").replace("{n}", str(conversation.number))
    if dialog.channel == "sms":
        sid = "SM" + conversation.uid[:24] + f"{conversation.turn:08x}"
        return dict(SMS, From=conversation.phone, MessageSid=sid, SmsMessageSid=sid, SmsSid=sid, Body=say)
    params = dict(VOICE, From=conversation.phone, Caller=conversation.phone, CallSid="CA" + conversation.uid)
    return {**params, "Digits": say} if say else params


def request(path, host, params, token):
    """Return the bytes of a signed POST."""
    body = urlencode(params).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: TwilioProxy/1.1\r\n"
        f"X-Twilio-Signature: {signature(token, f'http://{host}{path}', params)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


ACTION = re.compile(r"<(?:Gather|Record)\b([^>]*)>")
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')


def next_path(text, path):
    """Return the path of the action of the <Gather> or <Record> in a response, or None."""
    found = ACTION.search(text)
    if not found:
        return None
    url = urlsplit(urljoin(path, html.unescape(dict(ATTRIBUTE.findall(found[1])).get("action", path))))
    return url.path + ("?" + url.query if url.query else "")


class Connection:
    """A keep-alive connection to the server, with at most one request in flight."""

    __slots__ = ("socket", "fd", "received", "conversation", "head_end", "need", "chunked", "keep", "status", "requests")

    def __init__(self):
        self.socket = None
        self.conversation = None
        self.fd = -1
        self.received = b""

    def open(self, address):
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.fd = self.socket.fileno()
        self.requests = 0

    def send(self, data):
        self.received, self.head_end = b"", -1
        self.requests += 1
        sent = self.socket.send(data)
        while sent < len(data):
            select.select([], [self.socket], [])
            sent += self.socket.send(data[sent:])


CONTENT_LENGTH = re.compile(rb"content-length: *(\d+)", re.I)


def response(connection):
    """Return (status, body) if the response is complete, else None."""
    received = connection.received
    if connection.head_end < 0:
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return None
        connection.head_end = end + 4
        connection.status = int(received[9:12])
        head = received[:end].lower()
        connection.keep = b"connection: close" not in head
        connection.chunked = b"transfer-encoding: chunked" in head
        length = CONTENT_LENGTH.search(head)
        connection.need = connection.head_end + int(length[1]) if length else 0
    if connection.chunked:
        return (connection.status, unchunked(received, connection.head_end)) if received.endswith(b"0\r\n\r\n") else None
    complete = len(received) >= connection.need
    return (connection.status, received[connection.head_end : connection.need]) if complete else None


def unchunked(received, at):
    """Return a body that was sent in chunks, from this index on."""
    body = b""
    while True:
        line = received.index(b"\r\n", at)
        size = int(received[at:line].split(b";")[0], 16)
        if size == 0:
            return body
        body += received[line + 2 : line + 2 + size]
        at = line + 4 + size


class Run:
    """A load in progress: one thread, many connections, one conversation on each."""

    def __init__(self, dialog, options):
        self.dialog, self.options = dialog, options
        url = urlsplit(options.base)
        self.address, self.host = (url.hostname, url.port), url.netloc
        self.epoll = select.epoll()
        self.by_fd = {}
        self.free = deque(Connection() for _ in range(options.c))
        self.parked = deque()  # refused or broken connections, each with the time from which it may be used again
        self.ready = deque()  # conversations that wait for a paced slot
        start = random.randrange(2_000_000, 9_900_000)  # so that runs do not share sessions
        self.numbers = iter(range(start, start + options.n))
        self.more = True
        self.in_flight = self.failed = self.good = 0
        self.latencies, self.wrong = [], []

    def next_conversation(self):
        number = next(self.numbers, None)
        self.more = number is not None
        return Conversation(number, self.dialog) if self.more else None

    def begin(self, connection, conversation, due=None):
        """Send the conversation's next turn."""
        connection.conversation = conversation
        conversation.params = form(self.dialog, conversation)
        conversation.began = due or time.perf_counter()
        self.in_flight += 1
        self.send(connection)

    def send(self, connection):
        conversation = connection.conversation
        try:
            if connection.socket is None:
                connection.open(self.address)
                self.epoll.register(connection.fd, select.EPOLLIN)
                self.by_fd[connection.fd] = connection
            connection.send(request(conversation.path, self.host, conversation.params, self.options.token))
        except OSError as error:
            self.fail(connection, f"connect: {type(error).__name__}")

    def close(self, connection):
        if connection.socket:
            self.by_fd.pop(connection.fd, None)
            self.epoll.unregister(connection.fd)
            connection.socket.close()
            connection.socket = None

    def fail(self, connection, why):
        """Give a conversation up."""
        conversation = connection.conversation
        self.in_flight -= 1
        self.give_up(conversation, why)
        self.close(connection)
        connection.conversation = None
        self.parked.append((time.perf_counter() + RETRY_SECONDS, connection))

    def give_up(self, conversation, why):
        self.failed += 1
        if len(self.wrong) < 2:
            self.wrong.append([conversation.phone, conversation.turn, why])

    def next_on(self, connection, conversation):
        """Go on with this conversation, or with a new one if it is None."""
        if self.options.rate:
            if conversation:
                self.ready.append(conversation)
            self.free.append(connection)
        elif conversation := conversation or self.next_conversation():
            self.begin(connection, conversation)
        else:
            self.free.append(connection)

    def answered(self, connection, status, body):
        """Judge a response, and go on."""
        conversation, dialog = connection.conversation, self.dialog
        self.latencies.append(time.perf_counter() - conversation.began)
        self.in_flight -= 1
        if not connection.keep:
            self.close(connection)
        connection.conversation = None
        text = body.decode("utf-8", "replace")
        if status != 200 or not dialog.expected[conversation.turn].search(text):
            self.give_up(conversation, f"{status} {text[:200]}")
            self.next_on(connection, None)
            return
        self.good += 1
        if dialog.follow_action:
            conversation.path = next_path(text, conversation.path) or conversation.path
        conversation.turn += 1
        self.next_on(connection, conversation if conversation.turn < len(dialog.turns) else None)

    def receive(self, connection):
        """Read what has come on this connection."""
        try:
            data = connection.socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            connection.received += data
            if connection.conversation and (found := response(connection)):
                self.answered(connection, *found)
        elif connection.conversation is None:
            self.close(connection)
        elif connection.requests > 1 and not connection.received:
            self.close(connection)  # the server closed a keep-alive connection: try once more, as Twilio does
            self.send(connection)
        else:
            self.fail(connection, "closed")

    def begin_what_is_due(self, began, issued):
        """Begin paced turns that are due. Return how many have been begun, and the seconds until the next one."""
        rate = self.options.rate
        while self.free and (due := began + issued / rate) <= time.perf_counter():
            conversation = self.ready.popleft() if len(self.ready) > MIX else self.next_conversation()
            if conversation is None and self.ready:
                conversation = self.ready.popleft()
            if conversation is None:
                return issued, TIMEOUT_SECONDS
            self.begin(self.free.popleft(), conversation, due)
            issued += 1
        wait = began + issued / rate - time.perf_counter()
        return issued, max(0.0, min(TIMEOUT_SECONDS, wait)) if self.free else TIMEOUT_SECONDS

    def play(self):
        """Play all conversations."""
        began, issued = time.perf_counter(), 0
        for _ in range(0 if self.options.rate else len(self.free)):
            self.next_on(self.free.popleft(), None)
        while self.in_flight or self.parked or (self.options.rate and (self.more or self.ready)):
            while self.parked and self.parked[0][0] <= time.perf_counter():
                self.next_on(self.parked.popleft()[1], None)
            timeout = TIMEOUT_SECONDS
            if self.options.rate:
                issued, timeout = self.begin_what_is_due(began, issued)
            events = self.epoll.poll(min(timeout, RETRY_SECONDS) if self.parked else timeout)
            if not events and self.in_flight and timeout == TIMEOUT_SECONDS and not self.parked:
                for connection in list(self.by_fd.values()):
                    if connection.conversation:
                        self.fail(connection, "timeout")
            for fd, _ in events:
                if connection := self.by_fd.get(fd):
                    self.receive(connection)
        return time.perf_counter() - began


def measured(run, pid):
    """Play, and return the figures."""
    server = family(pid) if pid else []

    def used():
        return sum(map(cpu_seconds, server)), time.process_time(), busy_seconds()

    before = used()
    seconds = run.play()
    served, generated, busy = (after - earlier for after, earlier in zip(used(), before))
    latencies = sorted(run.latencies)
    return {
        "turns_s": round(run.good / seconds, 1),
        "server_us": round(served / max(1, len(latencies)) * 1e6, 1),
        "p50_ms": percentile(latencies, 0.5),
        "p99_ms": percentile(latencies, 0.99),
        "other_cores": round((busy - served - generated) / seconds, 2),
        "convs_bad": run.failed,
        "bad": run.wrong,
    }


def main():
    """Print the figures; exit with 3 if a conversation failed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("dialog")
    parser.add_argument("--base", required=True)
    parser.add_argument("-n", type=int, default=2000, help="conversations")
    parser.add_argument("-c", type=int, default=16, help="connections, each with one conversation in flight")
    parser.add_argument("--rate", type=float, default=0, help="turns per second to offer; 0 for as many as are answered")
    parser.add_argument("--token", default="12345")
    parser.add_argument("--pid", type=int, help="the server, whose CPU time is measured with its children's")
    options = parser.parse_args()
    figures = measured(Run(Dialog(options.dialog), options), options.pid)
    print(json.dumps(figures, ensure_ascii=False))
    return 3 if figures["convs_bad"] else 0


if __name__ == "__main__":
    sys.exit(main())
