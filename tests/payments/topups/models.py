from django.db import models

from django_stripe_payments.database.versions import Versioned
from django_stripe_payments.models.fact import Announced
from django_stripe_payments.models.mirror import Mirrored


class Topup(Announced, Mirrored, Versioned):
    """Money on its way from the platform's bank account to its Stripe balance."""

    stripe_id = models.CharField(max_length=255, unique=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    # As Stripe names them: pending, succeeded, failed, canceled, reversed.
    status = models.CharField(max_length=32)
    description = models.CharField(max_length=500, blank=True)
    failure_code = models.CharField(max_length=100, blank=True)
    created = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return f"{self.stripe_id} {self.status}"


class Entry(models.Model):
    """What the app's participant wrote beside a payment, refund, dispute or balance transaction."""

    about = models.CharField(max_length=100)
    what = models.CharField(max_length=100)

    def __str__(self) -> str:
        return f"{self.about}: {self.what}"
