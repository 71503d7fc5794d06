from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import money
from ..database.versions import Versioned
from .mirror import Mirrored


class Payout(Mirrored, Versioned):
    """Money on its way from the Stripe balance to the bank account, mirrored from Stripe."""

    class Status(models.TextChoices):
        """Stripe's payout statuses. An unknown one is stored as it is."""

        PENDING = "pending", _("pending")
        IN_TRANSIT = "in_transit", _("on its way")
        # The bank has it; a bank may still send it back, and then it has failed.
        PAID = "paid", _("paid")
        FAILED = "failed", _("failed")
        CANCELED = "canceled", _("canceled")

    #: A payout in one of these is not over yet.
    OPEN_STATUSES = frozenset({Status.PENDING, Status.IN_TRANSIT})

    stripe_id = models.CharField(_("Stripe id"), max_length=255, unique=True)
    amount = models.BigIntegerField(_("amount"), help_text=_("In the currency's minor unit."))
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(_("status"), max_length=32)
    arrival_date = models.DateField(_("arrival"))
    # Stripe only tells what is in a payout that it made by itself.
    automatic = models.BooleanField(_("automatic"), default=True)
    reconciliation_status = models.CharField(_("reconciliation"), max_length=32, blank=True)
    failure_code = models.CharField(_("failure code"), max_length=100, blank=True)
    failure_message = models.TextField(_("failure message"), blank=True)
    created = models.DateTimeField(_("created at Stripe"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # Set when every booking of the payout is in ``items``.
    itemized_at = models.DateTimeField(_("items complete"), null=True, blank=True)

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return f"{self.amount_display} · {self.status_label}"

    @property
    def amount_display(self) -> str:
        """The amount as people read it, in the active language."""
        return money.display(self.amount, self.currency)

    @property
    def status_label(self) -> str:
        """The status in the reader's language."""
        return str(dict(self.Status.choices).get(self.status, self.status))


class PayoutItem(models.Model):
    """One booking (balance transaction) that a payout consists of, tied to what it is about.

    ``amount``, ``fee`` and ``net`` are in the minor unit of ``currency``, and negative where
    money left. The nets of a payout's items are its amount.
    """

    payout = models.ForeignKey(
        Payout, on_delete=models.CASCADE, related_name="items", verbose_name=_("payout")
    )
    stripe_id = models.CharField(_("balance transaction"), max_length=255, unique=True)
    # Stripe's word: "charge", "refund", "adjustment" and many more.
    type = models.CharField(_("type"), max_length=64)
    source_id = models.CharField(_("source"), max_length=255, blank=True)
    amount = models.BigIntegerField(_("amount"))
    fee = models.BigIntegerField(_("fee"))
    net = models.BigIntegerField(_("net"))
    currency = models.CharField(_("currency"), max_length=3)
    payment = models.ForeignKey(
        "Payment",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="payout_items",
        verbose_name=_("payment"),
    )
    refund = models.ForeignKey(
        "Refund",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="payout_items",
        verbose_name=_("refund"),
    )
    dispute = models.ForeignKey(
        "Dispute",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="payout_items",
        verbose_name=_("dispute"),
    )

    class Meta:
        verbose_name = _("payout item")
        verbose_name_plural = _("payout items")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.type} {money.display(self.net, self.currency)}"
