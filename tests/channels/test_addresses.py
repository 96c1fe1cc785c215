"""The webhook URLs in the README are those that `hotline doctor` checks."""

import re
from pathlib import Path

from hotline.channels.addresses import wanted

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_lists_what_doctor_wants() -> None:
    rows = re.findall(
        r"^ +\| (.+?) \| `https://YOUR-ADDRESS(\S+)`(?:, fallback `(\S+)`)? \|$",
        README.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    told = {url for _, *urls in rows for url in urls if url}
    assert {address.url for address in wanted("")} == told
    named = {address.console.lower().removesuffix(", fallback") for address in wanted("")}
    assert named == {name for name, *_ in rows}
