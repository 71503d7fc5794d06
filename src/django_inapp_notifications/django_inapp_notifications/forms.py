"""The forms of the preferences page."""

from datetime import time
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from . import clock
from .models import NotificationSettings
from .quiet_hours import instant, zone_of
from .time_zones import listed_zones

DAYS = list(WEEKDAYS.items())


def zone_choices() -> list[tuple[str, Any]]:
    names = sorted(listed_zones())
    return [("", _("Site default")), *((name, name.replace("_", " ")) for name in names)]


if TYPE_CHECKING:
    ModelForm = forms.ModelForm[NotificationSettings]
else:
    ModelForm = forms.ModelForm


# What the form suggests to a user who has never set quiet hours.
SUGGESTED = {"quiet_start": time(22), "quiet_end": time(7)}

LOCAL_TIME = "%Y-%m-%dT%H:%M"
# In any time zone, these years fit Python's and every database's range.
YEARS = range(2, 9999)


class LocalTimeInput(forms.DateTimeInput):
    """A local date and time, in the format that browsers use."""

    input_type = "datetime-local"


class SettingsForm(ModelForm):
    """Quiet hours, time zone, pause and the time of digests."""

    time_zone = forms.ChoiceField(label=_("Your time zone"), choices=zone_choices, required=False)
    days = forms.TypedMultipleChoiceField(
        label=_("Quiet hours start on"),
        choices=DAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    digest_hour = forms.TypedChoiceField(
        label=_("Digest time"), choices=[(n, f"{n:02}:00") for n in range(24)], coerce=int
    )
    digest_weekday = forms.TypedChoiceField(label=_("Weekly digest day"), choices=DAYS, coerce=int)

    muted_until = forms.DateTimeField(
        label=_("Or pause until"), required=False, widget=LocalTimeInput(format=LOCAL_TIME)
    )

    class Meta:
        model = NotificationSettings
        fields = ["muted", "quiet_hours", "quiet_start", "quiet_end", "quiet_bell", "time_zone"]
        widgets = {
            "quiet_start": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_end": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
        labels = {
            "muted": _("Pause all e-mail and push"),
            "quiet_hours": _("Use quiet hours"),
            "quiet_bell": _("Also silence the bell (no count, no announcements)"),
            "quiet_start": _("From"),
            "quiet_end": _("To"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Labels have no colon, like the filters of the list.
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        own = self.instance
        zones: Any = self.fields["time_zone"]
        if own.time_zone and own.time_zone not in dict(zones.choices):
            # Set by the site or removed since. Saving the form must keep it.
            zones.choices = [*zones.choices, (own.time_zone, own.time_zone)]
        self.initial["days"] = [day for day in range(7) if own.quiet_days >> day & 1]
        if own.muted_until and own.muted_until > clock.now():
            local = clock.as_aware(own.muted_until).astimezone(zone_of(own.time_zone))
            self.initial["muted_until"] = local.replace(tzinfo=None)
        self.suggested = {
            name: value for name, value in SUGGESTED.items() if getattr(own, name) is None
        }
        self.initial.update(self.suggested)
        self.initial["digest_hour"] = own.digest_hour
        self.initial["digest_weekday"] = own.digest_weekday

    def clean(self) -> dict[str, Any]:
        """Read the end of the pause in the time zone selected in the same form."""
        data = super().clean() or {}
        wall = data.get("muted_until")
        if wall is not None and wall.year not in YEARS:
            self.add_error("muted_until", self.fields["muted_until"].error_messages["invalid"])
        elif wall is not None:
            zone = zone_of(data.get("time_zone", ""))
            until = clock.as_stored(instant(wall.replace(tzinfo=None), zone))
            if until <= clock.now():
                self.add_error("muted_until", _("Choose a time in the future."))
            data["muted_until"] = until
        return data

    def values(self) -> dict[str, Any]:
        """New values for the fields of NotificationSettings."""
        data = dict(self.cleaned_data)
        over = self.instance.muted_until is not None and not self.initial.get("muted_until")
        if data["muted_until"] is None and over:
            del data["muted_until"]  # an expired pause was not shown, so it was not removed
        for name, value in self.suggested.items():
            if not data["quiet_hours"] and data[name] == value:
                del data[name]  # a suggestion that was not taken up
        data["quiet_days"] = sum(1 << day for day in data.pop("days"))
        return data
