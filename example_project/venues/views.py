from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from config.offers import CallOff, ChangedOffer, NewOffer
from django_stripe_payments.decorators import limit_rate
from django_stripe_payments.exceptions import StripePaymentsError, StripeUnavailable

from . import bookings, hosting, hours
from .forms import BookingForm, VenueForm
from .models import Booking, Venue

SILENCE = gettext_lazy(
    "The payment service is not responding. Nothing was charged. Please try again."
)


class VenueListView(ListView):
    queryset = Venue.objects.filter(closed_at=None).select_related("host")


@limit_rate("create_intent")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """GET ``?day=YYYY-MM-DD`` shows the hours of a day; POST holds some and leads to payment."""
    venue = get_object_or_404(Venue.objects.select_related("host"), pk=pk)
    day = chosen_day(venue, request.GET.get("day", ""))
    form = BookingForm(request.POST or None, venue=venue, day=day)
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if form.is_valid():
            try:
                payment = bookings.begin(venue, request.user, **form.cleaned_data)
            except bookings.BookingRefused as refusal:
                form.add_error(None, str(refusal))
            except StripePaymentsError:
                form.add_error(None, SILENCE)
            else:
                return redirect(payment.checkout_url)
        # What was free when the page was made may be taken now.
        form.hours = hours.of_day(venue, day)
    context = {"venue": venue, "day": day, "days": hours.days(venue), "form": form}
    return render(request, "venues/venue_detail.html", context)


def chosen_day(venue: Venue, text: str) -> date:
    """Return the day of the address if it can be booked, else the first one with a free hour."""
    days = hours.days(venue)
    try:
        wanted = date.fromisoformat(text)
    except ValueError:
        wanted = None
    if wanted in days:
        return wanted
    return next((day for day in days if any(h.is_free for h in hours.of_day(venue, day))), days[0])


class BookingListView(LoginRequiredMixin, ListView):
    """What I booked, and what guests booked of me."""

    template_name = "venues/booking_list.html"

    def get_queryset(self) -> QuerySet[Booking]:
        return visible_to(self.request.user).filter(user=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        guests = visible_to(user).filter(booked_at__isnull=False)
        if not user.is_staff:
            guests = guests.filter(venue__host=user)
        return super().get_context_data(guests=guests.order_by("-starts_at")[:50], **kwargs)


def visible_to(user: Any) -> QuerySet[Booking]:
    """Return the bookings that a person may see: their own, their guests', for staff all."""
    all_of_them = Booking.objects.select_related("venue", "user", "payment")
    if user.is_staff:
        return all_of_them
    return all_of_them.filter(Q(user=user) | Q(venue__host=user))


@require_POST
@login_required
@limit_rate("action")
def check_in(request: HttpRequest, pk: int) -> HttpResponse:
    """The host, or staff, takes the money of a guest who is here."""
    booking = get_object_or_404(visible_to(request.user), pk=pk)
    if not (request.user.is_staff or booking.venue.host_id == request.user.pk):
        messages.error(request, _("The host checks guests in."))
        return redirect("venues:bookings")
    try:
        payment = bookings.check_in(booking)
    except bookings.BookingRefused as refusal:
        messages.error(request, str(refusal))
    except StripePaymentsError:
        messages.error(request, SILENCE)
    else:
        messages.success(
            request,
            _("%(guest)s is checked in and paid %(amount)s.")
            % {"guest": booking.user.get_display_name(), "amount": payment.amount_display},
        )
    return redirect("venues:bookings")


@login_required
@limit_rate("action")
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Guest, host or staff call a booking off before the visit: GET asks, POST does it."""
    booking = get_object_or_404(visible_to(request.user), pk=pk)
    if request.method != "POST":
        return render(request, "confirm.html", confirmation(booking))
    try:
        bookings.cancel(booking, by=request.user)
    except bookings.BookingRefused as refusal:
        messages.error(request, str(refusal))
    except StripeUnavailable:
        # The wish is written down: the reconciler asks again.
        messages.warning(
            request,
            _(
                "The payment service is not responding. "
                "The money is released as soon as it responds."
            ),
        )
    except StripePaymentsError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Called off. The reserved money is released."))
    return redirect("venues:bookings")


def confirmation(booking: Booking) -> dict[str, Any]:
    """Return what the page says before hours are called off."""
    consequences = [_("Others can book the hours.")]
    if booking.state == Booking.State.RESERVED:
        released = _("The reserved %(amount)s is released, and nothing is charged.")
        consequences.insert(0, released % {"amount": booking.payment.amount_display})
    return {
        "title": _("Call off these hours?"),
        "what": bookings.describe(booking),
        "consequences": consequences,
        "back": reverse("venues:bookings"),
    }


class NewVenue(NewOffer):
    model, owner, form_class = Venue, "host", VenueForm
    title = gettext_lazy("Let a venue")
    message = gettext_lazy("Your venue can be booked.")

    def back(self) -> str:
        return reverse("venues:list")


class OwnVenue:
    """What leads back to the page of the venue."""

    model, owner = Venue, "host"
    object: Venue

    def back(self) -> str:
        return self.object.get_absolute_url()


class ChangedVenue(OwnVenue, ChangedOffer):
    form_class = VenueForm
    title = gettext_lazy("Change your venue")
    message = gettext_lazy("Your changes are saved.")


class CloseVenue(OwnVenue, CallOff):
    title = gettext_lazy("Close your venue for good?")
    refusals = bookings.BookingRefused

    def consequences(self, offer: Venue) -> list[str]:
        count = len(hosting.coming(offer))
        called_off = ngettext(
            "%(count)d booking is called off, and the reserved %(amount)s is released.",
            "%(count)d bookings are called off, and the reserved %(amount)s is released.",
            count,
        ) % {"count": count, "amount": hosting.sum_reserved(offer)}
        return [
            called_off if count else _("No guest has booked it, so no money is released."),
            _("It is taken off the list. You cannot undo this."),
        ]

    def call_off(self, offer: Venue) -> str:
        amount = hosting.sum_reserved(offer)
        hosting.close(offer)
        return _("Closed. %(amount)s is released to the guests.") % {"amount": amount}
