from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..database.primary import PrimaryManager, Stored

#: Characters of what names a kind of subjects.
MAX_SUBJECT_TYPE = 100

OWN_LABEL = "django_stripe_payments"


def subject_type(model: type[models.Model]) -> str:
    """Return how facts name a model: "payment" for one of this app, else "topups.topup"."""
    meta = model._meta
    return str(meta.model_name if meta.app_label == OWN_LABEL else meta.label_lower)


class FactManager(PrimaryManager["Fact"]):
    def about(self, subject: models.Model) -> models.QuerySet["Fact"]:
        """Return the facts whose subject is this row, which must have a key."""
        kind = subject_type(type(subject))
        return self.get_queryset().filter(subject_type=kind, subject_id=str(subject.pk))


class Fact(Stored):
    """Something that became true, which is announced by the signal named ``kind``.

    ``key`` is unique: any number of events, page loads and reconciliations that report the same
    thing make one fact. A fact that arrives after its payment is final is stored as
    ``overtaken`` and not announced: a declined card is not news once the money arrived.

    What a fact is about may be a row of any app, so it is named by kind and key, and not by a
    foreign key: see ``facts.kinds``.
    """

    key = models.CharField(_("key"), max_length=255, unique=True)
    kind = models.CharField(_("signal"), max_length=64)
    # The model and the key of the row that the fact is about, as text: see ``subject_type()``.
    subject_type = models.CharField(_("subject type"), max_length=MAX_SUBJECT_TYPE, default="")
    subject_id = models.CharField(_("subject key"), max_length=64, default="")
    # Stripe's id of the subject: an event about that object announces what is still pending.
    object_id = models.CharField(_("object"), max_length=255, blank=True, default="", db_index=True)
    # The payment that the subject is, or belongs to. A column of its own, because every event of a
    # charge, a refund or a dispute looks for the pending facts of its payment.
    payment = models.ForeignKey(
        "Payment",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="facts",
        verbose_name=_("payment"),
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
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)
    # Set when every receiver has run; the sweep looks for unset ones.
    announced_at = models.DateTimeField(_("announced"), null=True, blank=True, db_index=True)

    #: Whether this process just stored the fact, so that no receiver has had its turn.
    is_new = False
    #: Whether, moreover, the rows that it names are as they were written, and need not be read.
    is_fresh = False
    #: The subject, where this process has it at hand: see ``facts.kinds.subject_of``.
    known_subject: models.Model | None = None

    objects: ClassVar[FactManager] = FactManager()

    class Meta:
        verbose_name = _("fact")
        verbose_name_plural = _("facts")
        permissions = [("close_fact", _("Can close facts by hand"))]
        ordering = ["id"]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="stripe_fact_subject")]

    def __str__(self) -> str:
        return self.key


class Announced(Stored):
    """Base of the rows that facts are about and that have no foreign key from them."""

    class Meta:
        abstract = True

    @property
    def facts(self) -> models.QuerySet["Fact"]:
        """What became true of this row."""
        return Fact.objects.about(self)


class ReceiverDelivery(Stored):
    """One receiver's run for one fact. It commits together with the receiver's own writes."""

    fact = models.ForeignKey(
        Fact, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("fact")
    )
    receiver = models.CharField(_("receiver"), max_length=200)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)
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
