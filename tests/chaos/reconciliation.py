"""One reconciliation, what it must have made true, and a second one that changes nothing."""

import contextlib
import json
import subprocess
from typing import Any

from tests.chaos import travel
from tests.chaos.result import Drift, Result, told
from tests.chaos.world import SITES, World, command, eventually

#: Steps of so many seconds for the receivers of what the reconciliation found.
TOLD, STEP = 60, 600

#: What only follows from other rows, or tells of them or of their arrival.
CONSEQUENCES = {
    "AuditChain",
    "AuditLogEntry",
    "Effect",
    "Fact",
    "ReceiverDelivery",
    "SigningSecret",
    "SyncCursor",
}


def reconcile(world: World, result: Result, payments: int) -> None:
    """Do it twice; raise Drift for whatever is not as it must be then."""
    from tests.chaos import snapshot, truth

    found = truth.Truth.of(world.stripe)
    result.counts["payments"] = truth.count(found.intents, "status")
    result.counts["refunds"] = truth.count(found.refunds, "status")
    result.counts["at Stripe"] = {"customers": len(found.customers), "events": len(found.events)}
    result.counts["deliveries"] = truth.count(world.stripe.ask("deliveries")["data"], "state")
    drift = truth.differences(found, payments)
    result.counts["differences before"] = len(drift)
    _write(world, "differences-before", drift)

    before = snapshot.take()
    report = _sync(world, "first")
    after = snapshot.take()
    named = truth.count(report["findings"], "problem")
    result.counts["first report"] = named or "nothing differed"
    looks = [item for item in report["findings"] if item["outcome"] == "needs_review"]
    _refuse("what a person must look at", [str(item) for item in looks])

    # Receivers are the workers', as ever.
    world.supervisor.again(*world.background)
    _wait_for_receivers(world)
    world.supervisor.let_go(*world.background, *SITES)
    found = truth.Truth.of(world.stripe)
    _refuse("differences after the reconciliation", truth.differences(found, payments))
    _refuse("repairs that the report does not name", list(unnamed(before, after, report)))

    settled = snapshot.take()
    second = _sync(world, "second")
    written = [
        f"{model} {pk}: {', '.join(columns)}"
        for model, pk, _, columns in snapshot.changed(settled, snapshot.take())
    ]
    _refuse("what the second reconciliation wrote", written)
    _refuse("what the second reconciliation found", [str(item) for item in second["findings"]])
    result.counts["second report"] = "nothing differed, nothing was written"


def _wait_for_receivers(world: World) -> None:
    from tests.chaos import truth

    # A receiver that fails waits for its next attempt, as ever.
    offset = travel.passed()
    for step in range(1, 1 + TOLD):
        with contextlib.suppress(TimeoutError):
            eventually(lambda: not any(truth.unfinished()), 2, "")
            return
        travel.to(offset + step * STEP)
        world.stripe.command("clock", offset=offset + step * STEP)
    _refuse("rows stay unfinished", list(truth.unfinished()))


def _sync(world: World, name: str) -> dict[str, Any]:
    done = subprocess.run(
        command("stripe_sync", "--json"), capture_output=True, text=True, check=False
    )
    (world.folder / f"sync-{name}.json").write_text(done.stdout)
    (world.folder / f"sync-{name}.log").write_text(done.stderr)
    if done.returncode:
        raise Drift(f"the {name} reconciliation failed:\n{done.stderr[-2000:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def unnamed(before: Any, after: Any, report: dict[str, Any]) -> list[str]:
    """Return the rows that the reconciliation changed and its report does not name."""
    from tests.chaos import snapshot

    findings = report["findings"]
    text = " ".join(f"{item['object_id']} {item['detail']}" for item in findings)
    events = after["WebhookEvent"].values()
    # What the reconciliation does at Stripe makes events, which the site is told of as ever.
    arrived = {
        row["stripe_id"]
        for model, _, row, _ in snapshot.changed(before, after)
        if model == "WebhookEvent" and row["origin"] == "endpoint"
    }
    # A finding that names an event names what the event is about.
    by_event = [
        event["payload"]["data"]["object"]
        for event in events
        if event["stripe_id"] in text or event["stripe_id"] in arrived
    ]
    text += json.dumps([by_event, sorted(arrived)])
    return [
        f"{model} {pk} {row.get('stripe_id')}: {', '.join(columns)}"
        for model, pk, row, columns in snapshot.changed(before, after)
        if model not in CONSEQUENCES
        and not any(str(name) in text for name in _names(model, pk, row))
    ]


def _names(model: str, pk: Any, row: dict[str, Any]) -> list[Any]:
    names = [row.get("stripe_id"), pk if len(str(pk)) > 20 else None, row.get("charge_id")]
    if model == "ApiOperation":
        names.append(row["target"])
    return [name for name in names if name]


def _refuse(what: str, lines: list[str]) -> None:
    if lines:
        raise Drift(f"{what}, {len(lines)}:\n{told(lines)}")


def _write(world: World, name: str, lines: list[str]) -> None:
    (world.folder / f"{name}.txt").write_text("\n".join(lines))
