from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock
from .fact import Announced
from .mirror import Mirrored


class PaymentMethod(Announced, Mirrored):
    """A customer's saved card or other method. Its number stays at Stripe.

    The default is ``Customer.default_payment_method``: one column, so that there is at most one.
    """

    customer = models.ForeignKey(
        "Customer",
        on_delete=models.CASCADE,
        related_name="payment_methods",
        verbose_name=_("customer"),
    )
    stripe_id = models.CharField(_("Stripe ID"), max_length=255, unique=True)
    type = models.CharField(_("type"), max_length=64)
    brand = models.CharField(_("brand"), max_length=64, blank=True)
    last4 = models.CharField(_("last four digits"), max_length=4, blank=True)
    exp_month = models.PositiveSmallIntegerField(_("expiration month"), null=True, blank=True)
    exp_year = models.PositiveSmallIntegerField(_("expiration year"), null=True, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    # The same for every copy of a card. NULL if it is not attached.
    fingerprint = models.CharField(_("fingerprint"), max_length=255, null=True, blank=True)
    created_at = models.DateTimeField(_("saved"), default=clock.now, editable=False)
    detached_at = models.DateTimeField(_("removed"), null=True, blank=True)

    class Meta:
        verbose_name = _("payment method")
        verbose_name_plural = _("payment methods")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["customer", "fingerprint"], name="stripe_copies_of_a_card")]

    def __str__(self) -> str:
        return f"{self.label} •••• {self.last4}" if self.last4 else self.label

    @property
    def label(self) -> str:
        """The brand or the type in title case: ``Visa``, ``Sepa Debit``."""
        return (self.brand or self.type).replace("_", " ").title()

    @property
    def is_expired(self) -> bool:
        """Whether the card's expiration month is over; False for methods that never expire."""
        if self.exp_year is None or self.exp_month is None:
            return False
        today = clock.now().date()
        return (self.exp_year, self.exp_month) < (today.year, today.month)

    @property
    def is_attached(self) -> bool:
        """Whether it can be charged."""
        return self.detached_at is None

    @property
    def is_default(self) -> bool:
        """Whether it is the customer's default."""
        return self.customer.default_payment_method_id == self.pk
