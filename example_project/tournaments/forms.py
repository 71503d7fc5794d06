from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from django_stripe_payments import clock

from .models import Tournament

#: A card can't be charged less.
SMALLEST_FEE = Decimal(1)


class TournamentForm(forms.ModelForm):
    class Meta:
        model = Tournament
        fields = (
            *("name", "game", "summary", "rules", "entry_fee", "capacity"),
            *("starts_at", "registration_open"),
        )
        widgets = {
            "starts_at": forms.DateTimeInput(
                attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
            ),
            "rules": forms.Textarea(attrs={"rows": 5}),
        }

    def clean_entry_fee(self) -> Decimal:
        fee = self.cleaned_data["entry_fee"]
        if fee and fee < SMALLEST_FEE:
            raise ValidationError(_("Charge nothing, or at least 1.00."))
        return fee

    def clean_capacity(self) -> int:
        capacity = self.cleaned_data["capacity"]
        if self.instance.pk and capacity < self.instance.places_taken:
            raise ValidationError(
                _("%(taken)d places are taken already."),
                params={"taken": self.instance.places_taken},
            )
        return capacity

    def clean_starts_at(self):
        starts_at = self.cleaned_data["starts_at"]
        if starts_at <= clock.now():
            raise ValidationError(_("Choose a moment that is still to come."))
        return starts_at
