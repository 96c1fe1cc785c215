"""The groups that the Words page begins with."""

from __future__ import annotations

from flask import Flask

from hotline.web.desk.words_groups import DANGER, LETTERS, OTHER, group_of, groups
from hotline.web.desk.words_state import words_now


def test_each_text_is_in_one_group(desk_app: Flask) -> None:
    """And none in the last one, which is for files that no group names."""
    now = words_now(desk_app.extensions["hotline"])
    found = groups(now)
    listed = [row.id for group in found for each in group.listed for row in (each.row, *each.parts)]
    assert sorted(now.rows) == sorted(listed)
    assert len(listed) == sum(group.texts for group in found)
    assert OTHER not in {group.label for group in found}


def test_a_group_is_by_what_a_text_is_about(desk_app: Flask) -> None:
    """Danger is a group of its own wherever its texts are; the choices of a question are below it."""
    now = words_now(desk_app.extensions["hotline"])
    of = {id: group_of(now.book, row) for id, row in now.rows.items()}
    assert {DANGER} == {of["hotline.danger.text"], of["hotline.danger_overdose.text"]}
    assert {LETTERS} == {of["letters.records.letter"], of["next_steps.letter_records.text"]}
    assert DANGER != of["hotline.greeting.text"]
    (age,) = (
        each for group in groups(now) for each in group.listed if each.row.id == "screening.child_age.text"
    )
    assert {row.state for row in age.parts} == {"child_age"}
    assert all(".choice." in row.id for row in age.parts)
    assert age.parts
