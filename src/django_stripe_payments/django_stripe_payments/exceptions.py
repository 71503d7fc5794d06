"""Every error that this app raises on purpose, grouped by room. No ``stripe.*`` error gets out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation

if TYPE_CHECKING:
    from .models import Payment


class StripePaymentsError(Exception):
    """Base class of this app's errors. Do not raise directly.

    ``payment`` is the payment that a charge created before it failed, if there is one.
    """

    payment: Payment | None = None


# Settings and the database


class ConfigurationError(StripePaymentsError, ImproperlyConfigured):
    """A setting is missing or contradicts another."""


class TransactionInProgress(StripePaymentsError, RuntimeError):
    """A call to Stripe was requested inside a database transaction."""


class TransactionRequired(StripePaymentsError, RuntimeError):
    """An event can only be marked as applied inside an ``own_transaction()``."""


class ConcurrentUpdate(StripePaymentsError):
    """Other processes kept changing the row; it is safe to try again."""


# Calls to Stripe


class StripeCallFailed(StripePaymentsError):
    """Stripe refused the call, and repeating it would not help.

    ``code`` and ``decline_code`` are Stripe's own codes, or empty.
    """

    def __init__(self, message: str, *, code: str = "", decline_code: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.decline_code = decline_code


class NotAccessible(StripeCallFailed):
    """Stripe has no such object, or STRIPE_SECRET_KEY may not access it (404 or 403)."""


class CardDeclined(StripeCallFailed):
    """The bank declined the card; the message may be shown to the customer."""


class StripeUnavailable(StripePaymentsError):
    """Stripe could not be reached, or limits our calls; it is safe to try again later."""


class StripeBusy(StripeUnavailable):
    """Stripe's rate limit was reached; nothing was done.

    ``retry_after`` is the number of seconds to wait as Stripe asks; 0 if Stripe does not say.
    """

    def __init__(self, message: str, *, retry_after: int = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutcomeUnknown(StripeUnavailable):
    """The answer was lost, so Stripe may or may not have acted; it is safe to try again."""


class ReplayedFailure(OutcomeUnknown):
    """Stripe repeats its own server error, which it stored under the idempotency key."""


# Amounts, payment types and metadata


class InvalidAmount(StripePaymentsError, ValueError):
    """The amount is a float, not positive, too large, or finer than its currency allows."""


class AmountNotAllowed(InvalidAmount):
    """The amount is outside STRIPE_AMOUNT_LIMITS; the message may be shown to the customer."""


class InvalidMetadata(StripePaymentsError, ValueError):
    """Metadata, type, description or reason is not text, too long, or can't be stored."""


class InvalidBuyer(StripePaymentsError, ValueError):
    """What the buyer gave is incomplete or malformed; the message may be shown to them."""


class UnknownPaymentType(StripePaymentsError, LookupError):
    """No resolver is registered for the payment type that a browser named."""


class PriceUnavailable(StripePaymentsError):
    """The resolver refuses to sell; the message may be shown to the customer."""


class PriceMismatch(StripePaymentsError, ValueError):
    """A browser sent an amount that is not the server's price."""


# Payments


class PaymentNotFound(StripePaymentsError, LookupError):
    """No payment has that id or that payment intent."""


class NoPaymentIntent(StripePaymentsError, LookupError):
    """The payment has no payment intent at Stripe yet."""


class PaymentClosed(StripePaymentsError):
    """The payment succeeded, was canceled or is being processed, so it can't be changed."""


class NotCapturable(StripePaymentsError):
    """No money is reserved: the payment is not authorized, was captured already, or canceled."""


class KeyReused(StripePaymentsError, ValueError):
    """The idempotency key belongs to another charge, with another amount, currency or type."""


class AuthenticationRequired(StripePaymentsError):
    """The bank requires authentication: send the customer to ``payment.authenticate_url``."""


class ReviewRefused(StripePaymentsError):
    """The reason for the review still stands; the message says what it is."""


# Customers and payment methods


class NotOwner(StripePaymentsError, PermissionError):
    """The user has no such payment method, whether or not another user has it."""


class ApiVersionNotAllowed(StripePaymentsError):
    """STRIPE_EPHEMERAL_KEY_VERSIONS does not name the version that an app asks for."""


class PaymentMethodDetached(StripePaymentsError):
    """The payment method was removed and can't be charged."""


class NoPaymentMethod(StripePaymentsError, LookupError):
    """The user has no saved payment method that could be charged."""


# Limits and fraud


class PaymentDenied(StripePaymentsError):
    """A fraud rule denies the payment; the message may be shown to the customer."""


class RateLimited(StripePaymentsError):
    """A user or an address sent too many requests.

    ``retry_after`` is the number of seconds until the next request is accepted.
    """

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


# Refunds and disputes


class RefundExceedsBalance(StripePaymentsError, ValueError):
    """The refund is larger than what was captured and is not refunded yet."""


class RefundNotAllowed(StripePaymentsError):
    """The policy does not allow this refund; the message may be shown to the customer."""


class EvidenceRefused(StripePaymentsError):
    """The dispute accepts no evidence any more, or the evidence is invalid or too large."""


# Webhooks


class WebhookRejected(StripePaymentsError, SuspiciousOperation):
    """The request is not an event that Stripe signed for this endpoint."""


class WebhookNotConfigured(ConfigurationError):
    """No signing secret is set, so no event can be trusted."""


class EndpointOutdated(StripePaymentsError):
    """The endpoint at Stripe has another API version, which Stripe can't change."""


# Facts and receivers


class ReceiverBrokeTransaction(StripePaymentsError, RuntimeError):
    """A receiver hid a database error, or ended the transaction that it runs in."""


class ReplayFailed(StripePaymentsError):
    """A receiver that was to run again is not connected, or failed again."""


# Reconciliation, maintenance and the audit log


class SyncInProgress(StripePaymentsError):
    """Another process is reconciling, or took over this process's run."""


class ErasureRefused(StripePaymentsError):
    """Something that belongs to the user is still in progress; the message says what."""


class NotClosable(StripePaymentsError):
    """The row is finished already, or Stripe has to say how it ends."""


class AuditLogSealed(StripePaymentsError):
    """Entries of the audit log can't be changed or deleted."""


class AuditChainBroken(StripePaymentsError):
    """The chain of the audit log was written to from outside: run ``stripe_audit_verify``."""
