"""The endpoint through which a page starts or resumes a payment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy

from ..customers import methods as payment_methods
from ..models import Payment, PaymentMethod
from ..payments import buyer, checkout
from ..problems import PROBLEMS
from .answers import PaymentPage
from .bodies import InvalidRequest, object_field, read_object, text_field
from .problems import refusal, refusal_for


@dataclass(frozen=True, slots=True)
class IntentRequest:
    """What a browser asks for: a new payment by type and metadata, or its own by id."""

    payment_id: str
    payment_type: str
    metadata: Mapping[str, Any]
    amount: Decimal | int | str | None
    radar_session: str = ""
    payment_method: str = ""
    buyer: Mapping[str, Any] = field(default_factory=dict)


class CreateIntentView(PaymentPage):
    """POST JSON: ``{"payment_type", "metadata", "amount"?}`` or ``{"payment_id"}``.

    Both take a ``"radar_session"``, and a ``"payment_method"``: the id of one of the user's saved
    cards, for which the answer has ``"payment_method": "pm_…"`` to confirm with. ``"buyer"`` is
    what a type with ``collect`` asks for: see ``payments.buyer``.

    Answers ``{"payment_id", "client_secret", "amount" (minor units), "currency", "status",
    "success_url"}``. ``amount`` (major units) is optional; a value that differs from the server's
    price is a 400. A refusal is ``{"error": {"code", "message"}}`` with 400, 403 (not logged in,
    or denied), 404, 429 or 502.
    """

    http_method_names = ["post"]
    open_to_guests = True
    rate_limit = "create_intent"
    login_message = gettext_lazy("Please log in to pay.")
    # Whatever the Accept header says: only scripts call this.
    answers_json = True

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            body = parse(request)
            if not (body.payment_id or request.user.is_authenticated):
                # A guest link opens one payment and cannot start another.
                return self.handle_no_permission()
            method = self._method(body)
            payment, intent = self._start(body)
            if body.buyer:
                buyer.store(payment, body.buyer)
            if method is not None:
                # It goes with a customer who turns out to be gone.
                payment_methods.require_attached(method)
        except InvalidRequest as error:
            return refusal(400, "bad_request", str(error))
        except tuple(PROBLEMS) as error:
            return refusal_for(error)
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

    def _method(self, body: IntentRequest) -> PaymentMethod | None:
        if not body.payment_method:
            return None
        return payment_methods.chargeable_method(self.request.user, body.payment_method)

    def _start(self, body: IntentRequest) -> tuple[Payment, Any]:
        if body.payment_id:
            return checkout.resume(
                self.own_payment(body.payment_id), radar_session=body.radar_session
            )
        return checkout.start(
            self.request.user,
            body.payment_type,
            body.metadata,
            body.amount,
            radar_session=body.radar_session,
        )


def parse(request: HttpRequest) -> IntentRequest:
    """Return what the body asks for. Raises InvalidRequest."""
    data = read_object(request)
    return IntentRequest(
        payment_id=text_field(data, "payment_id"),
        payment_type=text_field(data, "payment_type"),
        metadata=object_field(data, "metadata"),
        amount=data.get("amount"),
        radar_session=text_field(data, "radar_session"),
        payment_method=text_field(data, "payment_method"),
        buyer=object_field(data, "buyer"),
    )
