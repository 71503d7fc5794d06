"""The browsers of a user: their push addresses and keys (RFC 8030, 8291, 8292)."""

import base64
import time
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import router, transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from ..conf import settings
from ..database.primary import on_primary
from ..exceptions import PermanentFailure, TemporaryFailure
from ..models import PushSubscription
from ..models.push import hash_of
from .addresses import check_address

# More than one person uses; each browser costs a request for every notification.
MAX_PER_USER = 20
TOKEN_SECONDS = 12 * 3600  # RFC 8292 allows a day


def remember(user: Any, endpoint: str, p256dh: str, auth: str) -> PushSubscription:
    """Subscribe this browser for the user, and for no other user; ValidationError if invalid."""
    _check_keys(p256dh, auth)
    check_endpoint(endpoint)
    using = router.db_for_write(PushSubscription)
    rows = PushSubscription.objects.using(using)
    values = {"user": user, "endpoint": endpoint, "p256dh": p256dh, "auth": auth}
    with transaction.atomic(using=using):
        row, _created = rows.update_or_create(endpoint_hash=hash_of(endpoint), defaults=values)
        newest = rows.filter(user=user).order_by("-pk").values_list("pk", flat=True)
        rows.filter(pk__in=list(newest[MAX_PER_USER:])).delete()
    return row


def renew(old: str, secret: str, endpoint: str, p256dh: str, auth: str) -> bool:
    """Give a browser a new address, for the same user; return False if `secret` is not its own."""
    rows = on_primary(PushSubscription)
    row = rows.filter(endpoint_hash=hash_of(old)).select_related("user").first()
    if row is None or not constant_time_compare(row.auth, secret):
        return False
    remember(row.user, endpoint, p256dh, auth)
    if endpoint != old:
        row.delete()
    return True


def forget(user: Any, endpoint: str) -> None:
    """Unsubscribe this browser of the user."""
    PushSubscription.objects.filter(user=user, endpoint_hash=hash_of(endpoint)).delete()


def forget_others(user: Any, endpoint_hash: str) -> None:
    """Unsubscribe the browser with this hash of its endpoint for every other user."""
    PushSubscription.objects.filter(endpoint_hash=endpoint_hash).exclude(user=user).delete()


def is_remembered(user: Any, endpoint: str) -> bool:
    """Whether this browser is woken for the user, and not for another user or for no one."""
    rows = on_primary(PushSubscription)
    rows = rows.filter(user=user, endpoint_hash=hash_of(endpoint))
    return rows.exists()


def check_endpoint(endpoint: str) -> None:
    """Raise ValidationError unless it is the address of a push service that this site trusts."""
    try:
        host = urlsplit(endpoint).hostname or ""
    except ValueError:
        host = ""
    if len(endpoint) > 2000 or not _is_push_service(host):
        raise ValidationError(_("This browser's push service is not supported."))
    try:
        check_address(endpoint)
    except (PermanentFailure, TemporaryFailure) as error:
        raise ValidationError(_("This browser's push service cannot be reached.")) from error


def public_key() -> str:
    """The public half of the VAPID key, base64url: browsers subscribe with it."""
    return _public_key(settings.NOTIFICATION_VAPID_PRIVATE_KEY)


def vapid_headers(endpoint: str) -> dict[str, str]:
    """The header that tells a push service who is calling; ImproperlyConfigured without a key."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + TOKEN_SECONDS,
        "sub": settings.NOTIFICATION_VAPID_SUBJECT,
    }
    key = _vapid(settings.NOTIFICATION_VAPID_PRIVATE_KEY)
    try:
        return {name: str(value) for name, value in key.sign(claims).items()}
    except Exception as error:  # VapidException: its library cannot use what it was given
        raise ImproperlyConfigured(
            "NOTIFICATION_VAPID_SUBJECT must be a contact for push services: "
            '"mailto:you@example.com" or an https:// address.'
        ) from error


def encrypt(subscription: PushSubscription, payload: bytes) -> bytes:
    """Encrypt a payload so that only this browser can read it."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from http_ece import encrypt

    body: bytes = encrypt(
        payload,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_decoded(subscription.p256dh),
        auth_secret=_decoded(subscription.auth),
        version="aes128gcm",
    )
    return body


def new_private_key() -> str:
    """A new VAPID key, in the format of NOTIFICATION_VAPID_PRIVATE_KEY."""
    from cryptography.hazmat.primitives.asymmetric import ec

    _import_vapid()
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).decode().rstrip("=")


def _is_push_service(host: str) -> bool:
    known = settings.NOTIFICATION_PUSH_HOSTS
    return any(host.endswith(each) if each.startswith(".") else host == each for each in known)


def _check_keys(p256dh: str, auth: str) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(p256dh))
        valid = len(p256dh) <= 100 and len(auth) <= 40 and len(_decoded(auth)) == 16
    except ValueError:
        valid = False
    if not valid:
        raise ValidationError(_("The subscription keys are invalid."))


def _decoded(text: str) -> bytes:
    """Raise ValueError for invalid base64url, which Python would ignore."""
    bare = text.rstrip("=")
    padded = bare.encode() + b"=" * (-len(bare) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True)


@lru_cache(maxsize=4)
def _public_key(private: str) -> str:
    from cryptography.hazmat.primitives import serialization

    point = _vapid(private).public_key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


@lru_cache(maxsize=4)
def _vapid(private: str) -> Any:
    """The key as an object; ImproperlyConfigured if there is none."""
    vapid = _import_vapid()
    try:
        if len(_decoded(private)) == 32:
            return vapid.from_raw(private.rstrip("=").encode())
    except ValueError:
        pass
    raise ImproperlyConfigured(
        "NOTIFICATION_VAPID_PRIVATE_KEY is not a VAPID key. "
        "Create one with manage.py notifications_vapid_key."
    )


def _import_vapid() -> Any:
    try:
        import http_ece  # noqa: F401
        from py_vapid import Vapid02
    except ImportError as error:
        raise ImproperlyConfigured(
            "Web push needs an extra: pip install 'django-inapp-notifications[push]'."
        ) from error
    return Vapid02
