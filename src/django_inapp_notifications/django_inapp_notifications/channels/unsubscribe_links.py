"""Unsubscribing with one click, without a log-in (RFC 8058).

The token stands for one user, one type and one channel. It is signed with the site's key, whatever
the user's password becomes, and honors SECRET_KEY_FALLBACKS. It names the user by a random key,
starts no session, and can only turn something off.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core import signing
from django.urls import reverse

from ..database.primary import on_primary
from ..models import NotificationSettings

SALT = "django_inapp_notifications.unsubscribe"


@dataclass(frozen=True)
class Subscription:
    user_id: Any
    type: str
    channel: str


def unsubscribe_path(user: Any, notification_type: str, channel: str) -> str:
    """Where the user can switch off this type ("*" for all of them) on this channel."""
    settings, _ = NotificationSettings.objects.get_or_create(user=user)
    token = signing.dumps([settings.key.hex, notification_type, channel], salt=SALT)
    return reverse("django_inapp_notifications:unsubscribe", args=[token])


def read_token(token: str) -> Subscription | None:
    """What a token stands for; None if it was tampered with or its user is gone."""
    try:
        key, notification_type, channel = signing.loads(token, salt=SALT)
        rows = on_primary(NotificationSettings)
        settings = rows.get(key=UUID(key))
    except (signing.BadSignature, ValueError, TypeError, NotificationSettings.DoesNotExist):
        return None
    return Subscription(settings.user_id, notification_type, channel)
