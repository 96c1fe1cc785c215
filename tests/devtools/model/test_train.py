"""Training is reproducible, byte for byte."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.nlu.classifier import MODEL_FILE, VECTORS_FILE, WORDS_FILE, Classifier
from hotline.conversation.nlu.features import Ideas

ROOT = Path(__file__).parents[3]
OF_EACH = 8
"""Rows of each label: two for each fold, and enough for a word to be public."""

LABEL = {"topics.tsv": (2,), "danger.tsv": (2, 3), "answers.tsv": (0, 3)}
"""The columns that a row of each file is one of few by."""


def trainer() -> str:
    """Return a Python with the training packages: this one, or that of `make model`."""
    if importlib.util.find_spec("sklearn"):
        return sys.executable
    own = ROOT / ".venv-model" / "bin" / "python"
    if not own.exists():
        pytest.skip("scikit-learn is needed: run `make model` once, which installs it in .venv-model")
    return str(own)


def few_rows(to: Path) -> None:
    """Copy the flows with a few rows of each label."""
    shutil.copytree(OWN_FLOWS, to, ignore=shutil.ignore_patterns("*.tsv", MODEL_FILE, "letters", "reference"))
    (to / "examples").mkdir(exist_ok=True)
    for name, columns in LABEL.items():
        header, *rows = (OWN_FLOWS / "examples" / name).read_text(encoding="utf-8").splitlines()
        seen: Counter[tuple[str, ...]] = Counter()
        kept = [header]
        for row in rows:
            cells = row.split("\t")
            label = tuple(cells[at] for at in columns)
            seen[label] += 1
            if seen[label] <= OF_EACH:
                kept.append(row)
        (to / "examples" / name).write_text("\n".join(kept) + "\n", encoding="utf-8")


def trained(python: str, flows: Path) -> dict[str, bytes]:
    (flows / "model" / MODEL_FILE).unlink(missing_ok=True)
    environ = os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "random"}
    subprocess.run(
        [python, "-W", "ignore", "-m", "devtools.model.train", str(flows)],
        cwd=ROOT,
        env=environ,
        check=True,
        capture_output=True,
        timeout=300,
    )
    return {name: (flows / "model" / name).read_bytes() for name in (MODEL_FILE, WORDS_FILE)}


@pytest.mark.whole
def test_the_same_rows_give_the_same_files(tmp_path: Path) -> None:
    python, flows = trainer(), tmp_path / "flows"
    few_rows(flows)
    first = trained(python, flows)
    assert first == trained(python, flows)
    assert (flows / "model" / VECTORS_FILE).read_bytes() == (OWN_FLOWS / "model" / VECTORS_FILE).read_bytes()
    classifier = Classifier.load(flows / "model", Ideas({}))
    assert {"intent", "danger", "alarm", "distress", "danger_class"} <= set(classifier.heads)
    words = first[WORDS_FILE].decode().split()
    assert words == sorted(set(words))
    assert "school" in words
    assert "maria" not in words


@pytest.mark.whole
def test_another_row_gives_another_model(tmp_path: Path) -> None:
    python, flows = trainer(), tmp_path / "flows"
    few_rows(flows)
    first = trained(python, flows)
    with (flows / "examples" / "topics.tsv").open("a", encoding="utf-8") as file:
        file.write("where is the form for the bus and the bus driver\ten\tother\t\n" * 3)
    assert first[MODEL_FILE] != trained(python, flows)[MODEL_FILE]
