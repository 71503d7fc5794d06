"""Phones and tablets on which an app of the site may be woken."""

import hashlib
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import clock

#: Bytes of an address; push services promise no length.
MAX_ADDRESS = 4096


class Device(models.Model):
    """One installation of an app, and the user who is logged in there. Its address is a secret.

    The address is whatever the push service gave the app: a registration token or an installation
    id of Firebase, or a device token of Apple's. It is never parsed.
    """

    class Kind(models.TextChoices):
        FCM = "fcm", _("Firebase (FCM)")
        APNS = "apns", _("Apple (APNs)")

    class Environment(models.TextChoices):
        PRODUCTION = "production", _("production")
        SANDBOX = "sandbox", _("sandbox")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user")
    )
    # Chosen by the app when it is installed. One installation has one user at a time.
    installation = models.UUIDField(_("installation"), unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    address = models.TextField(_("address"))
    # Addresses are too long for a unique index everywhere.
    address_hash = models.CharField(max_length=64, unique=True, editable=False)
    # Of an APNs address: which of Apple's two services knows it.
    environment = models.CharField(
        _("environment"), max_length=10, choices=Environment, default=Environment.PRODUCTION
    )
    # Bundle id or package name.
    app = models.CharField(_("app"), max_length=255, blank=True)
    # Of this device; the user's own, if empty.
    locale = models.CharField(_("language"), max_length=35, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("created at"), default=clock.now)
    # When the app last registered the address, which the push service may use as proof of life.
    last_seen_at = models.DateTimeField(_("last seen at"), default=clock.now)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")

    if TYPE_CHECKING:
        user_id: Any

    def __str__(self) -> str:
        words = {"id": self.pk, "user": self.user_id}
        return gettext("device %(id)s of user %(user)s") % words


def hash_of(kind: str, address: str) -> str:
    """Return what an address is unique by."""
    return hashlib.sha256(f"{kind}:{address}".encode()).hexdigest()
