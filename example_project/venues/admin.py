from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_stripe_payments.exceptions import StripePaymentsError

from . import bookings
from .models import Booking, Venue


@admin.register(Venue)
class VenueAdmin(admin.ModelAdmin):
    list_display = ("name", "host", "hourly_price", "currency", "opens", "closes", "time_zone")
    list_select_related = ("host",)


@admin.register(Booking)
class BookingAdmin(admin.ModelAdmin):
    """Bookings are made by payments: here they are looked at, checked in and released."""

    list_display = ("venue", "user", "starts_at", "ends_at", "state_label", "payment")
    list_filter = ("venue",)
    list_select_related = ("venue", "user", "payment")
    actions = ("check_in", "release")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        # To look at one, not to write into it; the actions ask for the permission by name.
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    @admin.display(description=gettext_lazy("state"))
    def state_label(self, booking: Booking) -> str:
        return booking.state.label

    @admin.action(
        description=gettext_lazy("Check in: capture the reserved money"), permissions=["change"]
    )
    def check_in(self, request: HttpRequest, queryset) -> None:
        self.each(request, queryset, bookings.check_in, _("Checked in: %(booking)s."))

    @admin.action(description=gettext_lazy("Release the reserved money"), permissions=["change"])
    def release(self, request: HttpRequest, queryset) -> None:
        self.each(request, queryset, bookings.cancel, _("Released: %(booking)s."))

    def each(self, request: HttpRequest, queryset, act, done: str) -> None:
        for booking in queryset.select_related("venue", "user", "payment"):
            try:
                act(booking)
            except (bookings.BookingRefused, StripePaymentsError) as error:
                messages.error(request, f"{booking}: {error}")
            else:
                messages.success(request, done % {"booking": booking})
