from datetime import date, datetime

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.time_zones import time_zone_choices

from . import bookings, hours
from .models import Venue


class VenueForm(forms.ModelForm):
    class Meta:
        model = Venue
        fields = (
            *("name", "summary", "address", "hourly_price"),
            *("time_zone", "opens", "closes"),
        )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone"), choices=time_zone_choices(self.instance.time_zone)
        )


class BookingForm(forms.Form):
    """An hour of one day, and how many from there on."""

    starts_at = forms.TypedChoiceField(
        label=_("From"), coerce=datetime.fromisoformat, widget=forms.RadioSelect
    )
    count = forms.TypedChoiceField(
        label=_("For how long"),
        coerce=int,
        choices=[
            (number, _("1 hour") if number == 1 else format_lazy(_("{n} hours"), n=number))
            for number in range(1, bookings.MOST_HOURS + 1)
        ],
    )

    def __init__(self, *args, venue: Venue, day: date, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.hours = hours.of_day(venue, day)
        self.fields["starts_at"].choices = [(hour.value, hour.label) for hour in self.hours]
