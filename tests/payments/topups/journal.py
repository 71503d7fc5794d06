"""What the app keeps beside payments: shown on their admin pages, and deleted by an erasure."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest

from django_stripe_payments.maintenance.belongings import Belongings
from django_stripe_payments.models import Payment

from .models import Entry


def rows(_request: HttpRequest, payment: Payment) -> Iterable[tuple[str]]:
    """Return the rows of the section on a payment's page."""
    return Entry.objects.filter(about=f"payment:{payment.pk}").order_by("pk").values_list("what")


def erase(belongings: Belongings) -> int:
    """Delete the entries about a user's payments."""
    about = [f"payment:{key}" for key in belongings.payment_keys]
    return Entry.objects.filter(about__in=about).delete()[0]
