import uuid

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .. import clock, money
from ..database.primary import Stored
from ..database.versions import Versioned
from .fact import Announced
from .mirror import Mirrored


class Dispute(Announced, Mirrored, Versioned):
    """A charge that the customer disputed with their bank, mirrored from Stripe."""

    class Status(models.TextChoices):
        """Stripe's dispute statuses. An unknown one is stored as it is."""

        WARNING_NEEDS_RESPONSE = "warning_needs_response", _("inquiry, needs a response")
        WARNING_UNDER_REVIEW = "warning_under_review", _("inquiry, under review")
        WARNING_CLOSED = "warning_closed", _("inquiry closed")
        NEEDS_RESPONSE = "needs_response", _("needs a response")
        UNDER_REVIEW = "under_review", _("under review")
        APPEAL_NEEDS_RESPONSE = "appeal_needs_response", _("appeal, needs a response")
        APPEAL_UNDER_REVIEW = "appeal_under_review", _("appeal, under review")
        WON = "won", _("won")
        LOST = "lost", _("lost")
        PREVENTED = "prevented", _("prevented")

    class Reason(models.TextChoices):
        """Stripe's dispute reasons. An unknown one is stored as it is."""

        BANK_CANNOT_PROCESS = "bank_cannot_process", _("bank can't process")
        CHECK_RETURNED = "check_returned", _("check returned")
        CREDIT_NOT_PROCESSED = "credit_not_processed", _("credit not processed")
        CUSTOMER_INITIATED = "customer_initiated", _("initiated by the customer")
        DEBIT_NOT_AUTHORIZED = "debit_not_authorized", _("debit not authorized")
        DUPLICATE = "duplicate", _("duplicate")
        FRAUDULENT = "fraudulent", _("fraudulent")
        GENERAL = "general", pgettext_lazy("reason of a dispute", "general")
        INCORRECT_ACCOUNT = "incorrect_account_details", _("incorrect account details")
        INSUFFICIENT_FUNDS = "insufficient_funds", _("insufficient funds")
        NONCOMPLIANT = "noncompliant", _("noncompliant with card network rules")
        NOT_RECEIVED = "product_not_received", _("product not received")
        UNACCEPTABLE = "product_unacceptable", _("product unacceptable")
        SUBSCRIPTION_CANCELED = "subscription_canceled", _("subscription canceled")
        UNRECOGNIZED = "unrecognized", _("unrecognized")

    #: The bank awaits a response.
    OPEN_STATUSES = frozenset(
        {
            Status.WARNING_NEEDS_RESPONSE,
            Status.NEEDS_RESPONSE,
            Status.APPEAL_NEEDS_RESPONSE,
        }
    )
    #: The bank has decided. A lost dispute may still be appealed.
    CLOSED_STATUSES = frozenset({Status.WARNING_CLOSED, Status.WON, Status.LOST, Status.PREVENTED})

    stripe_id = models.CharField(_("Stripe ID"), max_length=255, unique=True)
    payment = models.ForeignKey(
        "Payment",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="disputes",
        verbose_name=_("payment"),
    )
    charge_id = models.CharField(_("charge"), max_length=255, blank=True)
    amount = models.BigIntegerField(
        _("amount"), help_text=_("In the currency's smallest unit, such as cents.")
    )
    currency = models.CharField(_("currency"), max_length=3)
    # What the bank has of it at the moment: all of it from the withdrawal until it is reinstated.
    amount_withdrawn = models.BigIntegerField(_("amount withdrawn"), default=0)
    reason = models.CharField(_("reason"), max_length=64, blank=True)
    status = models.CharField(_("status"), max_length=32)
    is_charge_refundable = models.BooleanField(_("charge can be refunded"), default=False)
    evidence_due_by = models.DateTimeField(_("evidence due by"), null=True, blank=True)
    # The draft of staff, by Stripe's evidence fields. Files are in EvidenceFile.
    evidence = models.JSONField(_("evidence"), default=dict, blank=True)
    submission_count = models.PositiveIntegerField(_("submissions"), default=0)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    # By Stripe's clock; ``created_at`` is when this site recorded it.
    created = models.DateTimeField(_("created at Stripe"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ["-created_at", "-pk"]
        permissions = [("submit_evidence", _("Can submit evidence for disputes"))]

    def __str__(self) -> str:
        return f"{self.stripe_id} · {self.status_label}"

    @property
    def amount_display(self) -> str:
        """The disputed amount as people read it, in the active language."""
        return money.display(self.amount, self.currency)

    @property
    def takes_evidence(self) -> bool:
        """Whether evidence can still be submitted: Stripe accepts it once."""
        submitted = self.submitted_at is not None or self.submission_count > 0
        return self.status in self.OPEN_STATUSES and not submitted and not self.is_appealed

    @property
    def is_appealed(self) -> bool:
        """Whether an appeal awaits a response, for which Stripe accepts no ordinary evidence."""
        return self.status == self.Status.APPEAL_NEEDS_RESPONSE

    @property
    def status_label(self) -> str:
        """The status in the reader's language."""
        return str(dict(self.Status.choices).get(self.status, self.status))

    @property
    def reason_label(self) -> str:
        """The bank's reason in the active language; an unknown one in Stripe's words."""
        known = dict(self.Reason.choices)
        return capfirst(str(known.get(self.reason, self.reason.replace("_", " "))))


class EvidenceFile(Stored):
    """A file of a dispute's evidence; its content is at Stripe."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dispute = models.ForeignKey(
        Dispute, on_delete=models.CASCADE, related_name="files", verbose_name=_("dispute")
    )
    # The field of Stripe's evidence that the file is for, for example "receipt".
    purpose = models.CharField(_("purpose"), max_length=64)
    name = models.CharField(_("file name"), max_length=255)
    stripe_id = models.CharField(_("Stripe ID"), max_length=255, unique=True, null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("evidence file")
        verbose_name_plural = _("evidence files")
        constraints = [
            models.UniqueConstraint(
                fields=["dispute", "purpose"], name="stripe_one_file_per_purpose"
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.name}"
