import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock
from .mirror import Mirrored


class SetupIntent(Mirrored):
    """A customer's attempt to save a card without paying."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(
        "Customer",
        on_delete=models.CASCADE,
        related_name="setup_intents",
        verbose_name=_("customer"),
    )
    stripe_id = models.CharField(_("Stripe ID"), max_length=255, unique=True, null=True, blank=True)
    # Stripe's SetupIntent statuses; no choices, as for Payment.status.
    status = models.CharField(_("status"), max_length=32, default="requires_payment_method")
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("card setup")
        verbose_name_plural = _("card setups")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.stripe_id or str(self.pk)
