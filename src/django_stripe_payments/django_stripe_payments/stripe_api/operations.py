"""Every kind of write to Stripe, declared once: how it is made, found again and settled.

A service declares an operation and performs it (see ``calls``); the reconciliation finishes what
was interrupted, by the same declaration::

    RENAME = operations.register(
        operations.Operation(
            kind="shop.rename_customer",
            model=Customer,
            call=lambda customer, params, options: ...,  # make the call
            find=lambda customer, attempt: ...,  # look up what it did
            settle=lambda customer, result: ...,  # write it here
        )
    )
    calls.perform(RENAME, customer, {"name": "Ada"})

An app registers its operations in the ``ready()`` of its config, by importing the modules that
declare them. Kinds that no installed app declares are left alone, and reported for review.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from django.db import models

from ..exceptions import StripeCallFailed
from ..models import ApiOperation

if TYPE_CHECKING:
    import stripe

Target = TypeVar("Target", bound="models.Model | str")
Result = TypeVar("Result", bound="stripe.StripeObject")
Settled = TypeVar("Settled")


class Resolution(Enum):
    """How the outcome of a call is learned after its answer was lost."""

    #: Only look it up: repeating the call would be too late, or of no use.
    LOOK_UP = "look up"
    #: Repeat the call while Stripe knows its key, and look it up afterwards.
    ASK_AGAIN = "ask again"
    #: It is still wanted: finish it, with a new key if Stripe did not do it under the old one.
    FINISH = "finish"


def always(resolution: Resolution) -> Callable[[Any, ApiOperation], Resolution]:
    """Return a ``resolution`` for operations that are always resolved in the same way."""
    return lambda _target, _attempt: resolution


_ask_again = always(Resolution.ASK_AGAIN)


def _leave(_target: Any, _error: StripeCallFailed) -> None:
    """Write nothing after a refusal."""


# No slots: on Python 3.11, Operation[...](...) of a frozen class with slots raises a TypeError.
@dataclass(frozen=True, kw_only=True)
class Operation(Generic[Target, Result, Settled]):
    """One kind of write to Stripe. All callables get the row or the Stripe id it is made for.

    Attributes:
        kind: its unique name, "<object>.<verb>", without spaces.
        model: the model of the rows that it is made for; None if these are Stripe ids.
        call: makes the call, from the parameters and the SDK's request options.
        find: looks up what a call has done; None if it has done nothing.
        settle: writes here what Stripe did. It may run more than once for the same call.
        refused: writes here what a refusal of the call means.
        resolution: how a lost answer is learned, for this target and attempt.
        retry_refused: whether a call that Stripe refused may be made again. False where the
            refusal has consequences, and a second process must not succeed after all.
        duplicate_is_harmless: whether a second object costs no money, so that a key that keeps
            returning an error of Stripe's own may be replaced by a new one.
    """

    kind: str
    call: Callable[[Target, Any, Any], Result]
    find: Callable[[Target, ApiOperation], Result | None]
    settle: Callable[[Target, Result], Settled]
    model: type[models.Model] | None = None
    refused: Callable[[Target, StripeCallFailed], object] = _leave
    resolution: Callable[[Target, ApiOperation], Resolution] = _ask_again
    retry_refused: bool = True
    duplicate_is_harmless: bool = False

    def target_of(self, attempt: ApiOperation) -> Target:
        """Return what an attempt was made for. Raises the model's DoesNotExist."""
        if self.model is None:
            return cast("Target", attempt.target)
        key = attempt.target.partition(":")[2]
        return cast("Target", self.model._default_manager.get(pk=key))


_registry: dict[str, Operation[Any, Any, Any]] = {}


def register(
    operation: Operation[Target, Result, Settled],
) -> Operation[Target, Result, Settled]:
    """Add an operation to those that the reconciliation resolves, and return it.

    Raises ValueError if another one has its kind.
    """
    if _registry.setdefault(operation.kind, operation) is not operation:
        msg = f"Another operation is registered as {operation.kind!r}."
        raise ValueError(msg)
    return operation


def unregister(operation: Operation[Any, Any, Any]) -> None:
    """Remove an operation, for example at the end of a test."""
    _registry.pop(operation.kind, None)


def registered() -> Mapping[str, Operation[Any, Any, Any]]:
    """Return the registered operations by kind."""
    return dict(_registry)


def declaration_of(attempt: ApiOperation) -> Operation[Any, Any, Any] | None:
    """Return the operation of an attempt; None if no installed app declares it."""
    return _registry.get(attempt.kind.partition(" ")[0])
