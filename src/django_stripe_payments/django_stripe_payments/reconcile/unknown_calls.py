"""Calls of ours whose answer was lost: asked again, or looked up where that is too late."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..customers import customer as customers
from ..customers import setup as setup_intents
from ..exceptions import OutcomeUnknown, PaymentClosed, StripeCallFailed
from ..models import ApiOperation, Customer, Payment, Refund, SetupIntent
from ..payments import apply as payment_apply
from ..payments import capture, intents
from ..refunds import execute as refund_execute
from ..stripe_api import operations
from ..stripe_api.client import get_client, translated_errors
from . import unknown_cards
from .sync import Sync
from .way import Way, in_status, row_of

#: Statuses of an intent that nobody has confirmed, or whose card was declined.
UNCONFIRMED = ("requires_payment_method", "requires_confirmation")


def resolve_all(sync: Sync) -> None:
    """Resolve every call of which nobody knows how it ended; then what never had an answer."""
    for operation in sync.rows(operations.unresolved()):
        sync.count("operation", "unknown")
        about = str(operation)
        sync.repair("operation", str(operation.pk), "unknown", _mend(operation), detail=about)
    # A refund may be reserved and its call not even begun.
    list(refund_execute.finish_left_behind())


def _mend(found_operation: ApiOperation) -> Callable[[], str]:
    def mend() -> str:
        operation = operations.unresolved().filter(pk=found_operation.pk).first()
        if operation is None:  # somebody came back to it
            return ""
        way_of = next((WAYS[kind] for kind in WAYS if re.fullmatch(kind, operation.kind)), None)
        if way_of is None:
            return f"{operation} is no call of this app's: see to it by hand."
        try:
            way = way_of(operation)
            found = operations.resolve(operation, way.call, way.find)
        except OutcomeUnknown:
            return f"{operation} has no answer yet; the next run asks again."
        except StripeCallFailed as error:
            operation.refresh_from_db()
            # A refusal of the call is an outcome; one of looking the object up is none.
            return "" if operation.status == ApiOperation.Status.FAILED else str(error)
        if found is not None:
            way.settle(found)
        return ""

    return mend


def _customer(operation: ApiOperation) -> Way:
    row: Customer = row_of(operation)
    call = None if row.stripe_id else customers.create_at_stripe
    return Way(call, customers.find_at_stripe, lambda found: customers.adopt(row, found))


def _intent(operation: ApiOperation) -> Way:
    payment: Payment = row_of(operation)

    def settle(found: Any) -> None:
        intents.adopt(payment, found)
        _apply(payment, found)

    # An intent for a payment that is over, or that has one, would be an orphan.
    needed = not payment.stripe_id and not payment.is_final
    return Way(intents.create_at_stripe if needed else None, intents.find_at_stripe, settle)


def _setup_intent(operation: ApiOperation) -> Way:
    row: SetupIntent = row_of(operation)
    call = None if row.stripe_id else setup_intents.create_at_stripe
    find = setup_intents.find_at_stripe
    return Way(call, find, lambda found: setup_intents.adopt(row, found))


def _refund(operation: ApiOperation) -> Way:
    refund: Refund = row_of(operation)

    def find(_operation: ApiOperation) -> Any:
        refund_execute.execute(refund)
        refund.refresh_from_db()
        with translated_errors():
            return get_client().v1.refunds.retrieve(refund.stripe_id) if refund.stripe_id else None

    return Way(None, find)


def _cancel(operation: ApiOperation) -> Way:
    payment: Payment = row_of(operation)
    service: Any = get_client().v1.payment_intents
    was_not_asked = operation.status == ApiOperation.Status.PENDING
    is_outdated = was_not_asked and capture.was_reserved_since(operation.created_at, payment)

    def find(operation: ApiOperation) -> Any:
        if was_not_asked and not is_outdated:
            with suppress(PaymentClosed):
                capture.cancel_payment(payment)
        return in_status(payment, "canceled")(operation)

    def call(params: dict[str, Any], options: Any) -> Any:
        return service.cancel(str(payment.stripe_id), params, options)

    return Way(None if is_outdated else call, find, lambda found: _apply(payment, found))


def _cancel_orphan(operation: ApiOperation) -> Way:
    """The cancellation of an intent that has no payment: it is its own target."""
    service: Any = get_client().v1.payment_intents

    def find(_operation: ApiOperation) -> Any:
        intent = intents.retrieve_intent(operation.target)
        return intent if intent.status == "canceled" else None

    return Way(lambda params, options: service.cancel(operation.target, params, options), find)


def _capture(operation: ApiOperation) -> Way:
    payment: Payment = row_of(operation)
    service: Any = get_client().v1.payment_intents
    return Way(
        lambda params, options: service.capture(str(payment.stripe_id), params, options),
        in_status(payment, "succeeded"),
        lambda found: _apply(payment, found),
    )


def _confirm(operation: ApiOperation) -> Way:
    payment: Payment = row_of(operation)

    def find(_operation: ApiOperation) -> Any:
        intent = intents.retrieve_intent(str(payment.stripe_id))
        return None if intent.status in UNCONFIRMED else intent

    # Never asked again: nobody waits for this charge any more, and the intent itself tells.
    return Way(None, find, lambda found: _apply(payment, found))


def _apply(payment: Payment, found: Any) -> None:
    payment.refresh_from_db()
    if payment.stripe_id == found["id"]:
        payment_apply.apply_intent(payment, news=found.to_dict())


def _evidence(operation: ApiOperation) -> Way:
    def find(_operation: ApiOperation) -> Any:
        with translated_errors():
            found = get_client().v1.disputes.retrieve(operation.params["dispute"])
        return found if found.evidence_details.submission_count else None

    # Evidence is taken once, and a person may have gone on writing: they submit it again.
    return Way(None, find)


#: Kind of operation, as a regular expression → the way to resolve it.
WAYS: dict[str, Callable[[ApiOperation], Way]] = {
    r"customer\.create": _customer,
    r"customer\.set_default": unknown_cards.default,
    r"payment_intent\.create": _intent,
    r"payment_intent\.confirm": _confirm,
    r"payment_intent\.cancel": _cancel,
    r"payment_intent\.cancel_orphan": _cancel_orphan,
    r"payment_intent\.capture": _capture,
    r"payment_method\.(attach|detach|renew .*)": unknown_cards.method,
    r"refund\.create": _refund,
    r"setup_intent\.create": _setup_intent,
    r"dispute\.submit": _evidence,
}
