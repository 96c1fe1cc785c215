"""Checks of /status and the desk on waiting parents: who sees them, for how long, and who is notified.

/status needs no login, so it names no target, and reports only how many parents wait and the day of the
oldest.
"""

from __future__ import annotations

from hotline import clock
from hotline.store.notices import targets
from hotline.web.service import Service


def desk(service: Service) -> str:
    """Check that staff can see who asked to be called back."""
    if service.live.now().requests_are_seen:
        return "ok"
    return (
        "there is no desk, so no one sees who asked to be called back or left a message; create an account with "
        f"`hotline staff add NAME`, and check {service.settings.public_base_url}/desk each day"
    )


def notify(service: Service) -> str:
    """Check that each target accepts its notices; return "ok" or the failures."""
    target_states = service.notices.target_states()
    zone = service.settings.time_zone
    wrong = [
        f"{target.label} since {how.began.astimezone(zone):%Y-%m-%d %H:%M}: {how.why}"
        for target in targets(service.settings.notify, service.secrets)
        if (how := target_states.get(target.mark)) is not None and how.refusals
    ]
    if not wrong:
        return "ok"
    return f"the center is not notified that a parent waits: {'; '.join(wrong)}. It is retried automatically"


def waiting(service: Service) -> str:
    """Check that no parent has waited for over a working day, and that staff can see who waits."""
    found = service.requests.waiting()
    if not found:
        return "ok"
    oldest = min(each.since for each in found)
    day = f"{oldest.astimezone(service.settings.time_zone):%Y-%m-%d}"
    who = "1 parent waits" if len(found) == 1 else f"{len(found)} parents wait"
    in_force = service.live.now()
    if not in_force.requests_are_seen:
        return f"{who} since {day}, and no one sees who: create an account (hotline staff add NAME) or set DESK_PASSWORD, and call them from /desk"
    over = in_force.hours.working_day_after(oldest)
    if over is None or clock.now() < over:
        return "ok"
    return (
        f"{who}, the first since {day}, longer than one working day: call them, and mark it as done at /desk"
    )
