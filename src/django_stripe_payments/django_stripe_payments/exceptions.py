"""Every error that this app raises on purpose. Callers never see ``stripe.*`` errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation

if TYPE_CHECKING:
    from .models import Payment


class StripePaymentsError(Exception):
    """Base class of this app's errors. Do not raise directly.

    ``payment`` is the payment that a charge made before it failed, where there is one.
    """

    payment: Payment | None = None


class ConfigurationError(StripePaymentsError, ImproperlyConfigured):
    """A setting is missing or contradicts another."""


class TransactionInProgress(StripePaymentsError, RuntimeError):
    """A call to Stripe was asked for inside a database transaction."""


class InvalidAmount(StripePaymentsError, ValueError):
    """The amount is a float, not positive, too large, or finer than its currency allows."""


class AmountNotAllowed(InvalidAmount):
    """The amount is outside STRIPE_AMOUNT_LIMITS; its message is shown to the customer."""


class InvalidMetadata(StripePaymentsError, ValueError):
    """The metadata does not fit Stripe's limits."""


class UnknownPaymentType(StripePaymentsError, LookupError):
    """No resolver is registered for the payment type that a browser named."""


class PriceUnavailable(StripePaymentsError):
    """The resolver refuses to sell; its message is shown to the customer."""


class PriceMismatch(StripePaymentsError, ValueError):
    """A browser named another amount than the server's price."""


class PaymentNotFound(StripePaymentsError, LookupError):
    """No payment has that id or that payment intent."""


class NoPaymentIntent(StripePaymentsError, LookupError):
    """The payment has no payment intent at Stripe yet."""


class PaymentClosed(StripePaymentsError):
    """The payment succeeded or was canceled, so that nothing more can be done with it."""


class StripeCallFailed(StripePaymentsError):
    """Stripe refused the call for good.

    ``code`` and ``decline_code`` are Stripe's own words, or empty.
    """

    def __init__(self, message: str, *, code: str = "", decline_code: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.decline_code = decline_code


class CardDeclined(StripeCallFailed):
    """The bank declined the card; the message may be shown to the customer."""


class StripeUnavailable(StripePaymentsError):
    """Stripe could not be reached or is limiting us; asking again later is safe."""


class StripeBusy(StripeUnavailable):
    """Stripe limits how often this account may ask; nothing was done.

    ``retry_after`` is the number of seconds that Stripe wants to be left alone; 0 where it does
    not say.
    """

    def __init__(self, message: str, *, retry_after: int = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SyncInProgress(StripePaymentsError):
    """Another process reconciles at this moment, or took over the run of this one."""


class OutcomeUnknown(StripeUnavailable):
    """The answer was lost, so that Stripe may or may not have done it; asking again is safe."""


class ReceiverBrokeTransaction(StripePaymentsError, RuntimeError):
    """A receiver swallowed a database error or ended the transaction that it runs in."""


class ReplayFailed(StripePaymentsError):
    """A receiver that was to run again is not connected, or failed again."""


class RefundExceedsBalance(StripePaymentsError, ValueError):
    """The refund is larger than what was captured and not refunded yet."""


class RefundNotAllowed(StripePaymentsError):
    """The policy does not allow this refund; its message is shown to the customer."""


class NotCapturable(StripePaymentsError):
    """Nothing is reserved that could be captured: not paid yet, captured before, or canceled."""


class NotOwner(StripePaymentsError, PermissionError):
    """The user has no such payment method; another's is as absent as one that is not there."""


class PaymentMethodDetached(StripePaymentsError):
    """The payment method was removed and can't be charged."""


class NoPaymentMethod(StripePaymentsError, LookupError):
    """The user has no saved payment method to charge."""


class KeyReused(StripePaymentsError, ValueError):
    """The idempotency key names another charge: of another amount, currency or type."""


class AuthenticationRequired(StripePaymentsError):
    """The bank wants the customer to authenticate: send them to ``payment.authenticate_url``."""


class EvidenceRefused(StripePaymentsError):
    """The dispute takes no evidence: it was submitted already, is closed, or too large."""


class PaymentDenied(StripePaymentsError):
    """A fraud rule denies the payment; its message is shown to the customer."""


class ReviewRefused(StripePaymentsError):
    """What a person was to look at is still so; its message says what."""


class RateLimited(StripePaymentsError):
    """Too many requests from one user or address.

    ``retry_after`` is the number of seconds until the next one is welcome.
    """

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class AuditLogSealed(StripePaymentsError):
    """Entries of the audit log are neither changed nor deleted."""


class AuditChainBroken(StripePaymentsError):
    """Somebody wrote to the chain of the audit log: ``stripe_audit_verify`` says where."""


class ReplayedFailure(OutcomeUnknown):
    """Stripe repeats an error of its own that it stored under the idempotency key."""


class ErasureRefused(StripePaymentsError):
    """Something of the user's is still under way; its message says what."""


class EndpointOutdated(StripePaymentsError):
    """The endpoint at Stripe has another API version, and Stripe does not change that."""


class WebhookRejected(StripePaymentsError, SuspiciousOperation):
    """The request is not an event that Stripe signed for this endpoint."""


class WebhookNotConfigured(ConfigurationError):
    """No signing secret is set, so that no event can be trusted."""


class ConcurrentUpdate(StripePaymentsError):
    """Another process kept changing the row; asking again is safe."""
