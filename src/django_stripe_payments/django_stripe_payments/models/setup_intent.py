import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from .mirror import Mirrored


class SetupIntent(Mirrored):
    """One customer's attempt to save a card without paying."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(
        "Customer",
        on_delete=models.CASCADE,
        related_name="setup_intents",
        verbose_name=_("customer"),
    )
    stripe_id = models.CharField(_("Stripe id"), max_length=255, unique=True, null=True, blank=True)
    # Stripe's SetupIntent statuses; no choices, as for Payment.status.
    status = models.CharField(_("status"), max_length=32, default="requires_payment_method")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("card set-up")
        verbose_name_plural = _("card set-ups")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.stripe_id or str(self.pk)
