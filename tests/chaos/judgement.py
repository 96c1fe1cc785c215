"""Compares what the carrier and the parents saw with the stored data, and finds broken promises.

1. Every webhook got a 2xx response in time, and its copies the same one.
2. An order of each person's webhooks explains every response and all their data in Redis (`history`), and the responses
   are stored for copies that may still arrive.
3. The carrier's ledger and the records agree (`texts`), opt-outs were obeyed (`stops`), and nothing is half done.
4. A parent who got the fallback text for a text that was taken gets its response before another text counts (`seen`).
5. No number or text of a parent is in Redis or in a log.
"""

from collections.abc import Iterator
from datetime import timedelta

from hotline.conversation.book.book import Book
from hotline.store.turns import ANSWERS_STORED
from tests.chaos import stops, texts
from tests.chaos.evidence import Evidence, by_number
from tests.chaos.findings import Findings, Promise
from tests.chaos.history import History, explained, taken
from tests.chaos.orders import Order, Unexplained
from tests.chaos.posting import Asked
from tests.chaos.seen import answers_seen, seen_in_order

LONGEST = timedelta(seconds=10)
"""The longest that a response may take. The carrier gives up after 15 seconds."""
SLOWEST = "ms that the slowest answer took"

CHECKED_ANSWERS = ANSWERS_STORED - 1
"""How many stored responses are checked. The order found may differ slightly from that of Redis."""


def judge(book: Book, evidence: Evidence) -> Findings:
    """Return the findings of all comparisons."""
    findings = Findings()
    _answered(evidence, findings)
    orders = _explained(book, evidence, findings)
    answers_seen(book, evidence, findings)
    seen_in_order(book, evidence, orders, findings)
    texts.sent_once(evidence, orders, findings)
    stops.obeyed(evidence, findings)
    texts.noted(evidence, orders, findings)
    _at_rest(evidence, findings)
    for place in evidence.telling:
        findings.broken(Promise.SECRET, place)
    for line in evidence.failures:
        findings.broken(Promise.ALIVE, line)
    return findings


def _answered(evidence: Evidence, findings: Findings) -> None:
    figures = findings.figures
    for asked in evidence.asked:
        place = f"{evidence.whose[asked.number]} {asked.path} {asked.id}"
        heard = taken(asked, evidence.safe)
        figures["webhooks taken"] += bool(heard)
        figures["answers to copies of them"] += max(0, len(asked.answers) - 1)
        figures["answers with the safe words"] += len(asked.answers) - len(heard)
        figures["requests broken off by a kill, and asked again"] += asked.broken
        if not asked.answers:
            findings.broken(Promise.ANSWERED, f"{place} was never answered")
        slowest = max((one.ended - one.began for one in asked.answers), default=timedelta())
        figures[SLOWEST] = max(figures[SLOWEST], int(slowest.total_seconds() * 1000))
        if slowest > LONGEST:
            findings.broken(Promise.ANSWERED, f"{place} was answered after {slowest}")
        if asked.timed_out:
            findings.broken(Promise.ANSWERED, f"{place} got no answer in time, {asked.timed_out} times")
        for status in {one.status for one in asked.answers} - {200, 204}:
            findings.broken(Promise.ANSWERED, f"{place} was answered {status}")
        if len({one.document for one in heard}) > 1:
            findings.broken(Promise.RETENTION, f"{place}: its copies were answered differently")


def _explained(book: Book, evidence: Evidence, findings: Findings) -> dict[str, Order]:
    """Return an explaining order for each person that has one."""
    orders = {}
    sent = texts.grouped(evidence.sent, lambda text: text.to)
    for number, asked in by_number(evidence.asked).items():
        who = evidence.whose[number]
        history = History(who, asked, sent.get(number, []), evidence.kept[who])
        try:
            orders[who] = order = explained(book, history, evidence)
        except Unexplained as why:
            findings.broken(
                Promise.RETENTION, f"{who}: no order of the webhooks explains what is kept; {why}"
            )
            continue
        for id in order.lost:
            findings.leave_out("lost with Redis within its fsync window", f"{id} of {who}")
        for wrong in _answers_kept(order, asked, evidence):
            findings.broken(Promise.RETENTION, f"{who}: {wrong}")
    return orders


def _answers_kept(order: Order, asked: list[Asked], evidence: Evidence) -> Iterator[str]:
    """Yield what is wrong with the stored responses. An erasure removes the earlier ones."""
    ids = [one.move.id for one in order.taken]
    since = ids.index(order.person.erased_by) if order.person.erased_by else 0
    sure = {one.move.id for one in order.taken if one.move.sure}
    known = {one.id: one for one in asked if one.id in sure}
    kept = evidence.kept[order.person.who].answers
    for id in ids[since:][-CHECKED_ANSWERS:]:
        if (webhook := known.get(id)) is None:
            continue
        if id not in kept:
            yield f"the answer to {id} ({webhook.words}) is not kept"
        elif webhook.path != "/voice/ended" and any(
            one.document != kept[id] for one in taken(webhook, evidence.safe)
        ):
            yield f"the answer to {id} ({webhook.words}) is not the one that was given"


def _at_rest(evidence: Evidence, findings: Findings) -> None:
    """Check that waiting records are scheduled, nothing is half done, and no unneeded number is stored."""
    waiting = set()
    for kept in evidence.kept.values():
        for id, record in kept.records.items():
            state = record["state"]
            if state == "claimed" or record.get("kind") == "erase":
                findings.broken(Promise.ALIVE, f"{id} is {state} when all should be done")
            elif state == "waiting":
                waiting.add(id)
                if "sealed" not in record and "sealed" not in kept.person:
                    findings.broken(Promise.ALIVE, f"{id} waits, and there is no number for it")
            elif "sealed" in record:
                findings.broken(Promise.SECRET, f"{id} is {state}, and its number is still kept")
    if odd := sorted(waiting ^ evidence.due.keys()):
        findings.broken(Promise.ALIVE, f"these wait and are not due, or are due and do not wait: {odd}")
