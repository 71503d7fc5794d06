from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock, money
from .mirror import Mirrored


class BalanceTransaction(Mirrored):
    """One change of the balance at Stripe: a charge, a refund, a dispute, a fee, a payout.

    Append-only, as at Stripe. ``amount``, ``fee`` and ``net`` are in the minor unit of
    ``currency``, which is the currency of settlement, and negative where money left. Sum them per
    currency and never across currencies. The nets of a payout's transactions are its amount.
    """

    stripe_id = models.CharField(_("Stripe ID"), max_length=255, unique=True)
    # Stripe's words: "charge", "refund", "adjustment", "payout" and many more. Stripe advises
    # accountants to group by the category.
    type = models.CharField(_("type"), max_length=64)
    reporting_category = models.CharField(_("reporting category"), max_length=64)
    amount = models.BigIntegerField(
        _("amount"), help_text=_("In the currency's smallest unit, such as cents.")
    )
    fee = models.BigIntegerField(_("fee"), default=0)
    net = models.BigIntegerField(_("net"))
    currency = models.CharField(_("currency"), max_length=3)
    # From the currency of the source to this one; empty where they are the same.
    exchange_rate = models.DecimalField(
        _("exchange rate"), max_digits=24, decimal_places=12, null=True, blank=True
    )
    source_id = models.CharField(_("source"), max_length=255, blank=True, db_index=True)
    created = models.DateTimeField(_("created at Stripe"), db_index=True)
    available_on = models.DateTimeField(_("available"))
    created_at = models.DateTimeField(_("recorded"), default=clock.now, editable=False)
    payout = models.ForeignKey(
        "Payout",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="balance_transactions",
        verbose_name=_("payout"),
    )
    payment = models.ForeignKey(
        "Payment",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="balance_transactions",
        verbose_name=_("payment"),
    )
    refund = models.ForeignKey(
        "Refund",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="balance_transactions",
        verbose_name=_("refund"),
    )
    dispute = models.ForeignKey(
        "Dispute",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="balance_transactions",
        verbose_name=_("dispute"),
    )

    class Meta:
        verbose_name = _("balance transaction")
        verbose_name_plural = _("balance transactions")
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return f"{self.type} {self.net_display}"

    @property
    def net_display(self) -> str:
        """The net as people read it, in the active language."""
        return money.display(self.net, self.currency)
