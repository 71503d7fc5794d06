"""Routes of payments: start, read, resume and cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from .. import payment_types
from ..conf import settings
from ..customers import methods
from ..database import pages
from ..models import Payment
from ..payments import cancel, checkout, intents
from ..payments.arguments import MAX_TYPE
from . import cursors, sheets
from .base import ApiView
from .documentation import document
from .idempotency import key_of, once
from .problems import InvalidParameter
from .serializers import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    ConfigSerializer,
    NewPaymentSerializer,
    PageSerializer,
    PaymentSerializer,
    PaymentToConfirmSerializer,
    ResumeSerializer,
    payment,
)

if TYPE_CHECKING:
    import stripe

QUERY: dict[str, Any] = {
    "status": {"type": "string", "enum": Payment.Status.values},
    "payment_type": {"type": "string"},
    "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    "cursor": {"type": "string", "description": "A value of next or previous from another page."},
}

#: Refusals of starting or resuming a payment, in addition to those of every route.
REFUSALS = {
    400: "Invalid body, or the item is not sold at this price: see code.",
    403: "No credentials, or a fraud rule denies the payment (payment_denied).",
    404: "The item, the payment or the saved method does not exist.",
    502: "Stripe refused or does not answer; repeating with the same key is safe.",
}
KEYS = {
    409: "The first request with this Idempotency-Key is not finished.",
    422: "The Idempotency-Key was used with another body.",
}


class Config(ApiView):
    """What a client needs first."""

    @document("getConfig", answers=ConfigSerializer)
    def get(self, request: Request) -> Response:
        """Return the publishable key, the currency and the payment types."""
        return Response(
            {
                "publishable_key": settings.STRIPE_PUBLIC_KEY,
                "default_currency": settings.STRIPE_DEFAULT_CURRENCY,
                "payment_types": [_type(name) for name in payment_types.registered()],
            }
        )


class ToConfirm(ApiView):
    """Routes that answer with what the client confirms."""

    rate_limit = "create_intent"

    def stripe_method(self, asked: dict[str, Any]) -> str | None:
        """Return Stripe's id of the saved method that the client names. Raises NotOwner."""
        if "payment_method" not in asked:
            return None
        method = methods.chargeable_method(self.request.user, asked["payment_method"])
        return method.stripe_id

    def to_confirm(
        self,
        shown: dict[str, Any],
        intent: stripe.PaymentIntent,
        stripe_method: str | None,
        asked: dict[str, Any],
    ) -> dict[str, Any]:
        """Return what PaymentToConfirmSerializer declares."""
        return {
            "payment": shown,
            "client_secret": intent.client_secret,
            "payment_method": stripe_method,
            "sheet": sheets.sheet(self.request, asked, intent),
        }


class Payments(ToConfirm):
    """The user's payments."""

    @document("listPayments", answers=PageSerializer, query=QUERY)
    def get(self, request: Request) -> Response:
        """Return a page of the user's payments, newest first."""
        query, user = request.query_params, request.user
        own = _narrowed(Payment.objects.filter(user=user), query)
        cursor = query.get("cursor", "")
        page = pages.page(
            own.prefetch_related("charges"),
            _limit(query.get("limit")),
            **(cursors.position(cursor, Payment) if cursor else {}),
        )
        return Response(
            {
                "results": [payment(row) for row in page.rows],
                "next": cursors.older(page),
                "previous": cursors.newer(page),
            }
        )

    @document(
        "createPayment",
        body=NewPaymentSerializer,
        answers=PaymentToConfirmSerializer,
        status=201,
        is_idempotent=True,
        problems={**REFUSALS, **KEYS},
    )
    def post(self, request: Request) -> Response:
        """Start a payment at the server's price, or resume an unfinished one for the same thing."""
        asked = self.checked(NewPaymentSerializer)
        key_of(request)  # before anything is looked up
        sheets.check(asked)
        stripe_method = self.stripe_method(asked)

        def work(_key: UUID) -> dict[str, Any]:
            started, _intent = checkout.start(
                request.user,
                asked["payment_type"],
                asked.get("metadata", {}),
                asked.get("amount"),
            )
            return payment(started)

        answer, _is_replay = once(request, "payments", work)
        # Fetched from Stripe, because its secret is stored nowhere.
        intent = intents.retrieve_intent(self.own_payment(answer["id"]).intent_id)
        return Response(self.to_confirm(answer, intent, stripe_method, asked), status=201)


class OnePayment(ApiView):
    """One payment; another user's is a 404."""

    read_limit = "status"

    @document(
        "getPayment",
        answers=PaymentSerializer,
        has_id=True,
        unchanged=True,
        problems={502: REFUSALS[502]},
    )
    def get(self, request: Request, payment_id: str) -> Response:
        """Return the current payment. While it is unfinished, Stripe is asked.

        This, and not the end of a sheet in an app, says whether it was paid.
        """
        row = self.own_payment(payment_id)
        if not row.is_final:
            row = intents.confirm_payment(row)
        return self.tagged(payment(row))


class Resume(ToConfirm):
    """Resuming an unfinished payment."""

    @document(
        "resumePayment",
        body=ResumeSerializer,
        answers=PaymentToConfirmSerializer,
        has_id=True,
        problems=REFUSALS,
    )
    def post(self, request: Request, payment_id: str) -> Response:
        """Return what confirms an unfinished payment; its price is checked again."""
        row = self.own_payment(payment_id)
        asked = self.checked(ResumeSerializer)
        sheets.check(asked)
        stripe_method = self.stripe_method(asked)
        resumed, intent = checkout.resume(row)
        return Response(self.to_confirm(payment(resumed), intent, stripe_method, asked))


class Cancel(ApiView):
    """Canceling an unfinished payment."""

    @document("cancelPayment", answers=PaymentSerializer, has_id=True, problems=REFUSALS)
    def post(self, request: Request, payment_id: str) -> Response:
        """Cancel a payment that was not paid. Repeating it changes nothing."""
        row = cancel.cancel_payment(self.own_payment(payment_id), "requested_by_customer")
        return Response(payment(row))


def _type(name: str) -> dict[str, Any]:
    limits = payment_types.get(name).limits
    minimum, maximum = map(str, limits) if limits else (None, None)
    return {"name": name, "minimum": minimum, "maximum": maximum}


def _narrowed(own: QuerySet[Payment], query: Any) -> QuerySet[Payment]:
    status, payment_type = query.get("status"), query.get("payment_type")
    if status is not None:
        if status not in Payment.Status.values:
            known = ", ".join(Payment.Status.values)
            raise InvalidParameter("status", _("Use one of these: %s.") % known)
        own = own.filter(status=status)
    if payment_type is not None:
        if not payment_type.isprintable() or len(payment_type) > MAX_TYPE:
            raise InvalidParameter("payment_type", _("There is no such type."))
        own = own.filter(payment_type=payment_type)
    return own


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_LIMIT):
        raise InvalidParameter("limit", _("Give a number from 1 to %s.") % MAX_LIMIT)
    return int(text)
