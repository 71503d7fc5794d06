"""The base of every page: who may see it, and whether it answers as a page or as JSON."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.generic import View

from .. import audit
from ..exceptions import PaymentNotFound, RateLimited
from ..limits import rates as rate_limits
from ..logs.reporting import hide_secrets
from ..models import Payment
from ..models import guest_links as guests
from ..payments.lookup import find_payment
from .problems import refusal

#: Stripe adds them to the address when a bank redirects back. They give access to the intent, no
#: page needs them, and addresses end up in histories, in Referer headers and in ``next``.
SECRETS = ("payment_intent_client_secret", "setup_intent_client_secret")


def prefers_json(request: HttpRequest) -> bool:
    """Return whether the client prefers JSON to HTML."""
    preferred = request.get_preferred_type(["text/html", "application/json"])
    return preferred == "application/json"


def too_many_requests(request: HttpRequest, error: RateLimited, *, as_json: bool) -> HttpResponse:
    """Return the 429 for a user or an address over the limit, with ``Retry-After``."""
    response: HttpResponse
    if as_json:
        response = refusal(429, "rate_limited", str(error))
    else:
        context = {"message": str(error), "retry_after": error.retry_after}
        name = "django_stripe_payments/rate_limited.html"
        response = render(request, name, context, status=429)
    response["Retry-After"] = str(error.retry_after)
    return response


class PaymentPage(LoginRequiredMixin, View):
    """A page for a logged-in user; the audit log attributes what it does to that user.

    Pages that are ``open_to_guests`` also accept a signed link to a payment without a user; see
    models/guest_links.py. A script gets its refusals as ``{"error": {"code", "message"}}``.
    """

    open_to_guests = False

    #: Scope of STRIPE_RATE_LIMITS under which the page's POSTs are counted.
    rate_limit = "action"

    #: Message for a script without a logged-in user.
    login_message: Any = gettext_lazy("Please log in.")

    @classmethod
    def as_view(cls, **options: Any) -> Callable[..., HttpResponseBase]:
        """Return the view with the decorators that it needs on any site.

        Stripe is called outside transactions, so ATOMIC_REQUESTS must not apply. The page
        authenticates by itself, guests included, so LoginRequiredMiddleware must not. Pages with
        amounts or a client secret do not belong in a shared cache.
        """
        view = never_cache(super().as_view(**options))
        return login_not_required(transaction.non_atomic_requests(view))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        hide_secrets(request)
        if not request.GET.keys().isdisjoint(SECRETS):
            # Before anything else: not even the log-in page may get them.
            return redirect(_without_secrets(request))
        try:
            if request.method == "POST":
                rate_limits.check(self.rate_limit, request)
            return self._dispatch(request, *args, **kwargs)
        except RateLimited as error:
            response = self.handle_rate_limited(error)
            response["Retry-After"] = str(error.retry_after)
            return response
        except Http404:
            if self.answers_json:
                return refusal(404, "not_found", _("This page could not be found."))
            raise

    def _dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with audit.acting(audit.actor_of(request, source="page")):
            if self.guest_token:
                # ``own_payment`` checks which payment the token opens.
                return View.dispatch(self, request, *args, **kwargs)
            return super().dispatch(request, *args, **kwargs)

    @property
    def guest_token(self) -> str:
        """The unverified token of a guest link; "" without one, or if the page accepts none."""
        return self.request.GET.get(guests.PARAMETER, "") if self.open_to_guests else ""

    @property
    def wants_json(self) -> bool:
        """Whether the client prefers JSON to HTML."""
        return prefers_json(self.request)

    @property
    def answers_json(self) -> bool:
        """Whether refusals of this request are JSON."""
        return self.wants_json

    def link(self, url: str, payment: Payment | None) -> str:
        """Return ``url``, with the guest token if the visitor came with one."""
        return guests.with_token(url, payment, self.guest_token) if payment is not None else url

    def handle_no_permission(self) -> HttpResponse:  # type: ignore[override]
        if self.answers_json:
            return refusal(403, "login_required", str(self.login_message))
        return super().handle_no_permission()

    def handle_rate_limited(self, error: RateLimited) -> HttpResponse:
        """Return the 429 for a user or an address over the limit."""
        return too_many_requests(self.request, error, as_json=self.answers_json)

    def own_payment(self, payment_id: UUID | str) -> Payment:
        """Return the payment of the user or of the guest link.

        Raises Http404 for a payment of another user as for one that does not exist.
        """
        try:
            payment = find_payment(payment_id)
        except PaymentNotFound:
            raise Http404 from None
        is_own = payment.user_id is not None and payment.user_id == self.request.user.pk
        if not is_own and not guests.opens(self.guest_token, payment):
            raise Http404
        return payment


def _without_secrets(request: HttpRequest) -> str:
    query = request.GET.copy()
    for name in (*SECRETS, "payment_intent"):  # the address names the payment
        query.pop(name, None)
    return f"{request.path}?{query.urlencode()}" if query else request.path
