"""The desk's own texts: each has a Spanish translation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from hotline import publishing
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question
from hotline.publishing.lint.ambiguity import BUT_ANOTHER, NOT_THIS, SOMETHING_ELSE, THE_SAME_WORDS
from hotline.publishing.lint.finding import UNFIT
from hotline.publishing.overlay_check import BEFORE_A_DAY, FROM_A_MINUTE, FROM_AN_HOUR
from hotline.publishing.texts import NOTES
from hotline.publishing.translations import Fault
from hotline.store import staff_changes
from hotline.store.staff_roles import MAY, Role
from hotline.web import checks, desk
from hotline.web.checks import CHECKS
from hotline.web.desk import (
    accounts,
    claimed,
    figures,
    findings,
    guard,
    i18n,
    opening,
    passphrases,
    reach,
    refusals,
    rules,
    tables,
    team,
    texts_failed,
    view,
    words_judge,
    words_lines,
    words_pages,
    words_publish,
    words_reminders,
    words_state,
    words_versions,
    work,
)

FOLDER = Path(desk.__file__).parent
HOLES = re.compile(r"%\(\w+\)s")


def in_templates_and_calls() -> set[str]:
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    found = extract_from_dir(str(FOLDER), methods, keywords={"_": None, "gettext": None})
    return {str(message) for _, _, message, _, _ in found}


def in_tables(book: Book) -> set[str]:
    """Return the messages that are looked up by a variable."""
    looked_up = (
        guard.SAID,
        claimed.REFUSED,
        reach.STATES,
        reach.TEXT_STATES,
        texts_failed.NOT_SENT,
        view.OUTCOMES,
        view.RESULTS,
        view.WISHES,
        view.CHANNELS,
        rules.SENTENCES,
        findings.SENTENCES,
        view.MEANS,
        {"": rules.SIGNS},
        refusals.HEADINGS,
        team.REFUSED,
        words_versions.KIND_NAMES,
        words_lines.KINDS,
        words_reminders.UNITS,
        MAY,
        NOTES,
    )
    named = {str(value) for table in looked_up for value in table.values()} | {
        title for title, _ in figures.OVERVIEW
    }
    named |= (
        {check.label for check in CHECKS.values()}
        | {label for label, _ in view.FIGURES}
        | {role.value for role in Role}
    )
    named |= {
        *texts_failed.Cause,
        *words_state.PRINTED_NOTES.values(),
        *(label for label, _ in tables.TEXTS),
        work.GONE,
        work.NO_RESULT,
        opening.IN_ONE,
        reach.NO_TEXTS,
        words_publish.BUSY,
        words_publish.NO_RESULT,
        words_pages.SAME,
        words_pages.NOTHING,
        words_reminders.NOTHING,
        "published words",
        words_judge.FAILED,
        checks.NOT_REPORTED,
        findings.FOR_A_DEVELOPER,
        guard.BUSY,
        guard.ENDED,
        refusals.NO_PAGE,
        refusals.NO_PAGE_OF_A_FORM,
        refusals.BROKEN,
        "The desk could not do this",
        guard.MEANWHILE,
        guard.STALE,
        accounts.WRONG,
        accounts.WRONG_PASSWORD,
        accounts.LINK_OVER,
        team.FIRST,
        team.NO_ACCOUNT,
        team.BAD_NAME,
        words_versions.GONE,
        words_versions.CHANGED_SINCE,
    }
    named |= {
        passphrases.what_is_wrong(*given)
        for given in (("a", "b", "x"), ("a", "a", "x"), ("a" * 20, "a" * 20, "x"))
    }
    asked = [s for s in book.states.values() if isinstance(s, Question) and s.reach]
    return named | {choice.text for question in asked for choice in question.choices} | AUDITED


AUDITED = set(
    re.findall(
        r'(?:audit(?:_request)?\(|_stored\([^"]*|\.add\([^")]*|_recorded\()"([a-z ]+)"',
        "".join(path.read_text() for path in [*FOLDER.glob("*.py"), Path(staff_changes.__file__)]).replace(
            'name, "set a passphrase"', '"set a passphrase"'
        ),
    )
)
"""Actions named in rows of the audit."""


@pytest.fixture(scope="module")
def spanish() -> MappingProxyType[str, str]:
    with (i18n.CATALOGS / "es.po").open("rb") as file:
        catalog = read_po(file, locale="es", abort_invalid=True)
    assert not [message.id for message in catalog if message.id and message.fuzzy]
    return MappingProxyType({str(message.id): str(message.string) for message in catalog if message.id})


def test_each_text_has_a_spanish_translation(spanish: MappingProxyType[str, str], book: Book) -> None:
    ours = in_templates_and_calls() | in_tables(book)
    assert len(ours) > 100
    assert [] == sorted(one for one in ours if not spanish.get(one))
    assert [] == sorted(set(spanish) - ours)


def test_each_finding_and_each_check_has_a_sentence_for_editors() -> None:
    """A finding by its template: one that is new, or is worded differently, is missing here; its values fill it."""
    found = list(templates())
    assert len(found) > 40
    assert [] == sorted({what for what, _ in found if what not in findings.SENTENCES})
    for what, values in found:
        assert {hole[2:-2] for hole in HOLES.findall(findings.SENTENCES[what])} <= values, what
    assert set(checks.CHECKS) == set(view.MEANS)


COMPUTED = {
    "problem.kind.phrase": tuple(fault.phrase for fault in Fault),
    "f'is a statement of law without a source ({what})'": tuple(
        each for each in findings.SENTENCES if each.startswith("is a statement of law")
    ),
    "f'{NOT_THIS}{BUT_ANOTHER}'": (NOT_THIS + BUT_ANOTHER,),
    "f'{NOT_THIS}{instead}'": (NOT_THIS + THE_SAME_WORDS, NOT_THIS + SOMETHING_ELSE),
    "'takes %(segments)s segments (%(length)s characters)' + because": tuple(
        each for each in findings.SENTENCES if each.startswith("takes %(segments)s")
    ),
    "UNFIT": (UNFIT,),
    "right": (BEFORE_A_DAY, FROM_AN_HOUR, FROM_A_MINUTE),
}
"""The templates that are not written where the finding is made."""


def templates() -> Iterator[tuple[str, set[str]]]:
    """Yield the templates of the findings of our checks, and the names of their values."""
    for path in Path(publishing.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)):
            for each in ast.walk(function):
                if isinstance(each, ast.Call) and getattr(each.func, "id", "") in ("finding", "Finding"):
                    values = {str(keyword.arg) for keyword in each.keywords}
                    if len(each.args) == 3:
                        yield from ((what, values) for what in _said(each.args[1], function))


def _said(what: ast.expr, function: ast.FunctionDef) -> Iterator[str]:
    """Yield what an expression may be: a constant, one of two, what a variable is set to, or one of COMPUTED."""
    if isinstance(what, ast.Constant):
        yield str(what.value)
    elif isinstance(what, ast.IfExp):
        yield from (*_said(what.body, function), *_said(what.orelse, function))
    elif ast.unparse(what) in COMPUTED:
        yield from COMPUTED[ast.unparse(what)]
    else:
        for each in ast.walk(function):
            if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == ast.unparse(what):
                yield from _said(each.value, function)


def test_translations_have_the_same_placeholders(spanish: MappingProxyType[str, str]) -> None:
    for english, translated in spanish.items():
        assert sorted(HOLES.findall(english)) == sorted(HOLES.findall(translated)), english
        assert "%" not in HOLES.sub("", translated), english
