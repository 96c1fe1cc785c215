"""US states named by parents, and when their limits end."""

from datetime import date

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.us_states import Limit, read_places

NAMED = {
    "by name": ("Texas", "TX"),
    "in a sentence": ("we live in North Carolina now", "NC"),
    "a longer name first": ("I live in West Virginia", "WV"),
    "in Spanish": ("vivo en Nueva York", "NY"),
    "the capital": ("Washington, DC", "DC"),
    "the other one": ("washington state", "WA"),
    "abbreviated": ("tx", "TX"),
    "abbreviated, in a sentence": ("I am in GA", "GA"),
    "by ZIP": ("94612", "CA"),
    "by ZIP in a sentence": ("my zip is 02108-1234", "MA"),
    "a word too, alone and in capitals": ("IN", "IN"),
    "a word too, in small letters": ("in", None),
    "yes": ("OK", None),
    "yes, in small letters": ("ok", None),
    "hello": ("HI", None),
    "in, inside a sentence": ("he is IN 3rd grade", None),
    "ok, inside a sentence": ("OK thanks", None),
    "me and or, inside a sentence": ("call ME OR text", None),
    "hi, inside a sentence": ("HI my name is", None),
    "la, which is Spanish": ("la escuela", None),
    "two of them": ("New York and Texas", None),
    "a ZIP of none": ("00000", None),
    "none": ("purple", None),
    "nothing": ("", None),
    "a number that is no ZIP": ("5105550199", None),
    "a territory": ("we are on Guam", "GU"),
    "another territory": ("vivo en las Islas Vírgenes", "VI"),
    "a territory's letters, as a word": ("AS you know", None),
}


@pytest.mark.parametrize(("text", "code"), NAMED.values(), ids=NAMED.keys())
def test_a_state_is_named_or_not(book: Book, text: str, code: str | None) -> None:
    assert code == book.places.named(text)


def test_every_state_is_recognized_by_name_and_zip(book: Book) -> None:
    seen: dict[int, str] = {}
    for code, state in book.places.states.items():
        assert code == book.places.named(f"I live in {state.name}")
        for first, last in state.zips:
            for beginning in range(first, last + 1):
                assert beginning not in seen, f"{beginning} is in {code} and {seen[beginning]}"
                seen[beginning] = code
                assert code == book.places.named(f"{beginning:03d}01")


def test_limits_end_on_their_day(book: Book) -> None:
    """Calendar days as they are; school days as seven for five; the federal 60 where a state has none."""
    start = date(2026, 11, 2)
    assert date(2027, 1, 1) == book.places.limit("MD").until(start)
    assert date(2027, 1, 4) == Limit(45, "school").until(start)
    assert Limit() == book.places.limit("AL")
    assert Limit() == book.places.limit("")


def test_only_reviewed_rows_have_a_limit(book: Book) -> None:
    assert set("CA CT DE DC FL GA IL KY LA MD MA MI MN NV NY NC PA TX VA WA".split()) == {
        code for code, state in book.places.states.items() if state.limit
    }


def test_a_broken_row_is_refused() -> None:
    with pytest.raises(FlowError, match=r"\[XX\]: a limit of days needs checked too"):
        read_places({"XX": {"name": "X", "zips": ["001"], "zones": ["UTC"], "days": 60, "kind": "school",
                            "exact": False, "starts": "consent", "source": "s", "review_by": date(2027, 1, 1)}})  # fmt: skip
    answer = {"days": 15, "kind": "school", "exact": True, "source": "s", "checked": date(2026, 11, 23)}
    for row, where in (
        ({"review_by": "2027-01-01"}, "XX"),
        ({"answer": {**answer, "review_by": "2027-01-01"}}, "XX\\] answer"),
    ):
        with pytest.raises(FlowError, match=rf"{where}.*: review_by must be a date without quotes"):
            read_places({"XX": {"name": "X", "zips": ["001"], "zones": ["UTC"], **row}})
    with pytest.raises(FlowError, match=r"\[XX\] answer: a limit of days needs review_by too"):
        read_places({"XX": {"name": "X", "zips": ["001"], "zones": ["UTC"], "answer": answer}})
    wrong = {**answer, "kind": "week", "review_by": date(2027, 1, 1)}
    with pytest.raises(FlowError, match=r"\[XX\] answer: kind is calendar, school or business"):
        read_places({"XX": {"name": "X", "zips": ["001"], "zones": ["UTC"], "answer": wrong}})
    with pytest.raises(FlowError, match=r"\[XX\]: unknown key 'day'"):
        read_places({"XX": {"name": "X", "zips": ["001"], "day": 60}})
    with pytest.raises(FlowError, match=r"\[XX\]: needs zones = .* all of its time zones"):
        read_places({"XX": {"name": "X", "zips": ["001"]}})
