"""The endpoint by which a page starts a payment, or goes on with one."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..customers import methods as payment_methods
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
from ..models import Payment, PaymentMethod
from ..payments import checkout
from .json_api import BadRequest, JsonPage, read_object, refusal

logger = logging.getLogger(__name__)

#: Error → HTTP status and the code that a client can rely on.
ANSWERS: dict[type[Exception], tuple[int, str]] = {
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

#: What the customer reads where the error's own words are for developers, or are none of theirs.
MESSAGES: dict[str, Any] = {
    "unknown_payment_type": lambda: _("This can't be bought here."),
    "payment_method_not_found": lambda: _("This card was not found among your saved ones."),
    "payment_method_removed": lambda: _("This card was removed. Choose another one."),
    "not_found": lambda: _("What you want to pay for was not found."),
    "stripe_refused": lambda: _("The payment could not be started. You have not been charged."),
    "stripe_unavailable": lambda: _("The payment service does not answer. Please try again."),
    "not_configured": lambda: _("Payments are not set up on this site yet."),
}


@dataclass(frozen=True, slots=True)
class IntentRequest:
    """What the browser asks for: a new payment by type and metadata, or an own one by its id."""

    payment_id: str
    payment_type: str
    metadata: Mapping[str, Any]
    amount: Decimal | int | str | None
    radar_session: str = ""
    payment_method: str = ""


class CreateIntentView(JsonPage):
    """POST JSON: ``{"payment_type", "metadata", "amount"?}`` or ``{"payment_id"}``, and with
    either ``"radar_session"`` if the page has one. With ``"payment_method"`` (the id of an own
    saved card) the answer has it as ``"payment_method": "pm_…"``, to be confirmed with.

    Answers ``{"payment_id", "client_secret", "amount" (minor units), "currency", "status",
    "success_url"}``. An ``amount`` (major units) may be sent along; one that differs from the
    server's price is a 400. A refusal is ``{"error": {"code", "message"}}`` with 400, 403 (not
    logged in, or denied), 404, 429 or 502.
    """

    http_method_names = ["post"]
    open_to_guests = True
    rate_limit = "create_intent"
    login_message = gettext_lazy("Please log in to pay.")
    # Whatever a script accepts: no person opens this.
    answers_json = True

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            wanted = parse(request)
            if not (wanted.payment_id or request.user.is_authenticated):
                # A guest's link opens one payment, and starts none.
                return self.handle_no_permission()
            method = self._method(wanted)
            payment, intent = self._start(wanted)
        except BadRequest as error:
            return refusal(400, "bad_request", str(error))
        except tuple(ANSWERS) as error:
            return refuse(error)
        return JsonResponse(
            {
                "payment_id": str(payment.pk),
                "client_secret": intent.client_secret,
                "amount": payment.amount,
                "currency": payment.currency,
                "status": payment.status,
                "success_url": request.build_absolute_uri(
                    self.link(payment.get_absolute_url(), payment)
                ),
                **({"payment_method": method.stripe_id} if method else {}),
            }
        )

    def _method(self, wanted: IntentRequest) -> PaymentMethod | None:
        if not wanted.payment_method:
            return None
        return payment_methods.chargeable_method(self.request.user, wanted.payment_method)

    def _start(self, wanted: IntentRequest) -> tuple[Payment, Any]:
        if wanted.payment_id:
            return checkout.resume(
                self.own_payment(wanted.payment_id), radar_session=wanted.radar_session
            )
        return checkout.start(
            self.request.user,
            wanted.payment_type,
            wanted.metadata,
            wanted.amount,
            radar_session=wanted.radar_session,
        )


def parse(request: HttpRequest) -> IntentRequest:
    """Return what the body asks for; raise BadRequest with words that say what is wrong."""
    data = read_object(request)
    metadata = data.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise BadRequest(_("“metadata” is not a JSON object."))
    return IntentRequest(
        payment_id=_word(data, "payment_id"),
        payment_type=_word(data, "payment_type"),
        metadata=metadata,
        amount=data.get("amount"),
        radar_session=_word(data, "radar_session"),
        payment_method=_word(data, "payment_method"),
    )


def _word(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key) or ""
    if not isinstance(value, str):
        raise BadRequest(_("“%(key)s” is not text.") % {"key": key})
    return value


def refuse(error: Exception) -> JsonResponse:
    """Return the answer to a JSON request for an error that is in ANSWERS."""
    status, code = next(answer for kind, answer in ANSWERS.items() if isinstance(error, kind))
    message = MESSAGES[code]() if code in MESSAGES else str(error)
    if status == HTTPStatus.BAD_GATEWAY:
        # The customer reads general words.
        logger.error("Stripe was of no help (%s): %s", code, error)
    return refusal(status, code, message)
