from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock, money
from ..database.versions import Versioned
from .fact import Announced
from .mirror import Mirrored


class Payout(Announced, Mirrored, Versioned):
    """Money on its way from the Stripe balance to the bank account, mirrored from Stripe."""

    class Status(models.TextChoices):
        """Stripe's payout statuses. An unknown one is stored as it is."""

        PENDING = "pending", _("pending")
        IN_TRANSIT = "in_transit", _("in transit")
        # The bank received it. It may still return it, and then the payout has failed.
        PAID = "paid", _("paid")
        FAILED = "failed", _("failed")
        CANCELED = "canceled", _("canceled")

    #: The payout is not complete.
    OPEN_STATUSES = frozenset({Status.PENDING, Status.IN_TRANSIT})

    stripe_id = models.CharField(_("Stripe ID"), max_length=255, unique=True)
    amount = models.BigIntegerField(
        _("amount"), help_text=_("In the currency's smallest unit, such as cents.")
    )
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(_("status"), max_length=32)
    arrival_date = models.DateField(_("arrival date"))
    # Stripe lists the balance transactions of automatic payouts only.
    automatic = models.BooleanField(_("automatic"), default=True)
    reconciliation_status = models.CharField(_("reconciliation status"), max_length=32, blank=True)
    failure_code = models.CharField(_("failure code"), max_length=100, blank=True)
    failure_message = models.TextField(_("failure message"), blank=True)
    created = models.DateTimeField(_("created at Stripe"))
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)
    # Set when every balance transaction of the payout is in ``balance_transactions``.
    itemized_at = models.DateTimeField(_("itemized"), null=True, blank=True)

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return f"{self.amount_display} · {self.status_label}"

    @property
    def amount_display(self) -> str:
        """The formatted amount with its currency, in the active language."""
        return money.display(self.amount, self.currency)

    @property
    def status_label(self) -> str:
        """The status in the reader's language."""
        return str(dict(self.Status.choices).get(self.status, self.status))
