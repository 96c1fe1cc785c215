"""Compare the webhooks set at the carrier with those we want, for `doctor` and `connect`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hotline.carrier.account import Number
from hotline.channels.addresses import METHOD, Address, wanted


@dataclass(frozen=True, slots=True)
class Difference:
    """A webhook that is not set as we want it.

    `set_now` is the current URL ("" for none), `method` how the carrier requests it, and `in_service` means
    that the Messaging Service has it instead of the number.
    """

    address: Address
    set_now: str
    method: str
    in_service: bool

    def __str__(self) -> str:
        name = f'"{self.address.console}"'
        if not self.set_now:
            return f"{name} is not set"
        if self.set_now == self.address.url:
            return f"{name} is requested by {self.method}, not by {METHOD}"
        if self.set_now.partition("#")[0] == self.address.url.partition("#")[0]:
            return f"{name} does not say when to retry (the part after #), so a text that arrives during a restart is lost"
        # a query may contain a secret of the number's previous owner
        return f"{name} is {self.set_now.partition('?')[0]}"


def differences(number: Number, in_service: Mapping[str, str], base_url: str) -> Iterator[Difference]:
    """Yield each webhook of a number that differs from those for `base_url` (PUBLIC_BASE_URL).

    Webhooks of a Messaging Service (`in_service`) override those of the number.
    """
    webhooks = {**number.webhooks, **in_service}
    for address in wanted(base_url):
        set_now = webhooks.get(address.field, "")
        method = (webhooks.get(f"{address.field}_method") or METHOD).upper()
        if set_now != address.url or method != METHOD:
            yield Difference(address, set_now, method, address.field in in_service)
