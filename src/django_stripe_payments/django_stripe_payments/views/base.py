"""What every page of this app does before its own work."""

from typing import Any
from uuid import UUID

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from .. import audit
from ..exceptions import PaymentNotFound
from ..models import Payment
from ..payment_lookup import find_payment


# Stripe is called outside of transactions, so a site's ATOMIC_REQUESTS must not apply. Pages
# that show money or a client secret are not for a shared cache.
@method_decorator([transaction.non_atomic_requests, never_cache], name="dispatch")
class PaymentPage(LoginRequiredMixin, View):
    """A page for a user who is logged in; what it does is attributed to that user."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with audit.acting(audit.actor_of(request, source="page")):
            return super().dispatch(request, *args, **kwargs)

    def own_payment(self, payment_id: UUID | str) -> Payment:
        """Return the user's own payment; another's is as absent as one that is not there."""
        try:
            payment = find_payment(payment_id)
        except PaymentNotFound:
            raise Http404 from None
        if payment.user_id is None or payment.user_id != self.request.user.pk:
            raise Http404
        return payment
