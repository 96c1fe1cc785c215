"""A short torture, and that the judgement would find what it looks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture.run import torture

SECONDS, SEED = 45, 11


@pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="finds its processes by /proc, which is Linux's"
)
def test_nothing_is_lost_and_nothing_sent_twice(tmp_path: Path) -> None:
    """Parents text and call while Redis, webs, workers and clocks are killed and the carrier fails. What the
    promises leave out (what was in flight when Redis was killed) is no fault.
    """
    findings = torture(SECONDS, SEED, tmp_path)
    print(findings.table())
    assert [] == findings.faults
    assert findings.figures["kills"] >= 2
    assert findings.figures["webhooks taken"] >= 200
    assert findings.figures["came due: sent once"] >= 5
