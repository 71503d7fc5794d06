import uuid
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock, money
from ..database.versions import Versioned
from ..exceptions import NoPaymentIntent
from . import declines
from .contents import Contents
from .mirror import Mirrored
from .pages import Linked


class Payment(Contents, Linked, Mirrored, Versioned):
    """One order's payment, which is one PaymentIntent at Stripe.

    Amounts are integers in Stripe's minor unit of ``currency``; ``amount_decimal`` is the amount
    in the major unit. Connect to ``signals.payment_succeeded`` rather than to ``post_save``,
    which is sent once per change of status: a receiver of it that fails is logged and not retried.
    """

    class Status(models.TextChoices):
        """Stripe's PaymentIntent statuses. An unknown one is stored as it is."""

        REQUIRES_PAYMENT_METHOD = "requires_payment_method", _("awaiting payment")
        REQUIRES_CONFIRMATION = "requires_confirmation", _("awaiting confirmation")
        REQUIRES_ACTION = "requires_action", _("awaiting authentication")
        PROCESSING = "processing", _("processing")
        REQUIRES_CAPTURE = "requires_capture", _("authorized")
        CANCELED = "canceled", _("canceled")
        SUCCEEDED = "succeeded", _("paid")

    #: The customer has to act.
    OPEN_STATUSES = frozenset(
        {Status.REQUIRES_PAYMENT_METHOD, Status.REQUIRES_CONFIRMATION, Status.REQUIRES_ACTION}
    )

    #: Later news does not change the status.
    FINAL_STATUSES = frozenset({Status.SUCCEEDED, Status.CANCELED})

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        # The amounts outlive the account.
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
    amount = models.BigIntegerField(
        _("amount"), help_text=_("In the currency's smallest unit, such as cents.")
    )
    amount_received = models.BigIntegerField(_("amount received"), default=0)
    amount_capturable = models.BigIntegerField(_("amount capturable"), default=0)
    # The total of refunds that did not fail, including pending ones.
    amount_refunded = models.BigIntegerField(_("amount refunded"), default=0)
    # The total of disputes whose money the bank has: withdrawn or lost, and not reinstated.
    amount_disputed = models.BigIntegerField(_("amount disputed"), default=0)
    # Estimated when the payment is created, actual once ``fee_is_final``.
    stripe_fee = models.BigIntegerField(_("Stripe fee"), null=True, blank=True)
    # What Stripe took and paid for the charge, by its balance transaction: in the minor unit of
    # the currency in which Stripe settles, which may differ from the payment's. Never add the two.
    settlement_currency = models.CharField(_("settlement currency"), max_length=3, blank=True)
    settlement_fee = models.BigIntegerField(_("fee in settlement"), null=True, blank=True)
    settlement_net = models.BigIntegerField(_("net in settlement"), null=True, blank=True)
    platform_fee = models.BigIntegerField(_("platform fee"), default=0)
    fee_is_final = models.BooleanField(_("fee is final"), default=False)
    currency = models.CharField(_("currency"), max_length=3)
    # No choices: a status that Stripe adds must not make a row invalid.
    status = models.CharField(_("status"), max_length=32, default=Status.REQUIRES_PAYMENT_METHOD)
    # "automatic" charges immediately, "manual" reserves the amount until it is captured.
    capture_method = models.CharField(_("capture method"), max_length=16, default="automatic")
    # Saves the payment method to the customer, for later charges.
    save_card = models.BooleanField(_("save card"), default=False)
    # Charged with a saved card while the customer was not present.
    off_session = models.BooleanField(_("off session"), default=False)
    # The site's own key for a charge: repeating the request returns the same payment.
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
    # Stripe created the intent, for an invoice for example: it is not canceled as abandoned.
    is_claimed = models.BooleanField(_("intent made by Stripe"), default=False, editable=False)
    # Requests 3-D Secure even if the bank would not require it.
    three_d_secure = models.BooleanField(_("3-D Secure required"), default=False)
    # Why a fraud rule flagged the payment for review; empty if none did.
    review_reason = models.CharField(_("review reason"), max_length=255, blank=True)
    charge_id = models.CharField(_("charge"), max_length=255, blank=True)
    failure_code = models.CharField(_("failure code"), max_length=100, blank=True)
    failure_message = models.TextField(_("failure message"), blank=True)
    # The page at Stripe with the slip or the bank transfer that is to be paid, and until when.
    instructions_url = models.TextField(_("payment instructions"), blank=True)
    pay_until = models.DateTimeField(_("pay until"), null=True, blank=True)
    # What an open checkout payment is for, so that two tabs get the same payment. NULL for every
    # other payment: NULLs are distinct on every database.
    checkout_key = models.CharField(
        max_length=64, unique=True, null=True, blank=True, editable=False
    )
    # What the browser named for it, while it is open, so that the price can be asked for again.
    # As text: a browser may send what a JSON column refuses.
    checkout_request = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)
    # When it was so, by Stripe's clock: see ``payments.moments``.
    succeeded_at = models.DateTimeField(_("succeeded"), null=True, blank=True)
    canceled_at = models.DateTimeField(_("canceled"), null=True, blank=True)
    # When Stripe took the money, if the charge says so already, whatever the status here.
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True, editable=False)
    # When this site learned of it, by its own clock: hours or days later after an outage.
    succeeded_recorded_at = models.DateTimeField(_("success recorded"), null=True, blank=True)
    canceled_recorded_at = models.DateTimeField(_("cancellation recorded"), null=True, blank=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-created_at", "-id"]
        permissions = [
            ("cancel_payment", _("Can cancel payments")),
            ("capture_payment", _("Can capture payments")),
            ("review_payment", _("Can mark payments as reviewed")),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="stripe_payment_history"),
            models.Index(fields=["status", "-created_at"], name="stripe_payment_status"),
            models.Index(fields=["succeeded_at"], name="stripe_payment_succeeded"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_display} · {self.description or self.type_label}"

    @property
    def intent_id(self) -> str:
        """Stripe's id of the payment intent ("pi_…"). Raises NoPaymentIntent if there is none."""
        if self.stripe_id is None:
            msg = f"Payment {self.pk} has no payment intent yet: intents.ensure_intent() makes it."
            raise NoPaymentIntent(msg)
        return self.stripe_id

    @property
    def amount_decimal(self) -> Decimal:
        """The amount in the currency's major unit."""
        return money.to_decimal(self.amount, self.currency)

    @property
    def amount_display(self) -> str:
        """The formatted amount with its currency, in the active language."""
        return money.display(self.amount, self.currency)

    @property
    def refundable(self) -> int:
        """What can still be refunded, in the minor unit: what the bank took back can't be."""
        return max(0, self.amount_received - self.amount_refunded - self.amount_disputed)

    @property
    def is_fully_refunded(self) -> bool:
        """Whether all that arrived was refunded, or is being refunded."""
        return 0 < self.amount_received <= self.amount_refunded

    @property
    def net(self) -> int:
        """What is left after refunds, disputes, Stripe's fee and the platform's, in the minor unit.

        Negative where more was taken than arrived. Stripe's fees of disputes are in their
        balance transactions.
        """
        left = self.amount_received - self.amount_refunded - self.amount_disputed
        return left - (self.stripe_fee or 0) - self.platform_fee

    @property
    def settlement_fee_display(self) -> str:
        """The final Stripe fee in the settlement currency; "" until it is known."""
        return self._settled(self.settlement_fee)

    @property
    def settlement_net_display(self) -> str:
        """What Stripe settled for the charge, before refunds; "" until it is known."""
        return self._settled(self.settlement_net)

    def _settled(self, minor: int | None) -> str:
        return "" if minor is None else money.display(minor, self.settlement_currency)

    @property
    def paid_with(self) -> str:
        """What was paid with, such as "Visa •••• 4242"; "" until a charge succeeded or waits.

        Prefetch "charges" for a list.
        """
        charge = next(
            (each for each in self.charges.all() if each.stripe_id == self.charge_id), None
        )
        took = charge is not None and charge.status != charge.Status.FAILED
        return charge.method_label if charge is not None and took else ""

    @property
    def is_final(self) -> bool:
        """Whether the payment succeeded or was canceled, which is permanent."""
        return self.status in self.FINAL_STATUSES

    @property
    def status_label(self) -> str:
        """The status in the active language; an unknown status as it is."""
        status = self.status
        if status == self.Status.REQUIRES_ACTION and self.instructions_url:
            # Nothing to authenticate: a slip or a bank transfer is to be paid.
            status = self.Status.REQUIRES_PAYMENT_METHOD
        return str(dict(self.Status.choices).get(status, status))

    @property
    def failure_display(self) -> str:
        """Why the last attempt failed, for the customer in the active language; "" if none did.

        ``failure_message`` is Stripe's own text: English, and at times for developers.
        """
        return declines.explain(self.failure_code) if self.failure_code else ""
