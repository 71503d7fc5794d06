from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from accounts.one_at_a_time import AlreadyStarting
from config.offers import CallOff, ChangedOffer, NewOffer
from django_stripe_payments import clock, money
from django_stripe_payments.decorators import limit_rate
from django_stripe_payments.exceptions import StripePaymentsError

from . import bookings, cancellation
from .forms import SessionForm
from .models import Booking, CoachingSession


class SessionListView(ListView):
    """Every session that is still to come, booked ones too."""

    def get_queryset(self):
        coming = CoachingSession.objects.filter(starts_at__gt=clock.now(), called_off_at=None)
        return coming.select_related("coach", "booking")


@require_POST
@limit_rate("create_intent")
def book(request: HttpRequest, pk: int) -> HttpResponse:
    """Go and pay for the session."""
    session = get_object_or_404(CoachingSession, pk=pk)
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("coaching:list"))
    try:
        payment = bookings.begin(session, request.user)
    except bookings.BookingRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("coaching:list")
    except AlreadyStarting as busy:
        messages.info(request, str(busy))
        return redirect("coaching:list")
    except StripePaymentsError:
        messages.error(
            request,
            _(
                "The payment service is not responding. You have not been charged. "
                "Please try again."
            ),
        )
        return redirect("coaching:list")
    return redirect(payment.checkout_url)


@login_required
@limit_rate("action")
def call_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Player or coach call a booked session off: GET says what that costs, POST does it."""
    mine = Booking.objects.filter(Q(user=request.user) | Q(session__coach=request.user))
    booking = get_object_or_404(
        mine.select_related("session__coach", "user", "payment"), session=pk
    )
    if request.method != "POST":
        return render(request, "confirm.html", confirmation(booking, request.user))
    try:
        refund = cancellation.call_off(booking, request.user)
    except bookings.BookingRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, _("Called off. %(amount)s is refunded to the player.") % {"amount": refund}
        )
    return redirect("coaching:list")


def confirmation(booking: Booking, user: Any) -> dict[str, Any]:
    """Return what the page says before a session is called off."""
    payment = booking.payment
    refund = money.to_minor(cancellation.refund_due(booking, user), payment.currency)
    sums = {
        "refund": money.display(refund, payment.currency),
        "kept": money.display(payment.refundable - refund, payment.currency),
    }
    if user.pk == booking.session.coach_id:
        told = [_("%(refund)s goes back to the player."), _("It can no longer be booked.")]
    elif refund < payment.refundable:
        told = [
            _("%(refund)s goes back to you, and %(kept)s is kept."),
            _("It is less than a day before the start."),
        ]
    else:
        told = [_("%(refund)s goes back to you."), _("Others can book the session.")]
    return {
        "title": _("Call off this session?"),
        "what": booking.session.topic,
        "consequences": [each % sums for each in told],
        "back": reverse("coaching:list"),
    }


class OwnSession:
    """What leads back to the list."""

    model, owner = CoachingSession, "coach"

    def back(self) -> str:
        return reverse("coaching:list")


class NewSession(OwnSession, NewOffer):
    form_class = SessionForm
    title = gettext_lazy("Offer a coaching session")
    message = gettext_lazy("Your session can be booked.")


class ChangedSession(OwnSession, ChangedOffer):
    form_class = SessionForm
    title = gettext_lazy("Change your session")
    message = gettext_lazy("Your changes are saved.")


class Withdraw(OwnSession, CallOff):
    """Call off a session without a booking; see call_off() for one that is booked."""

    title = gettext_lazy("Call off this session?")
    refusals = bookings.BookingRefused

    def consequences(self, offer: CoachingSession) -> list[str]:
        return [_("No player has booked it, so no money goes back."), _("You cannot undo this.")]

    def call_off(self, offer: CoachingSession) -> str:
        cancellation.withdraw(offer)
        return _("Your session is called off.")
