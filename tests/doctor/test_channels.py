"""Limits and missing settings of WhatsApp and RCS are reported with their fix."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hotline.config.settings import Settings
from hotline.doctor.channels import lines
from hotline.doctor.lines import Grade

NUMBER, WHATSAPP, RCS = "+15105550100", "whatsapp:+15105550101", "rcs:center_agent"
BOTH = (("en", "HX" + "1" * 32), ("es", "HX" + "2" * 32))

TOLD: dict[str, tuple[dict[str, Any], Grade, str]] = {
    "a WhatsApp sender": ({"hotline_numbers": (NUMBER, WHATSAPP)}, Grade.ADVICE, "are posted to"),
    "no templates": (
        {"hotline_numbers": (NUMBER, WHATSAPP)},
        Grade.WRONG,
        "WHATSAPP_TEMPLATES has none for en, es",
    ),
    "no Spanish template": (
        {"hotline_numbers": (NUMBER, WHATSAPP), "whatsapp_templates": BOTH[:1]},
        Grade.WRONG,
        "WHATSAPP_TEMPLATES has none for es",
    ),
    "nobody can call": ({"hotline_numbers": (WHATSAPP, RCS)}, Grade.WRONG, "no one can call the line"),
    "templates for nobody": (
        {"hotline_numbers": (NUMBER, RCS), "whatsapp_templates": BOTH},
        Grade.ADVICE,
        "has no effect without a WhatsApp sender",
    ),
}


@pytest.mark.parametrize(("changed", "grade", "told"), TOLD.values(), ids=TOLD.keys())
def test_a_problem_of_a_channel_is_reported(
    changed: dict[str, Any], grade: Grade, told: str, settings: Settings
) -> None:
    """The line says what to do."""
    found = list(lines(replace(settings, **changed)))
    assert any(line.grade is grade and told in line.message for line in found), found


def test_a_complete_setup_has_only_advice(settings: Settings) -> None:
    """Only the URLs in the console must be checked manually."""
    found = lines(replace(settings, hotline_numbers=(NUMBER, WHATSAPP, RCS), whatsapp_templates=BOTH))
    assert {"WhatsApp", "RCS"} == {line.name for line in found if line.grade is not Grade.WELL}


def test_a_phone_number_alone_has_no_lines(settings: Settings) -> None:
    """There is nothing to report."""
    assert [] == list(lines(settings))
