import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..database.moments import Stamped


class ApiOperation(Stamped):
    """An attempt at a write to Stripe, committed before the call. Its id is the idempotency key.

    Repeating a call whose answer was lost sends the parameters of this row under the same key,
    and returns the same object.
    """

    class Status(models.TextChoices):
        # Committed; the call may be in progress.
        PENDING = "pending", _("pending")
        # The answer arrived: ``stripe_id`` is the object.
        SUCCEEDED = "succeeded", _("succeeded")
        # Stripe refused permanently; another try is another attempt.
        FAILED = "failed", _("failed")
        # The answer was lost: Stripe may or may not have done it.
        UNKNOWN = "unknown", _("unknown")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("operation"), max_length=64)
    target = models.CharField(_("target"), max_length=64)
    attempt = models.PositiveIntegerField(_("attempt"), default=1)
    params = models.JSONField(_("parameters"), default=dict)
    status = models.CharField(
        _("status"), max_length=16, choices=Status.choices, default=Status.PENDING
    )
    stripe_id = models.CharField(_("Stripe ID"), max_length=255, blank=True)
    request_id = models.CharField(_("request ID"), max_length=255, blank=True)
    error = models.TextField(_("error"), blank=True)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)
    pruned_at = models.DateTimeField(_("parameters pruned"), null=True, blank=True)

    class Meta:
        verbose_name = _("API operation")
        verbose_name_plural = _("API operations")
        permissions = [("close_apioperation", _("Can close API operations by hand"))]
        ordering = ["-created_at"]
        constraints = [
            # Two processes with the same request share one row, and so one key.
            models.UniqueConstraint(
                fields=["kind", "target", "attempt"], name="stripe_one_operation_per_attempt"
            )
        ]
        indexes = [
            models.Index(fields=["status", "created_at"], name="stripe_operation_status"),
            # For stripe_prune: rows that still have parameters, oldest first.
            models.Index(fields=["pruned_at", "created_at"], name="stripe_operation_params"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.target} #{self.attempt}"

    @property
    def idempotency_key(self) -> str:
        return str(self.pk)

    @property
    def variant(self) -> str:
        """What tells this write from others of its kind for the same target, or ""."""
        return self.kind.partition(" ")[2]
