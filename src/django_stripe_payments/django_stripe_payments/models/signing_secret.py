from django.db import models
from django.utils.translation import gettext_lazy as _

from ..database.primary import Stored


class SigningSecret(Stored):
    """When a webhook secret last verified a delivery. Holds its fingerprint, never the secret."""

    fingerprint = models.CharField(_("fingerprint"), max_length=16, unique=True)
    # Both are accurate to a minute: see webhooks.secrets.
    last_seen_at = models.DateTimeField(_("last seen"))
    # The API version of the endpoint's events; thin events have none.
    api_version = models.CharField(_("API version"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("signing secret")
        verbose_name_plural = _("signing secrets")
        ordering = ["-last_seen_at"]

    def __str__(self) -> str:
        return self.fingerprint
