"""The pages of a user's saved cards."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..conf import settings
from ..customers.methods import list_methods, own_method, remove_method, set_default
from ..customers.setup import finish_setup_intent, open_setup_intent
from ..exceptions import (
    NotOwner,
    PaymentMethodDetached,
    StripeCallFailed,
    StripePaymentsError,
)
from ..limits import rates as rate_limits
from ..models import PaymentMethod
from ..problems import MESSAGES, PROBLEMS
from .answers import PaymentPage
from .problems import refusal, refusal_for
from .scripts import messages as script_messages
from .scripts import script_config

LIST = "django_stripe_payments:payment_methods_list"


class MethodPage(PaymentPage):
    """A page about saved cards, or the same as JSON if ``Accept`` prefers it.

    A card is ``{"id", "type", "label", "brand", "last4", "exp_month", "exp_year",
    "is_default", "is_expired"}``; a refusal is ``{"error": {"code", "message"}}``.
    """

    login_message = gettext_lazy("Please log in to see your cards.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except (NotOwner, PaymentMethodDetached):
            if self.wants_json:
                return refusal(404, "not_found", str(MESSAGES["payment_method_not_found"]))
            raise Http404 from None
        except StripePaymentsError as error:
            return self.handle_failure(error)

    def handle_failure(self, error: StripePaymentsError) -> HttpResponse:
        """Report that Stripe refused or did not respond. Repeating the request is safe."""
        if not isinstance(error, tuple(PROBLEMS)):
            raise error
        if self.wants_json:
            return refusal_for(error)
        if isinstance(error, StripeCallFailed):
            messages.error(self.request, _("The payment provider declined this request."))
        else:
            messages.error(self.request, MESSAGES["stripe_unavailable"])
        return redirect(LIST)

    def done(self, message: str, method: PaymentMethod | None = None) -> HttpResponse:
        """Show the message above the list, or answer a script with the card."""
        if self.wants_json:
            return JsonResponse({"payment_method": as_json(method) if method else None})
        messages.success(self.request, message)
        return redirect(LIST)


class PaymentMethodListView(MethodPage):
    """GET: the user's saved cards, the default first; JSON ``{"payment_methods": […]}``."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest) -> HttpResponse:
        methods = list_methods(request.user)
        if self.wants_json:
            return JsonResponse({"payment_methods": [as_json(method) for method in methods]})
        context = {"payment_methods": methods}
        return render(request, "django_stripe_payments/payment_methods.html", context)


class AddPaymentMethodView(MethodPage):
    """Save a card without charging it.

    GET shows the page with Stripe's fields. POST with a JSON body answers ``{"client_secret",
    "setup_intent"}``, to confirm with. The card is stored by a POST of the form with
    ``setup_intent`` ("seti_…"), or by a GET with it when the bank redirects back.
    """

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        if "setup_intent" in request.GET:
            rate_limits.check("status", request)
            return self._finish(request.GET["setup_intent"])
        return self._page()

    def post(self, request: HttpRequest) -> HttpResponse:
        if request.content_type == "application/json":
            _row, intent = open_setup_intent(request.user)
            return JsonResponse({"client_secret": intent.client_secret, "setup_intent": intent.id})
        return self._finish(request.POST.get("setup_intent", ""))

    def _finish(self, setup_intent: str) -> HttpResponse:
        method = finish_setup_intent(self.request.user, setup_intent)
        if method is not None:
            return self.done(_("%(card)s was saved.") % {"card": method}, method)
        problem = _("Your card could not be saved. Try again, or use another card.")
        if self.wants_json:
            return refusal(400, "not_saved", problem)
        messages.error(self.request, problem)
        return redirect("django_stripe_payments:add_payment_method")

    def _page(self) -> HttpResponse:
        here = reverse("django_stripe_payments:add_payment_method")
        context = {
            "config": script_config(
                createSetupIntentUrl=here,
                returnUrl=self.request.build_absolute_uri(here),
                messages={**script_messages(), "submitting": _("Saving…")},
            ),
            "stripe_js_url": settings.STRIPE_JS_URL,
            "cancel_url": reverse(LIST),
        }
        return render(self.request, "django_stripe_payments/payment_method_add.html", context)


class RemovePaymentMethodView(MethodPage):
    """GET asks for confirmation; POST removes the card here and at Stripe."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, method_id: int) -> HttpResponse:
        method = own_method(request.user, method_id)
        if not method.is_attached:
            raise Http404
        if self.wants_json:
            return JsonResponse({"payment_method": as_json(method)})
        context = {"payment_method": method, "cancel_url": reverse(LIST)}
        name = "django_stripe_payments/payment_method_confirm_remove.html"
        return render(request, name, context)

    def post(self, request: HttpRequest, method_id: int) -> HttpResponse:
        method = remove_method(request.user, method_id)
        return self.done(_("%(card)s was removed.") % {"card": method})


class SetDefaultPaymentMethodView(MethodPage):
    """POST: make the card the default."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, method_id: int) -> HttpResponse:
        method = set_default(request.user, method_id)
        return self.done(_("%(card)s is now your default card.") % {"card": method}, method)


def as_json(method: PaymentMethod) -> dict[str, Any]:
    """Return a saved card for a script, without its ids at Stripe."""
    shown = ("type", "label", "brand", "last4", "exp_month", "exp_year", "is_default", "is_expired")
    return {"id": method.pk, **{name: getattr(method, name) for name in shown}}
