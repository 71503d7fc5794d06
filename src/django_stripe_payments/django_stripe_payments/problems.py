"""What pages and the REST API refuse: error → status and code, and what the customer reads.

Both have the same codes, so that a client of one knows those of the other.
"""

import logging
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from .exceptions import (
    AmountNotAllowed,
    ApiVersionNotAllowed,
    ConcurrentUpdate,
    ConfigurationError,
    InvalidAmount,
    InvalidBuyer,
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
    InvalidBuyer: (400, "invalid_buyer"),
    PaymentClosed: (400, "payment_closed"),
    PaymentDenied: (403, "payment_denied"),
    NotOwner: (404, "payment_method_not_found"),
    ApiVersionNotAllowed: (400, "api_version_not_allowed"),
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


def problem_of(error: Exception) -> tuple[int, str, str] | None:
    """Return status, code and message of an error that is in PROBLEMS; None for any other.

    One that only its operator can do something about is logged, and the customer gets a general
    message.
    """
    for kind, (status, code) in PROBLEMS.items():
        if isinstance(error, kind):
            if status == HTTPStatus.BAD_GATEWAY:
                logger.error("Stripe could not be used (%s): %s", code, error)
            return status, code, str(MESSAGES.get(code, error))
    return None
