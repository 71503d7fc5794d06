from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.messages.views import SuccessMessageMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, UpdateView

from django_stripe_payments.decorators import limit_rate

from . import confirmation
from .forms import ProfileForm, SignUpForm
from .models import User


@method_decorator(limit_rate("sign_up"), name="dispatch")
class SignUpView(CreateView):
    form_class = SignUpForm
    template_name = "registration/signup.html"

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        user = form.save()
        login(self.request, user, backend="django.contrib.auth.backends.ModelBackend")
        tell_of_confirmation(self.request, user)
        messages.success(
            self.request, _("Welcome, %(name)s. Pick a cup.") % {"name": user.get_display_name()}
        )
        return redirect("tournaments:list")


class ProfileView(LoginRequiredMixin, SuccessMessageMixin, UpdateView):
    form_class = ProfileForm
    template_name = "accounts/profile.html"
    success_url = reverse_lazy("profile")
    success_message = gettext_lazy("Your profile is saved.")

    @method_decorator(limit_rate("action"))
    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(*args, **kwargs)

    def form_valid(self, form: ProfileForm) -> HttpResponse:
        response = super().form_valid(form)
        if "email" in form.changed_data:
            tell_of_confirmation(self.request, form.instance)
        return response

    def get_object(self, queryset=None) -> User:
        # A copy, so that a refused form does not show in the header.
        return User.objects.get(pk=self.request.user.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        return super().get_context_data(
            participations=user.participations.select_related("tournament"),
            bookings=user.coaching_bookings.select_related("session"),
            **kwargs,
        )


@require_POST
@login_required
@limit_rate("action")
def ask_to_confirm(request: HttpRequest) -> HttpResponse:
    """Mail the link once more."""
    if not tell_of_confirmation(request, request.user):
        messages.error(request, _("No e-mail was sent: try again tomorrow."))
    return redirect("profile")


@limit_rate("action")
def confirm_email(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, and POST confirms: programs that look at mail follow links."""
    if request.method != "POST":
        return render(request, "accounts/confirm_email.html")
    if confirmation.confirm(token):
        messages.success(request, _("Your e-mail address is confirmed."))
    else:
        messages.error(request, _("This link is no longer valid. Send another from your profile."))
    return redirect("profile")


def tell_of_confirmation(request: HttpRequest, user: Any) -> bool:
    sent = confirmation.ask(user)
    if sent:
        messages.info(
            request,
            _("We sent an e-mail to %(address)s. Open its link to confirm the address.")
            % {"address": user.email},
        )
    return sent
