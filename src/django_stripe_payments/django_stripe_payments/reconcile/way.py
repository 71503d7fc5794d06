"""What is known of a kind of call: how to make it again, and how to find what it made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..models import ApiOperation, Customer, Dispute, Payment, PaymentMethod, Refund, SetupIntent
from ..payments import intents
from ..stripe_api import operations

Find = Callable[[ApiOperation], Any]

MODELS = (Customer, Dispute, Payment, PaymentMethod, Refund, SetupIntent)


@dataclass(frozen=True, slots=True)
class Way:
    """How one kind of call is resolved. Without ``call`` it is only looked up."""

    call: operations.Call[Any] | None
    find: Find
    #: Brings our rows up to date with what was found.
    settle: Callable[[Any], object] = bool


def row_of(operation: ApiOperation) -> Any:
    """Return the row that an operation is for."""
    label, _, key = operation.target.partition(":")
    model = next(model for model in MODELS if model._meta.model_name == label)
    return model._default_manager.get(pk=key)


def in_status(payment: Payment, status: str) -> Find:
    def find(_operation: ApiOperation) -> Any:
        intent = intents.retrieve_intent(str(payment.stripe_id))
        return intent if intent.status == status else None

    return find
