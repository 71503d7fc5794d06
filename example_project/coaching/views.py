from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from accounts.one_at_a_time import AlreadyStarting
from django_stripe_payments import clock
from django_stripe_payments.decorators import limit_rate
from django_stripe_payments.exceptions import StripePaymentsError

from . import bookings, cancellation
from .models import Booking, CoachingSession


class SessionListView(ListView):
    """Every session that is still to come, booked ones too."""

    def get_queryset(self):
        coming = CoachingSession.objects.filter(starts_at__gt=clock.now())
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


@require_POST
@login_required
@limit_rate("action")
def call_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Player or coach call a booked session off."""
    mine = Booking.objects.filter(Q(user=request.user) | Q(session__coach=request.user))
    booking = get_object_or_404(
        mine.select_related("session__coach", "user", "payment"), session=pk
    )
    try:
        refund = cancellation.call_off(booking, request.user)
    except bookings.BookingRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, _("Called off. %(amount)s is refunded to the player.") % {"amount": refund}
        )
    return redirect("coaching:list")
