"""Check that no parent answers a question they did not see.

A text that was taken but got the fallback text moved its parent to a question they have not seen. Their next text must
get that response, unless it is about danger or a STOP. The first check uses only the webhooks, their responses and the
stored responses, which are the last few; the second uses the order that explains everything.
"""

from collections.abc import Mapping
from itertools import pairwise

from hotline.channels import sms
from hotline.conversation.book.book import Book
from hotline.conversation.engine.interpret import intent_of
from hotline.conversation.nlu.roles import SAFETY, Known
from tests.chaos.evidence import Evidence, by_number
from tests.chaos.expected import Person, worded
from tests.chaos.findings import Findings, Promise
from tests.chaos.history import SOON, WINDOW, killed_around
from tests.chaos.orders import Order
from tests.chaos.posting import Asked


def answers_seen(book: Book, evidence: Evidence, findings: Findings) -> None:
    """Compare each text that got only the fallback text with the next one."""
    for number, asked in by_number(evidence.asked).items():
        who, kept = evidence.whose[number], evidence.kept[evidence.whose[number]].answers
        in_order = sorted((one for one in asked if one.answers), key=lambda one: one.began)
        for one, following in pairwise(in_order):
            unseen = kept.get(one.id, "")
            if not (_only_safe_words(one, evidence) and unseen and sms.cost(unseen)[0]):
                continue
            findings.figures["texts that were taken, and got the safe words"] += 1
            given = following.heard(evidence.safe)
            if worded(given) == worded(unseen) or given in evidence.safe or _counts_at_once(book, following):
                continue
            ended = max(answer.ended for answer in one.answers)
            if killed_around(ended, evidence.outages, before=WINDOW, after=SOON):
                findings.leave_out("answered around a kill of Redis", f"{following.id} of {who}")
                continue
            findings.broken(
                Promise.SEEN, f"{who}: {following.id} ({following.words}) answered what {one.id} led to"
            )


def seen_in_order(book: Book, evidence: Evidence, orders: Mapping[str, Order], findings: Findings) -> None:
    """Find texts that must have been taken, although they got the fallback text, and whose question was answered unseen."""
    for number, asked in by_number(evidence.asked).items():
        who, known = evidence.whose[number], {one.id: one for one in asked}
        if (order := orders.get(who)) is None:
            continue
        person, unseen, since = Person(who), "", ""
        for one in order.taken:
            after = one.move.take(person, one.at)
            assert after is not None, "the order was found so"
            person, document = after
            following = known.get(one.move.id)
            if following is None or following.path != "/sms":
                unseen = ""
            elif one.move.rare:
                unseen, since = document or "", one.move.id
            elif unseen:
                given = one.move.document or ""
                if worded(given) != worded(unseen) and not _counts_at_once(book, following):
                    findings.broken(
                        Promise.SEEN,
                        f"{who}: {following.id} ({following.words}) answered what {since} must have led to",
                    )
                unseen = ""


def _only_safe_words(one: Asked, evidence: Evidence) -> bool:
    return one.path == "/sms" and all(answer.document in evidence.safe for answer in one.answers)


def _counts_at_once(book: Book, following: Asked) -> bool:
    """Check whether it is not a text, or is one that counts immediately."""
    intent = intent_of(book, following.words) if following.path == "/sms" else None
    return following.path != "/sms" or intent in SAFETY or intent == Known.STOP
