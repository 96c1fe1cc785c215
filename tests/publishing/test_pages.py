"""Errors in the privacy page and the terms."""

import re
import shutil
from pathlib import Path

import pytest

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.model.events import FlowError
from hotline.publishing.pages import FILLED, load_pages

BROKEN = {
    "a section of no language": (("privacy", "[es]", "[fr]"), "must have title, text and sections"),
    "a language that a page has not": (("privacy", "es", "fr"), "all pages must be in"),
    "an item less": (("terms", "- Mande STOP para no recibir más mensajes. Mande START para recibirlos otra vez.\n", ""), "differ from those of [en]"),
    "a name that nothing has": (("terms", "{center}", "{school}"), "nothing is called {school}"),
    "a date in quotes": (("terms", "reviewed = 2026-11-29", 'reviewed = "2026"'), "reviewed must be a date"),
    "no TOML": (("terms", 'title = "Terms"', "title = Terms"), "is not TOML"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_page_is_reported(change: tuple[str, str, str], expected: str, tmp_path: Path) -> None:
    name, before, after = change
    shutil.copytree(OWN_FLOWS / "pages", tmp_path / "pages")
    file = tmp_path / "pages" / f"{name}.toml"
    text = file.read_text("utf-8")
    assert before in text
    parts = re.compile(r"(?<=\[)es(?=[\].])") if before == "es" else re.compile(re.escape(before))
    file.write_text(parts.sub(after, text), "utf-8")
    with pytest.raises(FlowError, match=re.escape(expected)):
        load_pages(tmp_path, dict.fromkeys(FILLED, "1"))
