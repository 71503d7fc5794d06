from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..database.primary import PrimaryManager, Stored
from ..exceptions import AuditLogSealed

REFUSED = "Audit log entries can't be changed or deleted. Append another entry instead."


class AppendOnlyQuerySet(models.QuerySet["AuditLogEntry"]):
    """Reads and appends. Every other change of rows raises AuditLogSealed."""

    def update(self, **changes: Any) -> NoReturn:
        raise AuditLogSealed(REFUSED)

    def delete(self) -> NoReturn:
        raise AuditLogSealed(REFUSED)

    def bulk_update(self, *args: Any, **options: Any) -> NoReturn:
        raise AuditLogSealed(REFUSED)

    def bulk_create(
        self,
        objs: Any,
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        *fields: Any,
        **more: Any,
    ) -> list[AuditLogEntry]:
        if update_conflicts:
            raise AuditLogSealed(REFUSED)
        return super().bulk_create(objs, batch_size, ignore_conflicts)


class AuditLogEntry(Stored):
    """Who did what to which payment, customer or event, and from where. Never a secret."""

    created_at = models.DateTimeField(_("time"), default=clock.now, editable=False)
    action = models.CharField(_("action"), max_length=64, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("actor"),
    )
    # The actor's id as text: it outlives the account, and the hash covers it.
    actor_key = models.CharField(_("actor ID"), max_length=255, blank=True)
    # What acted, with or without a user: "page", "admin", "webhook", "command …", "code".
    source = models.CharField(_("source"), max_length=64)
    object_type = models.CharField(_("object type"), max_length=64)
    object_id = models.CharField(_("object ID"), max_length=255)
    request_id = models.CharField(_("request ID"), max_length=255, blank=True)
    address = models.CharField(_("address"), max_length=64, blank=True)
    detail = models.JSONField(_("details"), default=dict)
    # Set when the entry is sealed into the chain: its position, and a hash over the entry and
    # the previous hash.
    sequence = models.PositiveBigIntegerField(_("sequence"), null=True, unique=True)
    hash = models.CharField(_("hash"), max_length=64, blank=True)

    objects: ClassVar[PrimaryManager[AuditLogEntry]] = PrimaryManager.from_queryset(
        AppendOnlyQuerySet
    )()
    # Django's own updates: an account that is deleted leaves its entries.
    primary: ClassVar[PrimaryManager[AuditLogEntry]] = PrimaryManager()

    class Meta:
        base_manager_name = "primary"
        verbose_name = _("audit log entry")
        verbose_name_plural = _("audit log entries")
        ordering = ["-id"]
        indexes = [models.Index(fields=["object_type", "object_id"], name="stripe_audit_object")]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}"

    def save(self, **options: Any) -> None:
        """Append the entry. Raises AuditLogSealed for a stored one."""
        if not self._state.adding:
            raise AuditLogSealed(REFUSED)
        super().save(**{**options, "force_insert": True})

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise AuditLogSealed(REFUSED)


class AuditChain(Stored):
    """The head of the chain: one row, which is also the lock for sealing entries."""

    # Number of sealed entries, and the hash of the last one.
    sequence = models.PositiveBigIntegerField(_("sequence"), default=0)
    hash = models.CharField(_("hash"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("audit chain")
        verbose_name_plural = _("audit chains")

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash}"
