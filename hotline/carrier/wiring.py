"""How the webhooks that are set at the carrier differ from those that we want: one rule, for `doctor` and `connect`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hotline.carrier.account import Number
from hotline.channels.addresses import METHOD, Address, wanted


@dataclass(frozen=True, slots=True)
class Difference:
    """One webhook that is not as we want it: what is `set_now` ("" for nothing), by which method the carrier asks there, and
    whether the Messaging Service holds it, in place of the number.
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
            return f"{name} is asked by {self.method}, not by {METHOD}"
        if self.set_now.partition("#")[0] == self.address.url.partition("#")[0]:
            return f"{name} does not say when to ask again, so a text that meets a restart is lost"
        # what stands in a query may be a secret of whoever had the number before
        return f"{name} is {self.set_now.partition('?')[0]}"


def differences(number: Number, in_service: Mapping[str, str], base_url: str) -> Iterator[Difference]:
    """Yield each webhook of a number that is not as we want it, with PUBLIC_BASE_URL as `base_url`. Those that a Messaging
    Service holds for it, `in_service`, count in place of its own.
    """
    webhooks = {**number.webhooks, **in_service}
    for address in wanted(base_url):
        set_now = webhooks.get(address.field, "")
        method = (webhooks.get(f"{address.field}_method") or METHOD).upper()
        if set_now != address.url or method != METHOD:
            yield Difference(address, set_now, method, address.field in in_service)
