"""The benchmark's dialog still gets the expected answers, so that the benchmark measures a screening."""

import json
import re
from pathlib import Path

from tests.web.twilio_forms import Caller

DIALOG = Path("bench/dialogs/screening-sms.json")


def test_the_benchmarks_screening_leads_to_an_outcome(caller: Caller) -> None:
    for turn in json.loads(DIALOG.read_text(encoding="utf-8"))["turns"]:
        answer = caller.text(turn["say"]).text
        assert re.search(turn["expect"], answer), answer
