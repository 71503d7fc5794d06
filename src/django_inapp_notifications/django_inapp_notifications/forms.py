"""The forms of the preferences page."""

from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from .models import NotificationSettings

__all__ = ["SettingsForm"]

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

    class Meta:
        model = NotificationSettings
        fields = ["muted", "quiet_hours", "quiet_start", "quiet_end", "time_zone"]
        widgets = {
            "quiet_start": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_end": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
        labels = {
            "muted": _("Pause everything that leaves this site"),
            "quiet_hours": _("Keep quiet at night"),
            "quiet_start": _("From"),
            "quiet_end": _("To"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = self.instance
        self.initial["days"] = [day for day in range(7) if own.quiet_days >> day & 1]
        self.initial["digest_hour"] = own.digest_hour
        self.initial["digest_weekday"] = own.digest_weekday

    def values(self) -> dict[str, Any]:
        """Fields of NotificationSettings and what they are to be."""
        data = dict(self.cleaned_data)
        data["quiet_days"] = sum(1 << day for day in data.pop("days"))
        return data
