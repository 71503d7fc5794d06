"""Routes of saved payment methods: list, save, default, remove."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from ..customers import methods, setup
from ..exceptions import NotOwner
from ..models import PaymentMethod
from . import sheets
from .base import ApiView
from .documentation import document
from .problems import NotFound, Refused
from .serializers import (
    FinishSetupSerializer,
    MethodChangeSerializer,
    MethodSerializer,
    NewSetupSerializer,
    SetupSerializer,
    method,
)

STRIPE = {502: "Stripe refused or does not answer; repeating is safe."}


class Methods(ApiView):
    """The user's saved methods."""

    @document("listPaymentMethods", answers=MethodSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Return the saved methods, the default first."""
        return Response(list(map(method, methods.list_methods(request.user))))


class OneMethod(ApiView):
    """One saved method; another user's is a 404."""

    @document(
        "changePaymentMethod",
        body=MethodChangeSerializer,
        answers=MethodSerializer,
        has_id=True,
        problems={**STRIPE, 400: "Invalid body, or the method was removed."},
    )
    def patch(self, request: Request, method_id: str) -> Response:
        """Make a method the default."""
        own = self.own(method_id)
        self.checked(MethodChangeSerializer)
        return Response(method(methods.set_default(request.user, own)))

    @document("removePaymentMethod", status=204, has_id=True, problems=STRIPE)
    def delete(self, request: Request, method_id: str) -> Response:
        """Remove a method permanently, here and at Stripe. Repeating it changes nothing."""
        methods.remove_method(request.user, self.own(method_id))
        return Response(status=204)

    def own(self, method_id: str) -> PaymentMethod:
        if not (method_id.isascii() and method_id.isdigit()):
            raise NotFound
        try:
            return methods.own_method(self.request.user, method_id)
        except NotOwner:
            raise NotFound from None


class SetupIntents(ApiView):
    """Saving a method without a payment."""

    @document(
        "createSetupIntent",
        body=NewSetupSerializer,
        answers=SetupSerializer,
        status=201,
        problems=STRIPE,
    )
    def post(self, request: Request) -> Response:
        """Return the set-up that the client confirms: a new one, or one that still waits."""
        asked = self.checked(NewSetupSerializer)
        sheets.check(asked)
        _row, intent = setup.open_setup_intent(request.user)
        body = {"setup_intent": intent.id, "client_secret": intent.client_secret}
        return Response({**body, "sheet": sheets.sheet(request, asked, intent)}, status=201)


class FinishSetup(ApiView):
    """Storing a method that was confirmed."""

    @document(
        "finishSetupIntent",
        body=FinishSetupSerializer,
        answers=MethodSerializer,
        status=201,
        problems={
            **STRIPE,
            400: "Invalid body, or nothing was saved (not_saved).",
            404: "Not found.",
        },
    )
    def post(self, request: Request) -> Response:
        """Store the method that a confirmed set-up saved. Repeating it returns the same one."""
        wanted: dict[str, Any] = self.checked(FinishSetupSerializer)
        try:
            saved = setup.finish_setup_intent(request.user, wanted["setup_intent"])
        except NotOwner:
            raise NotFound from None
        if saved is None:
            text = _("Your card could not be saved. Try again, or use another card.")
            raise Refused(400, "not_saved", text)
        return Response(method(saved), status=201)
