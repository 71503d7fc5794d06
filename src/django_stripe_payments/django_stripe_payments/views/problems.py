"""Refusals: a table from error to status and code, and what the customer reads for each code."""

import logging
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, JsonResponse
from django.utils.translation import gettext_lazy as _

from ..exceptions import (
    AmountNotAllowed,
    ConcurrentUpdate,
    ConfigurationError,
    InvalidAmount,
    InvalidMetadata,
    NotOwner,
    PaymentClosed,
    PaymentDenied,
    PaymentMethodDetached,
    PriceMismatch,
    PriceUnavailable,
    StripeCallFailed,
    StripeUnavailable,
    UnknownPaymentType,
)

logger = logging.getLogger(__name__)

#: Error → HTTP status and the code that a client can rely on.
PROBLEMS: dict[type[Exception], tuple[int, str]] = {
    UnknownPaymentType: (400, "unknown_payment_type"),
    PriceMismatch: (400, "price_mismatch"),
    PriceUnavailable: (400, "price_unavailable"),
    AmountNotAllowed: (400, "amount_not_allowed"),
    InvalidAmount: (400, "invalid_amount"),
    InvalidMetadata: (400, "invalid_metadata"),
    PaymentClosed: (400, "payment_closed"),
    PaymentDenied: (403, "payment_denied"),
    NotOwner: (404, "payment_method_not_found"),
    PaymentMethodDetached: (400, "payment_method_removed"),
    Http404: (404, "not_found"),
    ObjectDoesNotExist: (404, "not_found"),
    StripeCallFailed: (502, "stripe_refused"),
    StripeUnavailable: (502, "stripe_unavailable"),
    ConcurrentUpdate: (502, "stripe_unavailable"),
    ConfigurationError: (502, "not_configured"),
}

#: Code → message, where the error's own text is for developers or says too much.
MESSAGES: dict[str, Any] = {
    "unknown_payment_type": _("This item isn't available for purchase."),
    "payment_method_not_found": _("This card isn't one of your saved cards."),
    "payment_method_removed": _("This card was removed. Choose another one."),
    "not_found": _("This item could not be found."),
    "stripe_refused": _("The payment could not be started. You have not been charged."),
    "stripe_unavailable": _("The payment provider isn't responding. Please try again."),
    "not_configured": _("Payments are not set up on this site yet."),
}


def refusal(status: int, code: str, message: str) -> JsonResponse:
    """Return ``{"error": {"code", "message"}}``, the body of every refused JSON request."""
    return JsonResponse({"error": {"code": code, "message": message}}, status=status)


def refusal_for(error: Exception) -> JsonResponse:
    """Return the refusal of an error that is in PROBLEMS."""
    status, code = next(answer for kind, answer in PROBLEMS.items() if isinstance(error, kind))
    message = MESSAGES.get(code, error)
    if status == HTTPStatus.BAD_GATEWAY:
        # The customer gets a general message; the log has the reason, and so has a developer.
        logger.error("Stripe could not be used (%s): %s", code, error)
        message = error if settings.DEBUG else message
    if cause := cause_of(error):
        message = f"{message} ({cause})"
    return refusal(status, code, str(message))


def cause_of(error: Exception) -> str:
    """Return a resolver's error behind a price that is unavailable; "" without DEBUG."""
    cause = error.__cause__
    if not settings.DEBUG or cause is None or not isinstance(error, PriceUnavailable):
        return ""
    return repr(cause)
