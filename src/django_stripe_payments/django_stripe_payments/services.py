"""The façade that integrators call. Each method hands over to the module named for the work."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from . import customers, intents, refunds
from .models import Customer, Payment, Refund

if TYPE_CHECKING:
    import stripe


class StripeService:
    """Everything a site asks of Stripe. Amounts are Decimals, ints or strs in the major unit.

    What writes to Stripe refuses to run inside a transaction (TransactionInProgress): a row
    that a rollback takes away can't remember that money moved.
    """

    @staticmethod
    def get_or_create_customer(user: Any) -> Customer:
        """Return the user's customer, made at Stripe if there is none yet."""
        return customers.get_or_create_customer(user)

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
    ) -> tuple[Payment, stripe.PaymentIntent]:
        """Start a payment: return its row and Stripe's intent, with the ``client_secret``.

        Args:
            user: who pays; None or an anonymous user for a guest.
            amount: in the major unit, exact: ``Decimal("25.00")``, never a float.
            payment_type: the site's own word for what is bought; free on the server's side.
            description: what the customer reads, at most 1,000 characters.
            metadata: plain values; kept on the row and, as text, at Stripe.
            currency: three letters; STRIPE_DEFAULT_CURRENCY where None.
            capture_method: "automatic", or "manual" to reserve the money until
                ``capture_payment`` takes it.
            save_card: keep what is paid with, to be charged again; only for a user.

        Raises:
            InvalidAmount, InvalidMetadata: with a message that says what to give instead.
            TransactionInProgress: a transaction is open.
            StripeUnavailable: Stripe did not answer. The payment's row exists; ask again by
                ``intents.ensure_intent(payment)`` or start another payment.
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
        )
        intent = intents.ensure_intent(payment)
        return payment, intent

    @staticmethod
    def confirm_payment(reference: Payment | UUID | str) -> Payment:
        """Ask Stripe how a payment stands, apply the answer, announce what became true."""
        return intents.confirm_payment(reference)

    @staticmethod
    def refund_payment(
        payment: Payment | UUID | str,
        amount: Decimal | int | str | None = None,
        reason: str = "",
        *,
        requested_by: Any = None,
        key: UUID | None = None,
    ) -> Refund:
        """Give money back, all that is left or a part: see ``refunds.refund_payment``.

        Unlike the rest it may be called inside a transaction: Stripe is asked after its commit.
        """
        return refunds.refund_payment(payment, amount, reason, requested_by=requested_by, key=key)
