from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .mirror import Mirrored


class PaymentMethod(Mirrored):
    """A saved card or other method of a customer. What opens it stays at Stripe.

    The customer's default is ``Customer.default_payment_method``: one column, so that there is
    never more than one.
    """

    customer = models.ForeignKey(
        "Customer",
        on_delete=models.CASCADE,
        related_name="payment_methods",
        verbose_name=_("customer"),
    )
    stripe_id = models.CharField(_("Stripe id"), max_length=255, unique=True)
    type = models.CharField(_("type"), max_length=64)
    brand = models.CharField(_("brand"), max_length=64, blank=True)
    last4 = models.CharField(_("last four digits"), max_length=4, blank=True)
    exp_month = models.PositiveSmallIntegerField(_("expiry month"), null=True, blank=True)
    exp_year = models.PositiveSmallIntegerField(_("expiry year"), null=True, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    # The same card saved twice has the same fingerprint. NULL when it is not attached: NULLs
    # are distinct on every database, so that the constraint only counts attached ones.
    fingerprint = models.CharField(_("fingerprint"), max_length=255, null=True, blank=True)
    created_at = models.DateTimeField(_("saved"), auto_now_add=True)
    detached_at = models.DateTimeField(_("removed"), null=True, blank=True)

    class Meta:
        verbose_name = _("payment method")
        verbose_name_plural = _("payment methods")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "fingerprint"], name="stripe_one_card_per_customer"
            )
        ]

    def __str__(self) -> str:
        return f"{self.label} •••• {self.last4}" if self.last4 else self.label

    @property
    def label(self) -> str:
        """The brand as people know it, or the type: ``Visa``, ``SEPA debit``."""
        return (self.brand or self.type).replace("_", " ").title()

    @property
    def is_expired(self) -> bool:
        """Whether the card's last month is over. What never expires is never expired."""
        if self.exp_year is None or self.exp_month is None:
            return False
        today = timezone.now().date()
        return (self.exp_year, self.exp_month) < (today.year, today.month)

    @property
    def is_attached(self) -> bool:
        """Whether it can be charged."""
        return self.detached_at is None

    @property
    def is_default(self) -> bool:
        """Whether it is charged where none is named."""
        return self.customer.default_payment_method_id == self.pk
