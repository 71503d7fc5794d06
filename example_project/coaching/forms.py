from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from django_stripe_payments import clock

from .models import CoachingSession


class SessionForm(forms.ModelForm):
    class Meta:
        model = CoachingSession
        fields = ("topic", "summary", "price", "starts_at", "minutes")
        widgets = {
            "starts_at": forms.DateTimeInput(
                attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
            ),
        }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.is_booked:
            # What the player has paid for stays what it is.
            for name in ("price", "starts_at", "minutes"):
                self.fields[name].disabled = True
                self.fields[name].help_text = _("The session is booked, so this can't be changed.")

    def clean_starts_at(self):
        starts_at = self.cleaned_data["starts_at"]
        if starts_at <= clock.now():
            raise ValidationError(_("Choose a moment that is still to come."))
        return starts_at
