"""Tables of figures: what happened, outcomes, languages, where parents stopped, texts that failed, and the cost.

Rule: a count below FEWEST is hidden and, in a table with a known total, so is the count that would reveal it
      (`store.months.counts_to_hide`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hotline.conversation.engine.misses import MISUNDERSTOOD, NEW
from hotline.conversation.model.events import Channel
from hotline.store.months import FEWEST, counts_to_hide
from hotline.store.request_calls import CALLED_BACK
from hotline.store.request_work import Result
from hotline.store.usage import FIGURE
from hotline.telemetry import measures
from hotline.web.desk import i18n
from hotline.web.desk.flow_stops import bar, key_name, keys_of, question_text, shown, stops_in
from hotline.web.desk.texts_failed import failed_in, not_sent_in
from hotline.web.desk.topic_labels import beginning, topic_label
from hotline.web.desk.view import ASKED, PERSON_ASKED, RESULTS, figures_of, outcomes_of, parts_of
from hotline.web.service import service as this_service
from hotline.web.statuses import REPLY_DELIVERED

TEXTS: Final = (
    ("Planned texts due", measures.DUE),
    ("Planned texts sent", measures.SENT),
    ("Planned texts delivered", measures.DELIVERED),
    ("Replies delivered", REPLY_DELIVERED),
)

CALL_ENDED: Final = "call_ended"
"""The figure of calls that ended."""

GAVE_UP_TABLE: Final = "gave-up"
"""The table that the drawing of the flow accompanies."""


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of one thing: its label, the shown values, and the length of its bar."""

    label: str
    values: tuple[str, ...]
    bar: int


@dataclass(frozen=True, slots=True)
class Table:
    """Figures of one kind. `columns` are titles of the values, none for a single one; `note` explains them."""

    id: str
    title: str
    rows: tuple[Row, ...]
    columns: tuple[str, ...] = ()
    note: str = ""
    heading: str = ""
    """The heading of single values, "" for "How often"."""


def tables_of(counted: Counter[str]) -> list[Table]:
    """Return the tables of a month."""
    gettext = i18n.gettext
    happened = _translated(figures_of(counted)) | {gettext("Callbacks to parents"): counted[CALLED_BACK]}
    return [
        _table("happened", gettext("What happened in the month"), happened),
        _table("outcomes", gettext("Outcomes"), _translated(outcomes_of(counted)), whole=True),
        _languages(counted),
        _states(counted),
        _topics(counted),
        gave_up(counted),
        misunderstood(counted),
        _table("texts", gettext("Texts"), {gettext(label): counted[name] for label, name in TEXTS}),
        _table("failed", gettext("Texts that failed, and why"), _translated(failed_in(counted))),
        _table("not-sent", gettext("Planned texts not sent"), _translated(not_sent_in(counted))),
        cost(counted),
    ]


def report_tables(counted: Counter[str], results: Counter[str]) -> list[Table]:
    """Return the tables of a report: contacts by channel, language, topic and state, and referrals."""
    gettext = i18n.gettext
    contacts = {
        gettext("By text"): counted["text_opened"],
        gettext("Calls"): counted["call_opened"],
    }
    referrals = {
        gettext(ASKED): counted[PERSON_ASKED],
        gettext("Callbacks to parents"): counted[CALLED_BACK],
        **{gettext(RESULTS[result]): results[result] for result in Result},
    }
    return [
        _table("contacts", gettext("Contacts by channel"), contacts, whole=True),
        _languages(counted),
        _states(counted),
        _topics(counted),
        _table(
            "outcomes",
            gettext("Information given, by outcome"),
            _translated(outcomes_of(counted)),
            whole=True,
        ),
        _table("referrals", gettext("Referrals to a person, and their results"), referrals),
    ]


def gave_up(counted: Mapping[str, int]) -> Table:
    """Return the last questions of conversations that stopped, in the order of the flows."""
    book, gettext = this_service().book, i18n.gettext
    found = stops_in(book, counted)
    most = max((count for counts in found.values() for count in counts.values()), default=0)
    return Table(
        GAVE_UP_TABLE,
        gettext("Where parents stopped before an outcome"),
        tuple(
            Row(
                question_text(book, name), tuple(map(shown, counts.values())), bar(max(counts.values()), most)
            )
            for name, counts in found.items()
        ),
        tuple(map(key_name, keys_of(book))),
        gettext("The last question of a conversation with no answer for 20 hours."),
    )


def misunderstood(counted: Mapping[str, int]) -> Table:
    """Return after which question texts were not understood, by language, the most frequent first."""
    book, language, gettext = this_service().book, i18n.language(), i18n.gettext
    found: dict[str, Counter[str]] = {}
    for name, count in parts_of(counted, MISUNDERSTOOD).items():
        place, _, code = name.rpartition(".")
        found.setdefault(place, Counter())[code] += count
    most = max((count for counts in found.values() for count in counts.values()), default=0)
    rows = []
    for place, counts in sorted(found.items(), key=lambda each: -each[1].total()):
        said = gettext("A parent's first text") if place == NEW else beginning(book, language, place)
        values = tuple(shown(counts[code]) for code in book.languages)
        rows.append(Row(said or place, values, bar(max(counts.values()), most)))
    return Table(
        "misunderstood",
        gettext("Where texts were not understood"),
        tuple(rows),
        tuple(map(i18n.language_name, book.languages)),
        gettext("What the hotline had said before the text. The texts themselves are not stored."),
    )


def cost(counted: Mapping[str, int]) -> Table:
    """Return segments, minutes and what they cost by the settings."""
    settings, gettext = this_service().settings, i18n.gettext
    # the budget counts each turn of a call, but not the call's end (`call_costs`); here the minutes count them
    in_calls = counted.get(measures.turn(Channel.VOICE, measures.Outcome.ANSWERED), 0)
    in_calls -= counted.get(CALL_ENDED, 0)
    segments, minutes = max(counted.get(FIGURE, 0) - in_calls, 0), counted.get(measures.CALL_MINUTES, 0)
    came = sum(counted.get(measures.turn(Channel.SMS, outcome), 0) for outcome in measures.Outcome)
    cents = (segments + came) * settings.cents_per_segment + minutes * settings.cents_per_call_minute
    rows = (
        (gettext("Segments sent"), str(segments)),
        (gettext("Incoming texts"), str(came)),
        (gettext("Minutes of incoming calls"), str(minutes)),
        (gettext("Estimated cost"), i18n.money(cents / 100)),
    )
    note = gettext(
        "A call to the staff or back to a parent, speech in a call, and a look-up of a number count as a few segments. Counted at %(segment)s cents a segment and %(minute)s cents a minute.",
        segment=settings.cents_per_segment,
        minute=settings.cents_per_call_minute,
    )
    return Table(
        "cost",
        gettext("Cost"),
        tuple(Row(label, (value,), 0) for label, value in rows),
        note=note,
        heading=gettext("How much"),
    )


def _languages(counted: Mapping[str, int]) -> Table:
    rows = {i18n.language_name(name): count for name, count in parts_of(counted, "language.").items()}
    return _table("languages", i18n.gettext("Languages"), rows, whole=True)


def _states(counted: Mapping[str, int]) -> Table:
    places = this_service().book.places.states
    rows = {
        (places[code].name if code in places else code): count
        for code, count in parts_of(counted, "state.").items()
    }
    return _table("states", i18n.gettext("States that parents named"), rows, whole=True)


def _topics(counted: Mapping[str, int]) -> Table:
    book, rows = this_service().book, Counter[str]()
    for name, count in parts_of(counted, "word.").items():
        if name in book.topics:
            rows[topic_label(book, i18n.language(), name)] += count
    return _table("topics", i18n.gettext("What parents asked about"), rows, whole=True)


def _table(id: str, title: str, counts: Mapping[str, int], *, whole: bool = False) -> Table:
    """Return a table.

    `whole` figures add up to a known total: they are sorted by frequency, and what would reveal a hidden
    count is hidden too.
    """
    ordered = Counter(counts).most_common() if whole else list(counts.items())
    covered = counts_to_hide(counts) if whole else frozenset[str]()
    most = max((count for name, count in ordered if name not in covered), default=0)
    rows = tuple(
        Row(
            name,
            (shown(count, covered=name in covered),),
            0 if name in covered or count < FEWEST else bar(count, most),
        )
        for name, count in ordered
    )
    return Table(id, title, rows)


def _translated(counts: Mapping[str, int]) -> dict[str, int]:
    return {i18n.gettext(label): count for label, count in counts.items()}
