"""The façade that integrators call. Each method is a function of the room that does the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .customers import customer, methods, setup
from .line_items import Line
from .models import Payment, PaymentMethod
from .payments import cancel, capture, charge, intents
from .refunds import create as refunds
from .refunds import requests

if TYPE_CHECKING:
    import stripe


class StripeService:
    """Everything that a site asks of Stripe. Amounts are Decimals, ints or strs in the major unit.

    A method that writes to Stripe raises TransactionInProgress inside a transaction: a row that
    a rollback removes can't remember that money moved. ``refund_payment`` and ``cancel_payment``
    may be called inside one; they call Stripe after its commit.
    """

    @staticmethod
    def create_payment_intent(
        user: Any,
        amount: Decimal | int | str,
        payment_type: str,
        description: str = "",
        metadata: Mapping[str, Any] | None = None,
        currency: str | None = None,
        *,
        capture_method: str = "automatic",
        save_card: bool = False,
        radar_session: str = "",
        lines: Sequence[Line] = (),
        tax: Decimal | int | str | None = None,
        buyer: Mapping[str, Any] | None = None,
    ) -> tuple[Payment, stripe.PaymentIntent]:
        """Start a payment: return its row and Stripe's intent, with the ``client_secret``.

        Args:
            user: the payer; None or an anonymous user for a guest.
            amount: in the major unit, exact: ``Decimal("25.00")``, never a float.
            payment_type: the site's own name for what is sold; any name, if the server sets it.
            description: what the customer reads; cut to 1,000 characters.
            metadata: plain values; kept on the row and, as text, at Stripe.
            currency: three letters; STRIPE_DEFAULT_CURRENCY if None.
            capture_method: "automatic", or "manual" to reserve the money until
                ``capture_payment`` takes it.
            save_card: save the payment method to charge it again; users only.
            radar_session: what the browser got from ``stripe.createRadarSession()`` ("rse_…").
            lines: what the amount consists of; they must add up to it.
            tax: the part of the amount that is tax; worked out from the lines if left out.
            buyer: {"name", "address": {"line1", "city", "country", …}, "tax_id"}, for documents.

        Raises:
            InvalidAmount, InvalidMetadata, InvalidBuyer: the message says what to pass instead.
            AmountNotAllowed: the amount is outside STRIPE_AMOUNT_LIMITS.
            PaymentDenied: a rule of STRIPE_FRAUD_RULES denies it.
            TransactionInProgress: a transaction is open.
            StripeUnavailable: Stripe did not answer. The payment's row exists: try again with
                ``intents.ensure_intent(payment)``, or start another payment.
            StripeCallFailed: Stripe refused, for example an amount below its minimum.
        """
        payment = intents.create_payment(
            user,
            amount,
            payment_type,
            description,
            metadata,
            currency,
            capture_method=capture_method,
            save_card=save_card,
            lines=lines,
            tax=tax,
            buyer=buyer,
        )
        return payment, intents.ensure_intent(payment, radar_session=radar_session)

    confirm_payment = staticmethod(intents.confirm_payment)
    cancel_payment = staticmethod(cancel.cancel_payment)
    capture_payment = staticmethod(capture.capture_payment)
    charge_saved_method = staticmethod(charge.charge_saved_method)

    get_or_create_customer = staticmethod(customer.get_or_create_customer)
    create_setup_intent = staticmethod(setup.create_setup_intent)
    list_payment_methods = staticmethod(methods.list_methods)

    @staticmethod
    def add_payment_method(user: Any, payment_method_id: str) -> PaymentMethod:
        """Save a payment method ("pm_…") for a user: see ``customers.methods.add_method``."""
        return methods.add_method(user, payment_method_id)

    @staticmethod
    def remove_payment_method(user: Any, method: PaymentMethod | int | str) -> PaymentMethod:
        """Remove a saved method for good: see ``customers.methods.remove_method``."""
        return methods.remove_method(user, method)

    @staticmethod
    def set_default_payment_method(user: Any, method: PaymentMethod | int | str) -> PaymentMethod:
        """Make a saved method the user's default: see ``customers.methods.set_default``."""
        return methods.set_default(user, method)

    refund_payment = staticmethod(refunds.refund_payment)
    request_refund = staticmethod(requests.ask)
    approve_refund_request = staticmethod(requests.approve)
    reject_refund_request = staticmethod(requests.reject)
