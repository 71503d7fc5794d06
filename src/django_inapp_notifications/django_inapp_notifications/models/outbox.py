"""What is still to be sent by outside channels. The rows decide; a wake-up only saves time."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..database.indexes import PartialIndex
from .content import Message
from .inbox import Notification


class Leased(models.Model):
    """Work that one dispatcher at a time may hold. It is free again if that dispatcher dies."""

    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # No earlier than this. Schedules, quiet hours, retries and leases all use it.
    not_before = models.DateTimeField(_("not before"), default=clock.now)
    # The token of its holder. A dispatcher that lost the lease can no longer write an outcome.
    lease = models.UUIDField(_("lease"), null=True, blank=True)

    # When an attempt began for the first time; the horizon of its channel counts from here.
    first_tried_at = models.DateTimeField(_("first tried at"), null=True, blank=True)

    class Meta:
        abstract = True


class Status(models.TextChoices):
    PENDING = "pending", _("Pending")
    # Belongs to a digest.
    HELD = "held", _("Held for a digest")
    SENT = "sent", _("Sent")
    # No longer wanted when it was due; the reason says why.
    SKIPPED = "skipped", _("Skipped")
    # A dead letter: no further attempt is made, and staff have to look at it.
    FAILED = "failed", _("Failed")


class Digest(Leased):
    """What one user gets by one channel for one hour, day or week."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("recipient"),
    )
    channel = models.CharField(_("channel"), max_length=32)
    frequency = models.CharField(_("frequency"), max_length=10)
    # The period that it closes: an hour of UTC, "2026-11-23T08Z", or a local day, "2026-11-23";
    # for a weekly digest, the day on which the week ends.
    period = models.CharField(_("period"), max_length=20)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("created at"), default=clock.now)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("digest")
        verbose_name_plural = _("digests")
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "channel", "frequency", "period"], name="din_digest_once"
            )
        ]
        indexes = [
            PartialIndex(
                fields=["not_before", "id"],
                where=models.Q(status=Status.PENDING),
                otherwise=["status", "not_before", "id"],
                name="din_digest_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.frequency} {self.channel} {self.period}"


class Delivery(Leased):
    """One notification by one outside channel."""

    notification = models.ForeignKey(
        Notification, models.CASCADE, related_name="deliveries", verbose_name=_("notification")
    )
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("recipient"),
    )
    channel = models.CharField(_("channel"), max_length=32)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    # Why it waits or was skipped: "quiet_hours", "retry", "read", "preference", …
    reason = models.CharField(_("reason"), max_length=32, blank=True)
    digest = models.ForeignKey(
        Digest,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="deliveries",
        verbose_name=_("digest"),
    )
    error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("created at"), default=clock.now)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["notification", "channel"], name="din_delivery_once")
        ]
        indexes = [
            PartialIndex(
                fields=["not_before", "id"],
                where=models.Q(status=Status.PENDING),
                otherwise=["status", "not_before", "id"],
                name="din_delivery_due",
            ),
            # For what is waiting for a user, and for throttling.
            models.Index(fields=["recipient", "channel", "status"], name="din_delivery_user"),
        ]

    if TYPE_CHECKING:
        notification_id: int
        recipient_id: Any

    def __str__(self) -> str:
        words = {"id": self.notification_id, "channel": self.channel}
        return gettext("%(id)s via %(channel)s") % words


class PendingRecipients(Leased):
    """Recipients that are still to be written, of a large or a scheduled notification."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="+")
    # Keys of users; a chunk of the audience, written in one transaction that deletes this row.
    recipients = models.JSONField()
    dedupe_key = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["not_before", "id"], name="din_pending_due")]

    def __str__(self) -> str:
        return f"{len(self.recipients)} recipients"


class ChannelState(models.Model):
    """Whether a channel works: a circuit breaker that all dispatchers share."""

    channel = models.CharField(_("channel"), max_length=32, primary_key=True)
    failures = models.PositiveIntegerField(_("consecutive failures"), default=0)
    # When the first of these failures was noted, by the database's clock.
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    open_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("channel state")
        verbose_name_plural = _("channel states")

    def __str__(self) -> str:
        return self.channel
