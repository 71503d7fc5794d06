"""The forms of the preferences page."""

from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from . import clock
from .models import NotificationSettings
from .quiet_hours import instant, zone_of

DAYS = list(WEEKDAYS.items())


def zone_choices() -> list[tuple[str, Any]]:
    names = sorted(name for name in available_timezones() if "/" in name or name == "UTC")
    hidden = ("Etc/", "SystemV/", "posix/", "right/")
    shown = [name for name in names if not name.startswith(hidden)]
    return [("", _("As this site")), *((name, name.replace("_", " ")) for name in shown)]


if TYPE_CHECKING:
    ModelForm = forms.ModelForm[NotificationSettings]
else:
    ModelForm = forms.ModelForm


LOCAL_TIME = "%Y-%m-%dT%H:%M"
# In any zone, their moments are some that Python and every database can hold.
YEARS = range(2, 9999)


class LocalTimeInput(forms.DateTimeInput):
    """A moment by the visitor's own clock, as browsers give and take it."""

    input_type = "datetime-local"


class SettingsForm(ModelForm):
    """Quiet hours, zone, muting and the time of digests."""

    time_zone = forms.ChoiceField(label=_("Your time zone"), choices=zone_choices, required=False)
    days = forms.TypedMultipleChoiceField(
        label=_("On nights that start on"),
        choices=DAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    digest_hour = forms.TypedChoiceField(
        label=_("Hour of digests"), choices=[(n, f"{n:02}:00") for n in range(24)], coerce=int
    )
    digest_weekday = forms.TypedChoiceField(
        label=_("Day of weekly digests"), choices=DAYS, coerce=int
    )

    muted_until = forms.DateTimeField(
        label=_("Or pause it only until"), required=False, widget=LocalTimeInput(format=LOCAL_TIME)
    )

    class Meta:
        model = NotificationSettings
        fields = ["muted", "quiet_hours", "quiet_start", "quiet_end", "quiet_bell", "time_zone"]
        widgets = {
            "quiet_start": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_end": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
        labels = {
            "muted": _("Pause everything that leaves this site"),
            "quiet_hours": _("Keep quiet at night"),
            "quiet_bell": _("Keep the bell still as well: no number, no announcement"),
            "quiet_start": _("From"),
            "quiet_end": _("To"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # As in the filters of the list, no colon behind a label.
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        own = self.instance
        zones: Any = self.fields["time_zone"]
        if own.time_zone and own.time_zone not in dict(zones.choices):
            # Set by the site, or removed since: to leave it alone must not change it.
            zones.choices = [*zones.choices, (own.time_zone, own.time_zone)]
        self.initial["days"] = [day for day in range(7) if own.quiet_days >> day & 1]
        if own.muted_until and own.muted_until > clock.now():
            local = own.muted_until.astimezone(zone_of(own.time_zone))
            self.initial["muted_until"] = local.replace(tzinfo=None)
        self.initial["digest_hour"] = own.digest_hour
        self.initial["digest_weekday"] = own.digest_weekday

    def clean(self) -> dict[str, Any]:
        """The pause is meant by the clock of the zone that is chosen in the same form."""
        data = super().clean() or {}
        wall = data.get("muted_until")
        if wall is not None and wall.year not in YEARS:
            self.add_error("muted_until", self.fields["muted_until"].error_messages["invalid"])
        elif wall is not None:
            until = instant(wall.replace(tzinfo=None), zone_of(data.get("time_zone", "")))
            if until <= clock.now():
                self.add_error("muted_until", _("Choose a moment that is still to come."))
            data["muted_until"] = until
        return data

    def values(self) -> dict[str, Any]:
        """Fields of NotificationSettings and what they are to be."""
        data = dict(self.cleaned_data)
        over = self.instance.muted_until is not None and not self.initial.get("muted_until")
        if data["muted_until"] is None and over:
            del data["muted_until"]  # a pause that is over was not shown, so nobody took it back
        data["quiet_days"] = sum(1 << day for day in data.pop("days"))
        return data
