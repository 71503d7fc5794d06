"""Browsers that may be woken."""

import hashlib
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import clock


class PushSubscription(models.Model):
    """One browser of one user, as its push service knows it. Its endpoint is a secret."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user")
    )
    endpoint = models.TextField(_("endpoint"))
    # Endpoints are too long for a unique index everywhere.
    endpoint_hash = models.CharField(max_length=64, unique=True, editable=False)
    # The browser's public key and the secret shared with it, base64url: what it decrypts with.
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    created_at = models.DateTimeField(_("created at"), default=clock.now)

    class Meta:
        verbose_name = _("push subscription")
        verbose_name_plural = _("push subscriptions")

    if TYPE_CHECKING:
        user_id: Any

    def __str__(self) -> str:
        words = {"id": self.pk, "user": self.user_id}
        return gettext("browser %(id)s of user %(user)s") % words


def hash_of(endpoint: str) -> str:
    return hashlib.sha256(endpoint.encode()).hexdigest()
