"""The number of requests to make and those made: few in each test run, more in CI and in `make fuzz`."""

import os
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from hypothesis import HealthCheck
from hypothesis import settings as examples

REQUESTS: Final = int(os.environ.get("REQUESTS") or 300)

ELSEWHERE: Final = "elsewhere"


@dataclass
class Tally:
    """The number of responses by URL rule and class of status."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)

    def count(self, rule: str, status: int) -> None:
        """Count a response. `rule` is "" if no URL rule matched."""
        self.answers[rule or ELSEWHERE, status // 100] += 1

    @property
    def requests(self) -> int:
        return self.answers.total()

    def table(self) -> str:
        """Format the counts as a table with a line per URL rule."""
        head = f"{'address':26}{'requests':>10}" + "".join(f"{status}xx".rjust(8) for status in CLASSES)
        rules = sorted({rule for rule, _ in self.answers})
        rows = [self._row(rule, {status: self.answers[rule, status] for status in CLASSES}) for rule in rules]
        all_ = {status: sum(self.answers[rule, status] for rule in rules) for status in CLASSES}
        return "\n".join([head, *rows, self._row("all", all_)])

    def too_little(self, requests: int, rules: Collection[str]) -> list[str]:
        few = [f"{self.requests} requests, not {requests}"] if self.requests < requests else []
        return few + [f"{rule} always refused" for rule in rules if not self._went_well(rule)]

    def _went_well(self, rule: str) -> int:
        return self.answers[rule, 2] + self.answers[rule, 3]

    @staticmethod
    def _row(name: str, counts: dict[int, int]) -> str:
        return f"{name:26}{sum(counts.values()):>10}" + "".join(f"{counts[status]:>8}" for status in CLASSES)


CLASSES: Final = (2, 3, 4, 5)

TALLY: Final = Tally()
"""The counts of this process."""


def part(share: float, steps: int = 1) -> examples:
    """Return Hypothesis settings for a test of `share` * REQUESTS examples of `steps` steps each."""
    return examples(
        max_examples=max(1, round(REQUESTS * share)),
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),  # the environment is created once; a machine may be busy
    )
