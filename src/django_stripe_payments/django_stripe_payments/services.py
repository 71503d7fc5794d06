"""The façade that integrators call. Each method hands over to the module named for the work."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from .customers import customer as customers
from .customers import methods as payment_methods
from .customers import setup as setup_intents
from .models import Customer, Payment, PaymentMethod, Refund, RefundRequest, SetupIntent
from .payments import cancel, capture, intents
from .payments import charge as off_session
from .refunds import create as refund_create
from .refunds import requests as refund_requests

if TYPE_CHECKING:
    import stripe


class StripeService:
    """Everything a site asks of Stripe. Amounts are Decimals, ints or strs in the major unit.

    What writes to Stripe refuses to run inside a transaction (TransactionInProgress): a row
    that a rollback takes away can't remember that money moved. Only what a transaction may put
    off until it commits says so.
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
        radar_session: str = "",
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
            radar_session: what the browser got by ``stripe.createRadarSession()`` ("rse_…").

        Raises:
            InvalidAmount, InvalidMetadata: with a message that says what to give instead.
            AmountNotAllowed: the amount is outside STRIPE_AMOUNT_LIMITS.
            PaymentDenied: a rule of STRIPE_FRAUD_RULES denies it.
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
        intent = intents.ensure_intent(payment, radar_session=radar_session)
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

        It may be called inside a transaction: Stripe is asked after its commit.
        """
        return refund_create.refund_payment(
            payment, amount, reason, requested_by=requested_by, key=key
        )

    @staticmethod
    def cancel_payment(reference: Payment | UUID | str, reason: str = "") -> Payment:
        """Cancel a payment that was not paid; money that it reserved is released.

        It may be called inside a transaction: Stripe is asked after its commit. What Stripe does
        not answer is asked again by the reconciler. Raises PaymentClosed if it succeeded (refund
        it instead), or the bank is working on it.
        """
        return cancel.cancel_payment(reference, reason)

    @staticmethod
    def capture_payment(
        reference: Payment | UUID | str, amount: Decimal | int | str | None = None
    ) -> Payment:
        """Take the money that a payment with manual capture reserved; the rest is released.

        ``amount`` is in the major unit; None for all of it. Raises NotCapturable, and
        InvalidAmount for more than was reserved.
        """
        return capture.capture_payment(reference, amount)

    @staticmethod
    def charge_saved_method(
        user: Any,
        amount: Decimal | int | str,
        payment_type: str,
        method: PaymentMethod | int | str | None = None,
        description: str = "",
        metadata: Mapping[str, Any] | None = None,
        currency: str | None = None,
        *,
        idempotency_key: str = "",
        capture_method: str = "automatic",
    ) -> Payment:
        """Charge a saved card while its owner is away, and return the payment.

        Args:
            method: the user's own one; None for the default, or the one that was saved last.
            idempotency_key: your own name for this charge, for example "membership-2026-11".
                Asking again with the same one, after an error or at the same moment, is the
                same payment; without one it is another payment, and charges again.

        Raises:
            CardDeclined: the bank declined. Asking again with the same key tries again.
            AuthenticationRequired: the bank wants the customer: send them to
                ``error.payment.authenticate_url``.
            NotOwner, PaymentMethodDetached, NoPaymentMethod: there is nothing to charge.
            KeyReused: the key names a charge of another amount, currency or type.
            OutcomeUnknown, StripeUnavailable: ask again with the same key.
            And what ``create_payment_intent`` raises. Where a payment was made, the error
            carries it as ``payment``.
        """
        return off_session.charge(
            user,
            amount,
            payment_type,
            method,
            idempotency_key=idempotency_key,
            currency=currency,
            description=description,
            metadata=metadata,
            capture_method=capture_method,
        )

    @staticmethod
    def create_setup_intent(user: Any) -> tuple[SetupIntent, stripe.SetupIntent]:
        """Start to save a card without charging it: return a row and Stripe's setup intent."""
        return setup_intents.create_setup_intent(user)

    @staticmethod
    def add_payment_method(user: Any, payment_method_id: str) -> PaymentMethod:
        """Save a method ("pm_…") to the user's customer; the first one becomes the default.

        A card that is saved already stays one row. Raises NotOwner and CardDeclined.
        """
        return payment_methods.add_method(user, payment_method_id)

    @staticmethod
    def remove_payment_method(user: Any, method: PaymentMethod | int | str) -> PaymentMethod:
        """Remove a saved method, here and at Stripe, for good. Raises NotOwner."""
        return payment_methods.remove_method(user, method)

    @staticmethod
    def list_payment_methods(user: Any) -> list[PaymentMethod]:
        """Return the user's saved methods: the default first, then the newest."""
        return payment_methods.list_methods(user)

    @staticmethod
    def set_default_payment_method(user: Any, method: PaymentMethod | int | str) -> PaymentMethod:
        """Make a saved method the user's default, here and at Stripe.

        Raises NotOwner and PaymentMethodDetached.
        """
        return payment_methods.set_default(user, method)

    @staticmethod
    def request_refund(
        user: Any,
        payment: Payment | UUID | str,
        amount: Decimal | int | str | None = None,
        message: str = "",
    ) -> RefundRequest:
        """Ask for a refund on behalf of a customer: see ``refund_requests.ask``."""
        return refund_requests.ask(user, payment, amount, message)

    @staticmethod
    def approve_refund_request(request: RefundRequest, by: Any, note: str = "") -> RefundRequest:
        """Make the refund that a customer asked for: see ``refund_requests.approve``."""
        return refund_requests.approve(request, by, note)

    @staticmethod
    def reject_refund_request(request: RefundRequest, by: Any, note: str = "") -> RefundRequest:
        """Refuse what a customer asked for: see ``refund_requests.reject``."""
        return refund_requests.reject(request, by, note)
