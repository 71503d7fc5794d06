"""The ways to resolve calls about saved cards whose answer was lost."""

from __future__ import annotations

from typing import Any

from ..customers import apply as method_apply
from ..models import ApiOperation, Customer, PaymentMethod
from ..stripe_api.client import get_client, translated_errors
from .way import Way, row_of


def method(operation: ApiOperation) -> Way:
    """A saved card that was attached, detached or renewed: what it is now is what was done."""
    stripe_id = operation.target
    if stripe_id.startswith(f"{PaymentMethod._meta.model_name}:"):
        stripe_id = row_of(operation).stripe_id
    service = get_client().v1.payment_methods
    verb = operation.kind.split()[0].rpartition(".")[2]
    calls: dict[str, Any] = {
        "attach": service.attach,
        "detach": service.detach,
        "renew": service.update,
    }

    def find(_operation: ApiOperation) -> Any:
        with translated_errors():
            method = service.retrieve(stripe_id)
        wanted = operation.params.get("customer")
        as_wanted = {
            "attach": method.customer == wanted,
            "detach": not method.customer,
            "renew": bool(method.card) and _expires(method.card) == operation.params.get("card"),
        }
        return method if as_wanted[verb] else None

    return Way(
        lambda params, options: calls[verb](stripe_id, params, options),
        find,
        lambda _found: method_apply.mirror_method(stripe_id),
    )


def _expires(card: Any) -> dict[str, int]:
    return {"exp_year": card.exp_year, "exp_month": card.exp_month}


def default(operation: ApiOperation) -> Way:
    customer: Customer = row_of(operation)
    service = get_client().v1.customers
    wanted = operation.params["invoice_settings"]["default_payment_method"]

    def find(_operation: ApiOperation) -> Any:
        with translated_errors():
            theirs = service.retrieve(str(customer.stripe_id))
        return theirs if method_apply.default_of(theirs.to_dict()) == wanted else None

    # Never asked again: it would undo what the customer has chosen since.
    return Way(None, find, lambda _found: method_apply.mirror_default(customer))
