from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock, money
from .mirror import Mirrored


class Charge(Mirrored):
    """One attempt to take money for a payment, mirrored from Stripe.

    A payment that was declined twice and then paid has three. Amounts are integers in the minor
    unit of ``currency``.
    """

    class Status(models.TextChoices):
        """Stripe's charge statuses. An unknown one is stored as it is."""

        PENDING = "pending", _("pending")
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")

    #: Nothing that arrives later changes the status of a charge in one of these.
    FINAL_STATUSES: ClassVar[frozenset[str]] = frozenset({Status.SUCCEEDED, Status.FAILED})

    stripe_id = models.CharField(_("Stripe ID"), max_length=255, unique=True)
    payment = models.ForeignKey(
        "Payment",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="charges",
        verbose_name=_("payment"),
    )
    intent_id = models.CharField(_("payment intent"), max_length=255, blank=True, db_index=True)
    amount = models.BigIntegerField(
        _("amount"), help_text=_("In the currency's smallest unit, such as cents.")
    )
    # Less than ``amount`` where only part of an authorization was captured.
    amount_captured = models.BigIntegerField(_("amount captured"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(_("status"), max_length=32)
    captured = models.BooleanField(_("captured"), default=False)
    disputed = models.BooleanField(_("disputed"), default=False)
    # What the network and Radar said: Stripe's ``outcome``.
    outcome_type = models.CharField(_("outcome"), max_length=64, blank=True)
    network_status = models.CharField(_("network status"), max_length=64, blank=True)
    risk_level = models.CharField(_("risk level"), max_length=64, blank=True)
    failure_code = models.CharField(_("failure code"), max_length=100, blank=True)
    decline_code = models.CharField(_("decline code"), max_length=100, blank=True)
    # How it was paid. Stripe's name of the method ("card", "sepa_debit", "klarna", …).
    method_type = models.CharField(_("payment method"), max_length=64, blank=True)
    brand = models.CharField(_("brand"), max_length=64, blank=True)
    last4 = models.CharField(_("last four digits"), max_length=4, blank=True, db_index=True)
    wallet = models.CharField(_("wallet"), max_length=64, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    # Stripe's id of what the charge did to the balance. Empty until Stripe settles it.
    balance_transaction_id = models.CharField(
        _("balance transaction"), max_length=255, blank=True, db_index=True
    )
    created = models.DateTimeField(_("created at Stripe"))
    created_at = models.DateTimeField(_("recorded"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
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

    @property
    def method_label(self) -> str:
        """What was paid with, as people know it: ``Visa •••• 4242``, ``Klarna``."""
        label = (self.brand or self.method_type).replace("_", " ").title()
        return f"{label} •••• {self.last4}" if self.last4 else label
