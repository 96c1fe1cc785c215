"""The findings of a chaos run: faults by broken promise, exceptions to the promises, and counts."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Promise(StrEnum):
    """The promises of the service, each described by its violation."""

    ANSWERED = "signed webhooks answered with an error, or not at all"
    RETENTION = "answered webhooks whose effect is not in Redis"
    SEEN = "texts that answered a question which their parent was not shown"
    ONCE = "texts that came due and were not sent exactly once"
    STOPPED = "texts sent after STOP was answered"
    NOTED = "deliveries that were told and not noted"
    SECRET = "numbers or words of a parent in Redis or in a log"
    ALIVE = "times that something stood still or failed inside"


@dataclass(slots=True)
class Findings:
    """Faults, exceptions to the promises (`named`), and counts of what was tried (`figures`)."""

    faults: list[tuple[Promise, str]] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)

    def broken(self, promise: Promise, how: str) -> None:
        self.faults.append((promise, how))

    def leave_out(self, kind: str, what: str) -> None:
        """Add an exception to the promises, and count it."""
        self.figures[kind] += 1
        self.named.append(f"{kind}: {what}")

    def table(self, most: int = 20) -> str:
        """Format the findings, with at most `most` faults."""
        counted = Counter(promise for promise, _ in self.faults)
        lines = [f"{number:8d}  {name}" for name, number in self.figures.items() if number]
        lines += ["", *(f"{counted[promise]:8d}  {promise}" for promise in Promise)]
        if self.named:
            lines += [
                "",
                "Left out of these, because Redis was killed or the text was on its way:",
                *self.named,
            ]
        if self.faults:
            lines += ["", f"Faults (the first {most} of {len(self.faults)}):"]
            lines += [f"- {promise}: {how}" for promise, how in self.faults[:most]]
        return "\n".join(lines)
