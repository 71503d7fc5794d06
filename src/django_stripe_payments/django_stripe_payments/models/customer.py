from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .mirror import Mirrored


class Customer(Mirrored):
    """A user as Stripe knows them. The row exists before Stripe is asked to make its own."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        # Stripe keeps the customer and its charges when an account here is deleted.
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="stripe_customer",
        verbose_name=_("user"),
    )
    stripe_id = models.CharField(_("Stripe id"), max_length=255, unique=True, null=True, blank=True)
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
    # The user's personal data was erased. The row stays for the sums, and the id that it had for
    # events that come late.
    former_stripe_id = models.CharField(_("former Stripe id"), max_length=255, blank=True)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, db_index=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")

    def __str__(self) -> str:
        return self.email or self.stripe_id or str(self.pk)
