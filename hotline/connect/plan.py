"""The changes to make at the carrier: determined, shown, and then applied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hotline.carrier.account import Account, Difference, Number, differences
from hotline.config.settings import Settings
from hotline.config.wires import Wire
from hotline.doctor.carrier import owned


class CannotConnect(Exception):
    """A setting does not match the account. The message says which, and how to fix it."""


@dataclass(frozen=True, slots=True)
class NumberPlan:
    """The changes for one number: its own `webhooks` to set, and whether it is `added` to the Messaging Service."""

    number: Number
    webhooks: tuple[Difference, ...]
    added: bool

    @property
    def changes(self) -> bool:
        """Whether there is anything to set."""
        return bool(self.webhooks or self.added)


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes: for the Messaging Service (`service_sid`, "" for none) and for each number.

    `short_codes` need manual steps.
    """

    service_sid: str
    service: tuple[Difference, ...]
    numbers: tuple[NumberPlan, ...]
    short_codes: tuple[str, ...]

    @property
    def changes(self) -> bool:
        """Whether there is anything to set."""
        return bool(self.service) or any(each.changes for each in self.numbers)

    def shown(self) -> Iterator[str]:
        """Yield each change as a line: the current value, and the new one."""
        for difference in self.service:
            yield f"Messaging Service: {difference}; it becomes {difference.address.url}"
        for plan in self.numbers:
            name = plan.number.number
            for difference in plan.webhooks:
                yield f"{name}: {difference}; it becomes {difference.address.url}"
            if plan.added:
                yield f"{name}: it is not a sender of the Messaging Service; it becomes one"


def read(settings: Settings, account: Account) -> Plan:
    """Return the changes to make, without making any.

    Raise CarrierError, and CannotConnect for a number that is not in the account or lacks texts or calls.
    """
    service_sid = settings.twilio_messaging_service_sid if settings.wire is Wire.TWILIO else ""
    service = account.service(service_sid) if service_sid else None
    in_service = service.webhooks if service else {}
    of_service: tuple[Difference, ...] = ()
    plans = []
    for number in (each for each in settings.hotline_numbers if each.startswith("+")):
        found, problem = owned(account, number)
        if found is None or problem:
            raise CannotConnect(problem)
        differ = tuple(differences(found, in_service, settings.public_base_url))
        of_service = tuple(each for each in differ if each.in_service)  # the same for each number
        own = tuple(each for each in differ if not each.in_service)
        added = service is not None and found.sid not in service.senders
        plans.append(NumberPlan(found, own, added))
    short_codes = tuple(each for each in settings.hotline_numbers if each.isdigit())
    return Plan(service_sid, of_service, tuple(plans), short_codes)


def carry_out(plan: Plan, account: Account) -> None:
    """Apply the plan. Raise CarrierError; changes made before it remain, and the next run resumes."""
    if plan.service:
        account.set_service(plan.service_sid, [each.address for each in plan.service])
    for each in plan.numbers:
        if each.webhooks:
            account.set_number(each.number.sid, [one.address for one in each.webhooks])
        if each.added:
            account.add_sender(plan.service_sid, each.number.sid)
