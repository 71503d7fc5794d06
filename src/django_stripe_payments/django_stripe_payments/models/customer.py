from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..database.moments import Stamped
from .fact import Announced
from .mirror import Mirrored


class Customer(Stamped, Announced, Mirrored):
    """A user's customer at Stripe. The row is committed before the call that creates it there."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        # Stripe keeps the customer and its charges when the account here is deleted.
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="stripe_customer",
        verbose_name=_("user"),
    )
    stripe_id = models.CharField(_("Stripe ID"), max_length=255, unique=True, null=True, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    name = models.CharField(_("name"), max_length=255, blank=True)
    default_payment_method = models.OneToOneField(
        "PaymentMethod",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="default_of",
        verbose_name=_("default payment method"),
    )
    # Set when the user's personal data was erased. The row stays for the amounts, and its former
    # id for late events.
    former_stripe_id = models.CharField(_("former Stripe ID"), max_length=255, blank=True)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, db_index=True)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")

    def __str__(self) -> str:
        return self.email or self.stripe_id or str(self.pk)

    @property
    def known_stripe_id(self) -> str:
        """The customer's id at Stripe ("cus_…"). Raises ValueError if there is none yet."""
        if self.stripe_id is None:
            msg = f"Stripe does not know customer {self.pk}."
            raise ValueError(msg)
        return self.stripe_id
