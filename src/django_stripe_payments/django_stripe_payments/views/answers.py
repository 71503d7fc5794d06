"""What every page of this app does before its own work."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.generic import View

from .. import audit
from ..exceptions import PaymentNotFound, RateLimited
from ..limits import rates as rate_limits
from ..models import Payment
from ..models import guest_links as guests
from ..payments.lookup import find_payment


class PaymentPage(LoginRequiredMixin, View):
    """A page for a user who is logged in; what it does is attributed to that user.

    Pages that are ``open_to_guests`` also serve whoever comes with a signed link to a payment
    that has no user; see models/guest_links.py.
    """

    open_to_guests = False

    #: Scope of STRIPE_RATE_LIMITS under which the page's POSTs are counted.
    rate_limit = "action"

    @classmethod
    def as_view(cls, **options: Any) -> Callable[..., HttpResponseBase]:
        """Return the view, so that it fits into any site; a page may override ``dispatch``.

        Stripe is called outside of transactions, so a site's ATOMIC_REQUESTS must not apply. The
        page itself asks who it is, guests included, so LoginRequiredMiddleware need not. Pages
        that show money or a client secret are not for a shared cache.
        """
        view = never_cache(super().as_view(**options))
        return login_not_required(transaction.non_atomic_requests(view))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            if request.method == "POST":
                rate_limits.check(self.rate_limit, request)
            return self._dispatch(request, *args, **kwargs)
        except RateLimited as error:
            response = self.handle_rate_limited(error)
            response["Retry-After"] = str(error.retry_after)
            return response

    def _dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with audit.acting(audit.actor_of(request, source="page")):
            if self.guest_token:
                # Which payment it opens is for ``own_payment`` to say.
                return View.dispatch(self, request, *args, **kwargs)
            return super().dispatch(request, *args, **kwargs)

    @property
    def guest_token(self) -> str:
        """The token of a guest's link, unverified; empty where there is none or none is taken."""
        return self.request.GET.get(guests.PARAMETER, "") if self.open_to_guests else ""

    @property
    def wants_json(self) -> bool:
        """Whether a script asks, and not a person's browser."""
        preferred = self.request.get_preferred_type(["text/html", "application/json"])
        return preferred == "application/json"

    def link(self, url: str, payment: Payment | None) -> str:
        """Return ``url`` so that it opens for whoever is here: with a guest's token."""
        return guests.with_token(url, payment, self.guest_token) if payment is not None else url

    def handle_rate_limited(self, error: RateLimited) -> HttpResponse:
        """Return the 429 for a user or an address that had its share."""
        context = {"message": str(error), "retry_after": error.retry_after}
        name = "django_stripe_payments/rate_limited.html"
        return render(self.request, name, context, status=429)

    def own_payment(self, payment_id: UUID | str) -> Payment:
        """Return the payment of the user, or of the guest's link.

        Another's is as absent as one that is not there.
        """
        try:
            payment = find_payment(payment_id)
        except PaymentNotFound:
            raise Http404 from None
        is_own = payment.user_id is not None and payment.user_id == self.request.user.pk
        if not is_own and not guests.opens(self.guest_token, payment):
            raise Http404
        return payment
