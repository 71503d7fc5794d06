# ruff: noqa: ARG001 - every handler takes the same arguments
"""The control API at ``/_sandbox/…``: command the sandbox from outside, in JSON.

Commands are POST with ``Content-Type: application/json``, which no page of another origin can
send without asking first; so a website that you happen to visit cannot command your commands.

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
GET clock              ``{now, offset}``: the sandbox's time, and how many seconds it is ahead
POST clock             ``{offset}`` seconds from real time, or ``{now}`` as seconds since 1970;
                       what is due by then happens
POST advance           ``{seconds}``: move the clock forward
POST reset             forget everything
=====================  ====================================================================
"""

import json
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..delivery.chaos import Chaos
from ..wire.calls import Response, encode
from ..wire.errors import ApiError
from .commands import Commands

Command = Callable[[Commands, dict[str, Any]], Any]


def handle(
    commands: Commands, method: str, name: str, headers: Mapping[str, str], body: bytes
) -> Response:
    """Answer one control call; ``headers`` have lower-case names."""
    command = COMMANDS.get((method, name))
    if command is None:
        return _answer(404, {"error": f"The sandbox has no command {method} {name}."})
    try:
        arguments = _read(method, headers, body)
        return _answer(200, command(commands, arguments))
    except ApiError as error:
        return _answer(error.status, {"error": error.error["message"]})
    except (LookupError, TypeError, ValueError) as error:
        return _answer(400, {"error": str(error)})


def _read(method: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    if method == "GET":
        return {}
    if not headers.get("content-type", "").startswith("application/json"):
        raise ValueError("Send a command with Content-Type: application/json.")
    arguments = json.loads(body or b"{}")
    if not isinstance(arguments, dict):
        raise ValueError("A command is a JSON object.")
    return arguments


def _answer(status: int, data: Any) -> Response:
    return Response(status, encode(data), {"Content-Type": "application/json"})


def _deliveries(commands: Commands, arguments: dict[str, Any]) -> Any:
    return {"data": [delivery.as_json() for delivery in list(commands.webhooks.log)]}


def _events(commands: Commands, arguments: dict[str, Any]) -> Any:
    return {"data": commands.events()}


def _queue(commands: Commands, arguments: dict[str, Any]) -> Any:
    waiting, under_way = commands.webhooks.pending()
    return {"waiting": waiting, "under_way": under_way}


def _faults(commands: Commands, arguments: dict[str, Any]) -> Any:
    return {"data": commands.faults.waiting()}


def _add_fault(commands: Commands, arguments: dict[str, Any]) -> Any:
    if arguments.pop("release", False):
        commands.faults.clear()
        return {"data": []}
    return commands.faults.add(arguments.pop("kind", ""), **arguments).as_json()


def _chaos(commands: Commands, arguments: dict[str, Any]) -> Any:
    commands.webhooks.set_chaos(Chaos(**arguments))
    return arguments


def _settle(commands: Commands, arguments: dict[str, Any]) -> Any:
    return commands.settle(arguments["payment_intent"], arguments.get("succeed", True))


def _authenticate(commands: Commands, arguments: dict[str, Any]) -> Any:
    return commands.authenticate(arguments["intent"], arguments.get("succeed", True))


def _disputes(commands: Commands, arguments: dict[str, Any]) -> Any:
    if "dispute" in arguments:
        return commands.close_dispute(arguments["dispute"], arguments["outcome"])
    return commands.dispute(_paid(arguments), **arguments)


def _paid(arguments: dict[str, Any]) -> str:
    """Take the charge or the payment intent that a command is about."""
    return str(arguments.pop("charge", None) or arguments.pop("payment_intent"))


def _refunds(commands: Commands, arguments: dict[str, Any]) -> Any:
    return commands.finish_refund(arguments["refund"], arguments["status"])


def _payouts(commands: Commands, arguments: dict[str, Any]) -> Any:
    if "payout" in arguments:
        return commands.finish_payout(arguments["payout"], arguments.get("outcome", "paid"))
    return commands.pay_out(arguments.get("currency", "usd"))


def _warnings(commands: Commands, arguments: dict[str, Any]) -> Any:
    return commands.warn(_paid(arguments))


def _redeliver(commands: Commands, arguments: dict[str, Any]) -> Any:
    return {"deliveries": commands.redeliver(arguments.get("event"))}


def _thin(commands: Commands, arguments: dict[str, Any]) -> Any:
    return commands.send_thin(arguments["event"])


def _retry(commands: Commands, arguments: dict[str, Any]) -> Any:
    commands.webhooks.retry()
    return {}


def _clock(commands: Commands, arguments: dict[str, Any]) -> Any:
    return {"now": commands.world.now(), "offset": commands.world.clock.offset}


def _set_clock(commands: Commands, arguments: dict[str, Any]) -> Any:
    if "now" in arguments:
        commands.set_clock(_finite(arguments["now"]) - time.time())
    else:
        commands.set_clock(_finite(arguments["offset"]))
    return _clock(commands, arguments)


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("The clock needs a finite number of seconds.")
    return number


def _advance(commands: Commands, arguments: dict[str, Any]) -> Any:
    commands.advance(_finite(arguments["seconds"]))
    return _clock(commands, arguments)


def _reset(commands: Commands, arguments: dict[str, Any]) -> Any:
    commands.reset()
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
    ("GET", "clock"): _clock,
    ("POST", "clock"): _set_clock,
    ("POST", "advance"): _advance,
    ("POST", "reset"): _reset,
}
