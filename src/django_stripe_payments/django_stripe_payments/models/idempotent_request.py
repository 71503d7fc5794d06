from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..database.primary import Stored


class IdempotentRequest(Stored):
    """A POST to the REST API with an Idempotency-Key, and what it was answered.

    ``answer`` has no secret: one that a client needs is fetched from Stripe for each answer.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    route = models.CharField(_("route"), max_length=64)
    # SHA-256 of the client's key.
    key = models.CharField(_("key"), max_length=255)
    # Of the body: the same key with another body is another request, and a mistake.
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    answer = models.JSONField(_("answer"), null=True, blank=True)
    # When this process, or the one that took over, began to work on it.
    started_at = models.DateTimeField(_("started"), default=clock.now)
    created_at = models.DateTimeField(_("created"), default=clock.now, db_index=True)

    class Meta:
        verbose_name = _("idempotent request")
        verbose_name_plural = _("idempotent requests")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "route", "key"], name="stripe_one_request_per_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"
