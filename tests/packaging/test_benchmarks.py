"""The benchmarks run, and the page says what was measured."""

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks import page
from benchmarks.sites import stripe_stub

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "benchmarks", "--scale", "tiny", "--no-others"]


def test_the_page_shows_the_saved_results() -> None:
    assert page.PAGE.read_text() == page.expected()


def test_every_part_runs_at_the_smallest_scale(tmp_path: Path) -> None:
    saved = tmp_path / "tiny.json"
    done = subprocess.run(
        [*COMMAND, "--save", saved],
        cwd=ROOT,
        env={**os.environ, "DATABASE": "sqlite", "DATABASE_FOLDER": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    groups = {each["group"] for each in json.loads(saved.read_text())["benchmarks"]}
    assert groups == {"Webhooks", "Reading an inbox", "Writing and removing", "Start of a site"}


def test_a_missed_mark_is_said() -> None:
    mark = {"what": "ratio", "value": 4.0, "limit": 3.0, "at_least": False, "unit": ""}
    assert "missed" in page._mark({**mark, "met": False})
    assert "missed" not in page._mark({**mark, "value": 2.0, "met": True})


def test_the_stub_gives_each_payment_objects_of_its_own_that_name_each_other() -> None:
    intent = stripe_stub.answer("/v1/payment_intents/pi_benchmark7?expand[]=x")
    charge = stripe_stub.answer(f"/v1/charges/{intent['latest_charge']}")
    method = stripe_stub.answer(f"/v1/payment_methods/{charge['payment_method']}")
    booking = stripe_stub.answer(f"/v1/balance_transactions/{charge['balance_transaction']}")
    assert intent["id"] == charge["payment_intent"] == "pi_benchmark7"
    assert intent["payment_method"] == method["id"]
    assert booking["source"] == charge["id"]
    other = stripe_stub.answer("/v1/payment_intents/pi_benchmark8")
    assert not {other["latest_charge"], other["payment_method"]} & {charge["id"], method["id"]}
