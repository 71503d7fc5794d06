from django.db import models
from django.utils.translation import gettext_lazy as _

from ..database.primary import Stored


class Fact(Stored):
    """Something that became true, which is announced by the signal named ``kind``.

    ``key`` is unique: any number of events, page loads and reconciliations that report the same
    thing make one fact. A fact that arrives after its payment is final is stored as
    ``overtaken`` and not announced: a declined card is no news once the money arrived.
    """

    key = models.CharField(_("key"), max_length=255, unique=True)
    kind = models.CharField(_("signal"), max_length=64)
    payment = models.ForeignKey(
        "Payment",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="facts",
        verbose_name=_("payment"),
    )
    refund = models.ForeignKey(
        "Refund",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="facts",
        verbose_name=_("refund"),
    )
    refund_request = models.ForeignKey(
        "RefundRequest",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="facts",
        verbose_name=_("refund request"),
    )
    dispute = models.ForeignKey(
        "Dispute",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="facts",
        verbose_name=_("dispute"),
    )
    payment_method = models.ForeignKey(
        "PaymentMethod",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="facts",
        verbose_name=_("payment method"),
    )
    customer = models.ForeignKey(
        "Customer",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="facts",
        verbose_name=_("customer"),
    )
    payout = models.ForeignKey(
        "Payout",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="facts",
        verbose_name=_("payout"),
    )
    event = models.ForeignKey(
        "WebhookEvent",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="facts",
        verbose_name=_("source event"),
    )
    overtaken = models.BooleanField(_("superseded"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # Set when every receiver has run; the sweep looks for unset ones.
    announced_at = models.DateTimeField(_("announced"), null=True, blank=True, db_index=True)

    #: Whether this process just stored the fact, so that no receiver has had its turn.
    is_new = False
    #: Whether, moreover, the rows that it names are as they were written, and need not be read.
    is_fresh = False

    class Meta:
        verbose_name = _("fact")
        verbose_name_plural = _("facts")
        permissions = [("close_fact", _("Can close facts by hand"))]
        ordering = ["id"]

    def __str__(self) -> str:
        return self.key


class ReceiverDelivery(Stored):
    """One receiver's run for one fact. It commits together with the receiver's own writes."""

    fact = models.ForeignKey(
        Fact, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("fact")
    )
    receiver = models.CharField(_("receiver"), max_length=200)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("receiver delivery")
        verbose_name_plural = _("receiver deliveries")
        permissions = [("replay_receiverdelivery", _("Can run receivers again"))]
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["fact", "receiver"], name="stripe_one_turn_per_receiver"
            )
        ]

    def __str__(self) -> str:
        return f"{self.fact_id} → {self.receiver}"
