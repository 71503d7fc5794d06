# ruff: noqa: ARG001 - every handler takes the same arguments
"""The control API at ``/_sandbox/…``: command the sandbox from outside, in JSON.

Commands are POST with ``Content-Type: application/json``, which no page of another origin can
send without asking first; so a website that you happen to visit cannot command your sandbox.

=====================  ====================================================================
GET deliveries         the log of webhook deliveries, oldest first
GET queue              how many deliveries wait for their time or are under way
GET events             the events, oldest first
GET faults             the faults that wait for their calls
POST faults            ``{kind: cut|error|hang, method?, path?, times?, after?, status?,
                       retry_after?, executed?}``, or ``{release: true}`` to forget and
                       release them all
POST chaos             ``{duplicate?, drop?, shuffle?, delay?, copies?, seed?}``, from now on
POST settle            ``{payment_intent, succeed?}``
POST authenticate      ``{intent, succeed?}``
POST disputes          ``{charge | payment_intent, amount?, reason?, inquiry?}`` opens one,
                       ``{dispute, outcome: won|lost}`` closes one
POST refunds           ``{refund, status: succeeded|failed|canceled}`` ends one
POST payouts           ``{currency?}`` pays the balance out, ``{payout, outcome?}`` ends one
POST warnings          ``{charge | payment_intent}``: an early fraud warning
POST redeliver         ``{event?}``: deliver one event again, or all that have not arrived
POST thin              ``{event}``: deliver the thin event of the same change to every endpoint
POST retry             make every retry of a delivery due now
POST advance           ``{seconds}``: move the clock
POST reset             forget everything
=====================  ====================================================================
"""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..delivery.chaos import Chaos
from ..wire.calls import Response, encode
from ..wire.errors import ApiError

if TYPE_CHECKING:
    from ..sandbox import Sandbox

Command = Callable[["Sandbox", dict[str, Any]], Any]


def handle(
    sandbox: "Sandbox", method: str, name: str, headers: Mapping[str, str], body: bytes
) -> Response:
    """Answer one control call; ``headers`` have lower-case names."""
    command = COMMANDS.get((method, name))
    if command is None:
        return _answer(404, {"error": f"The sandbox has no command {method} {name}."})
    try:
        given = _read(method, headers, body)
        return _answer(200, command(sandbox, given))
    except ApiError as error:
        return _answer(error.status, {"error": error.error["message"]})
    except (LookupError, TypeError, ValueError) as error:
        return _answer(400, {"error": str(error)})


def _read(method: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    if method == "GET":
        return {}
    if not headers.get("content-type", "").startswith("application/json"):
        raise ValueError("Send a command with Content-Type: application/json.")
    given = json.loads(body or b"{}")
    if not isinstance(given, dict):
        raise ValueError("A command is a JSON object.")
    return given


def _answer(status: int, data: Any) -> Response:
    return Response(status, encode(data), {"Content-Type": "application/json"})


def _deliveries(sandbox: "Sandbox", given: dict[str, Any]) -> Any:
    return {"data": [delivery.as_json() for delivery in list(sandbox.webhooks.log)]}


def _events(sandbox: "Sandbox", given: dict[str, Any]) -> Any:
    return {"data": sandbox.events()}


def _queue(sandbox: "Sandbox", given: dict[str, Any]) -> Any:
    waiting, under_way = sandbox.webhooks.pending()
    return {"waiting": waiting, "under_way": under_way}


def _faults(sandbox: "Sandbox", given: dict[str, Any]) -> Any:
    return {"data": sandbox.faults.waiting()}


def _add_fault(sandbox: "Sandbox", given: dict[str, Any]) -> Any:
    if given.pop("release", False):
        sandbox.faults.clear()
        return {"data": []}
    return sandbox.faults.add(given.pop("kind", ""), **given).as_json()


def _chaos(sandbox: "Sandbox", given: dict[str, Any]) -> Any:
    sandbox.webhooks.set_chaos(Chaos(**given))
    return given


def _settle(sandbox: "Sandbox", given: dict[str, Any]) -> Any:
    return sandbox.settle(given["payment_intent"], given.get("succeed", True))


def _authenticate(sandbox: "Sandbox", given: dict[str, Any]) -> Any:
    return sandbox.authenticate(given["intent"], given.get("succeed", True))


def _disputes(sandbox: "Sandbox", given: dict[str, Any]) -> Any:
    if "dispute" in given:
        return sandbox.close_dispute(given["dispute"], given["outcome"])
    return sandbox.dispute(_paid(given), **given)


def _paid(given: dict[str, Any]) -> str:
    """Take the charge or the payment intent that a command is about."""
    return str(given.pop("charge", None) or given.pop("payment_intent"))


def _refunds(sandbox: "Sandbox", given: dict[str, Any]) -> Any:
    return sandbox.finish_refund(given["refund"], given["status"])


def _payouts(sandbox: "Sandbox", given: dict[str, Any]) -> Any:
    if "payout" in given:
        return sandbox.finish_payout(given["payout"], given.get("outcome", "paid"))
    return sandbox.pay_out(given.get("currency", "usd"))


def _warnings(sandbox: "Sandbox", given: dict[str, Any]) -> Any:
    return sandbox.warn(_paid(given))


def _redeliver(sandbox: "Sandbox", given: dict[str, Any]) -> Any:
    return {"deliveries": sandbox.redeliver(given.get("event"))}


def _thin(sandbox: "Sandbox", given: dict[str, Any]) -> Any:
    return sandbox.send_thin(given["event"])


def _retry(sandbox: "Sandbox", given: dict[str, Any]) -> Any:
    sandbox.webhooks.retry()
    return {}


def _advance(sandbox: "Sandbox", given: dict[str, Any]) -> Any:
    sandbox.advance(float(given["seconds"]))
    return {"now": sandbox.world.now()}


def _reset(sandbox: "Sandbox", given: dict[str, Any]) -> Any:
    sandbox.reset()
    return {}


COMMANDS: dict[tuple[str, str], Command] = {
    ("GET", "deliveries"): _deliveries,
    ("GET", "queue"): _queue,
    ("GET", "events"): _events,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_fault,
    ("POST", "chaos"): _chaos,
    ("POST", "settle"): _settle,
    ("POST", "authenticate"): _authenticate,
    ("POST", "disputes"): _disputes,
    ("POST", "refunds"): _refunds,
    ("POST", "payouts"): _payouts,
    ("POST", "warnings"): _warnings,
    ("POST", "redeliver"): _redeliver,
    ("POST", "thin"): _thin,
    ("POST", "retry"): _retry,
    ("POST", "advance"): _advance,
    ("POST", "reset"): _reset,
}
