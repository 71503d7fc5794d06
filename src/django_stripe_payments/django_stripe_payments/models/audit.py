from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditLogEntry(models.Model):
    """Who did what to which payment, customer or event, and from where. Never a secret."""

    created_at = models.DateTimeField(_("time"), auto_now_add=True)
    action = models.CharField(_("action"), max_length=64, db_index=True)
    # A user, or what acted without one: "webhook", "command stripe_deliver", "code".
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("actor"),
    )
    source = models.CharField(_("source"), max_length=64)
    object_type = models.CharField(_("object type"), max_length=64)
    object_id = models.CharField(_("object id"), max_length=255)
    request_id = models.CharField(_("request id"), max_length=255, blank=True)
    address = models.CharField(_("address"), max_length=64, blank=True)
    detail = models.JSONField(_("detail"), default=dict)
    # Set when the entry is sealed into the chain: its place, and a hash over it and the hash
    # of the entry before it.
    sequence = models.PositiveBigIntegerField(_("sequence"), null=True, unique=True)
    hash = models.CharField(_("hash"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("audit log entry")
        verbose_name_plural = _("audit log entries")
        ordering = ["-id"]
        indexes = [models.Index(fields=["object_type", "object_id"], name="stripe_audit_object")]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}"
