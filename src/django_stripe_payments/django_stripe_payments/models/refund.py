import uuid
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock, money
from ..database.versions import Versioned
from .fact import Announced
from .mirror import Mirrored


class Refund(Announced, Mirrored, Versioned):
    """A refund. The row is committed before the call to Stripe, and reserves the amount.

    ``Payment.amount_refunded`` counts every refund here that did not fail and was not canceled.
    """

    class Status(models.TextChoices):
        """Stripe's refund statuses. An unknown one is stored as it is."""

        # Committed here or at Stripe, not completed yet.
        PENDING = "pending", _("pending")
        # The customer has to act, through a link that Stripe sends by e-mail.
        REQUIRES_ACTION = "requires_action", _("requires action")
        SUCCEEDED = "succeeded", _("succeeded")
        # The money returned to the balance, and can be refunded again.
        FAILED = "failed", _("failed")
        CANCELED = "canceled", _("canceled")

    class Reason(models.TextChoices):
        """The reasons that Stripe accepts. A site's own reason is stored here only."""

        REQUESTED_BY_CUSTOMER = "requested_by_customer", _("requested by customer")
        DUPLICATE = "duplicate", _("duplicate")
        # Trains Stripe's fraud protection, and adds card and e-mail to its block lists.
        FRAUDULENT = "fraudulent", _("fraudulent")

    #: The customer got no money back.
    VOID_STATUSES = frozenset({Status.FAILED, Status.CANCELED})

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    payment = models.ForeignKey(
        "Payment", on_delete=models.PROTECT, related_name="refunds", verbose_name=_("payment")
    )
    stripe_id = models.CharField(_("Stripe ID"), max_length=255, unique=True, null=True, blank=True)
    amount = models.BigIntegerField(
        _("amount"), help_text=_("In the currency's smallest unit, such as cents.")
    )
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.CharField(_("reason"), max_length=64, blank=True)
    status = models.CharField(_("status"), max_length=32, default=Status.PENDING)
    failure_reason = models.CharField(_("failure reason"), max_length=255, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    # By Stripe's clock; ``created_at`` is when this site recorded it.
    created = models.DateTimeField(_("created at Stripe"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        permissions = [("close_refund", _("Can close refunds by hand"))]
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["status", "created_at"], name="stripe_refund_status")]

    def __str__(self) -> str:
        return f"{self.amount_display} · {self.status_label}"

    @property
    def amount_decimal(self) -> Decimal:
        """The amount in the currency's major unit."""
        return money.to_decimal(self.amount, self.currency)

    @property
    def amount_display(self) -> str:
        """The formatted amount with its currency, in the active language."""
        return money.display(self.amount, self.currency)

    @property
    def status_label(self) -> str:
        """The status in the active language."""
        return str(dict(self.Status.choices).get(self.status, self.status))

    @property
    def reason_label(self) -> str:
        """The reason in the active language; a site's own reason as it is."""
        return str(dict(self.Reason.choices).get(self.reason, self.reason))


class RefundRequest(Announced):
    """A customer's request for a refund: executed immediately or decided by staff, by setting."""

    class Status(models.TextChoices):
        # Awaits a user with the permission to decide.
        PENDING = "pending", _("awaiting decision")
        # A refund was created for it, by policy or by staff.
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    payment = models.ForeignKey(
        "Payment",
        on_delete=models.PROTECT,
        related_name="refund_requests",
        verbose_name=_("payment"),
    )
    amount = models.BigIntegerField(
        _("amount"), help_text=_("In the currency's smallest unit, such as cents.")
    )
    message = models.TextField(_("message"), blank=True, max_length=2000)
    status = models.CharField(
        _("status"), max_length=16, choices=Status.choices, default=Status.PENDING
    )
    # Set while the request is pending, then NULL: one open request per payment on every database.
    open_for = models.OneToOneField(
        "Payment",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="open_refund_request",
        editable=False,
    )
    refund = models.OneToOneField(
        Refund,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="request",
        verbose_name=_("refund"),
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decision_note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("refund request")
        verbose_name_plural = _("refund requests")
        ordering = ["-created_at", "-id"]
        permissions = [("decide_refundrequest", _("Can approve or reject refund requests"))]

    def __str__(self) -> str:
        return f"{self.amount_display} · {self.get_status_display()}"

    @property
    def amount_display(self) -> str:
        """The formatted amount with its currency, in the active language."""
        return money.display(self.amount, self.payment.currency)
