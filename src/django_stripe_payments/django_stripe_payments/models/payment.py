import uuid
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .. import money
from ..database.versions import Versioned
from . import guest_links
from .mirror import Mirrored


class Payment(Mirrored, Versioned):
    """One order's payment, which is one PaymentIntent at Stripe.

    Amounts are integers in Stripe's minor unit of ``currency``; ``amount_decimal`` is the same
    in the major unit. Connect to ``signals.payment_succeeded`` rather than to ``post_save``:
    it comes once per change of status, and a receiver of it that raises is logged and not tried
    again.
    """

    class Status(models.TextChoices):
        """Stripe's PaymentIntent statuses. An unknown one is stored as it is."""

        REQUIRES_PAYMENT_METHOD = "requires_payment_method", _("awaiting payment")
        REQUIRES_CONFIRMATION = "requires_confirmation", _("awaiting confirmation")
        REQUIRES_ACTION = "requires_action", _("awaiting authentication")
        PROCESSING = "processing", _("processing")
        REQUIRES_CAPTURE = "requires_capture", _("authorised")
        CANCELED = "canceled", _("canceled")
        SUCCEEDED = "succeeded", _("paid")

    #: A payment in one of these waits for the customer.
    OPEN_STATUSES = frozenset(
        {Status.REQUIRES_PAYMENT_METHOD, Status.REQUIRES_CONFIRMATION, Status.REQUIRES_ACTION}
    )

    #: Nothing that arrives later changes a payment in one of these.
    FINAL_STATUSES = frozenset({Status.SUCCEEDED, Status.CANCELED})

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        # The sums outlive the account.
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="stripe_payments",
        verbose_name=_("user"),
    )
    customer = models.ForeignKey(
        "Customer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        verbose_name=_("customer"),
    )
    stripe_id = models.CharField(
        _("payment intent"), max_length=255, unique=True, null=True, blank=True
    )
    payment_type = models.CharField(_("payment type"), max_length=64, db_index=True)
    description = models.CharField(_("description"), max_length=1000, blank=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    amount = models.BigIntegerField(_("amount"), help_text=_("In the currency's minor unit."))
    amount_received = models.BigIntegerField(_("amount received"), default=0)
    amount_capturable = models.BigIntegerField(_("amount capturable"), default=0)
    # Every refund that did not fail, pending ones included: the sum that is spoken for.
    amount_refunded = models.BigIntegerField(_("amount refunded"), default=0)
    # Estimated when the payment is made, and real once ``fee_is_final``.
    stripe_fee = models.BigIntegerField(_("Stripe's fee"), null=True, blank=True)
    platform_fee = models.BigIntegerField(_("platform's fee"), default=0)
    fee_is_final = models.BooleanField(_("fee is final"), default=False)
    currency = models.CharField(_("currency"), max_length=3)
    # No choices: Stripe may add a status, and a row must not become invalid by that.
    status = models.CharField(_("status"), max_length=32, default=Status.REQUIRES_PAYMENT_METHOD)
    # "automatic" takes the money at once, "manual" reserves it until it is captured.
    capture_method = models.CharField(_("capture"), max_length=16, default="automatic")
    # The method that is paid with is saved to the customer, to be charged again.
    save_card = models.BooleanField(_("saves the card"), default=False)
    # Charged while the customer was away, with a card saved before.
    off_session = models.BooleanField(_("off session"), default=False)
    # The site's own name for a charge, so that asking for it again is the same payment.
    idempotency_key = models.CharField(
        _("idempotency key"), max_length=255, unique=True, null=True, blank=True
    )
    payment_method = models.ForeignKey(
        "PaymentMethod",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="payments",
        verbose_name=_("saved payment method"),
    )
    # The bank is asked to authenticate the customer, whether it would have done so or not.
    three_d_secure = models.BooleanField(_("3-D Secure demanded"), default=False)
    # Why a fraud rule wants a person to look at the payment; empty when none does.
    review_reason = models.CharField(_("to be reviewed"), max_length=255, blank=True)
    charge_id = models.CharField(_("charge"), max_length=255, blank=True)
    failure_code = models.CharField(_("failure code"), max_length=100, blank=True)
    failure_message = models.TextField(_("failure message"), blank=True)
    # What an open payment of the checkout is for: two tabs that ask at once get one payment.
    # NULL for every other one, and NULLs are distinct on every database.
    checkout_key = models.CharField(
        max_length=64, unique=True, null=True, blank=True, editable=False
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    succeeded_at = models.DateTimeField(_("succeeded"), null=True, blank=True)
    canceled_at = models.DateTimeField(_("canceled"), null=True, blank=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-created_at", "-id"]
        permissions = [
            ("cancel_payment", _("Can cancel payments")),
            ("review_payment", _("Can mark payments as reviewed")),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="stripe_payment_history"),
            models.Index(fields=["status", "-created_at"], name="stripe_payment_status"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_display} · {self.description or self.payment_type}"

    def get_absolute_url(self) -> str:
        return reverse("django_stripe_payments:payment_success", args=[self.pk])

    @property
    def amount_decimal(self) -> Decimal:
        """The amount in the currency's major unit."""
        return money.to_decimal(self.amount, self.currency)

    @property
    def amount_display(self) -> str:
        """The amount as people read it, in the active language."""
        return money.display(self.amount, self.currency)

    @property
    def refundable(self) -> int:
        """What can still be refunded, in the minor unit."""
        return max(0, self.amount_received - self.amount_refunded)

    @property
    def net(self) -> int:
        """What is left after refunds, Stripe's fee and the platform's, in the minor unit."""
        received = self.amount_received - self.amount_refunded
        return received - (self.stripe_fee or 0) - self.platform_fee

    @property
    def is_final(self) -> bool:
        """Whether the payment succeeded or was canceled, so that no news can change it."""
        return self.status in self.FINAL_STATUSES

    @property
    def status_label(self) -> str:
        """The status in the reader's language; a status that is newer than this app as it is."""
        return str(dict(self.Status.choices).get(self.status, self.status))

    @property
    def checkout_url(self) -> str:
        """The path of the page on which this payment is paid."""
        return f"{reverse('django_stripe_payments:checkout')}?payment_id={self.pk}"

    @property
    def guest_checkout_url(self) -> str:
        """The path of the checkout for whoever holds it: for a payment without a user.

        It is signed, good for STRIPE_GUEST_LINK_MAX_AGE seconds, and opens this payment only. A
        user's payment is opened by logging in, so that this is ``checkout_url`` for one.
        """
        return guest_links.with_token(self.checkout_url, self)

    @property
    def authenticate_url(self) -> str:
        """The path on which the customer authenticates a charge of their saved card."""
        return reverse("django_stripe_payments:payment_authenticate", args=[self.pk])
