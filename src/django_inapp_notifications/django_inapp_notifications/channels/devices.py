"""The devices of a user: registered by the app at each start, forgotten when the user logs out."""

import re
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, router, transaction
from django.utils.translation import gettext as _

from .. import clock
from ..conf import settings
from ..database.primary import on_primary
from ..models import Device
from ..models.device import MAX_ADDRESS, hash_of

#: More than one person uses; each device costs a request for every notification.
MAX_PER_USER = 20

#: Two processes register the same address at once; the later one is tried again.
TRIES = 3

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,4}")


def register(
    user: Any,
    installation: UUID,
    *,
    kind: str,
    address: str,
    environment: str = Device.Environment.PRODUCTION,
    app: str = "",
    locale: str = "",
    time_zone: str = "",
) -> Device:
    """Wake this installation for the user, and for no other user. Again only renews it.

    An address belongs to whoever registered it last: it is taken from every other device, so a
    phone that changes hands does not ring for its former owner.

    Raises ValidationError, with the fields that are invalid.
    """
    check(kind=kind, address=address, app=app, locale=locale, time_zone=time_zone)
    values = {
        "user": user,
        "kind": kind,
        "address": address,
        "address_hash": hash_of(kind, address),
        "environment": environment,
        "app": app,
        "locale": locale,
        "time_zone": time_zone,
        "last_seen_at": clock.now(),
    }
    for left in reversed(range(TRIES)):
        try:
            return _write(installation, values)
        except IntegrityError:
            if not left:
                raise
    raise AssertionError  # never reached: the last try returns or raises


def _write(installation: UUID, values: dict[str, Any]) -> Device:
    using = router.db_for_write(Device)
    rows = Device.objects.using(using)
    with transaction.atomic(using=using):
        others = rows.filter(address_hash=values["address_hash"])
        others.exclude(installation=installation).delete()
        row, _created = rows.update_or_create(installation=installation, defaults=values)
        seen = rows.filter(user=row.user_id).order_by("-last_seen_at", "-pk")
        rows.filter(pk__in=list(seen.values_list("pk", flat=True)[MAX_PER_USER:])).delete()
    return row


def forget(user: Any, installation: UUID) -> None:
    """Wake this installation of the user no more."""
    on_primary(Device).filter(user=user, installation=installation).delete()


def of(user: Any, kind: str) -> "models.QuerySet[Device]":
    """Return the user's devices of one kind, as the newest writer left them."""
    return on_primary(Device).filter(user=user, kind=kind).order_by("pk")


def check(*, kind: str, address: str, app: str, locale: str, time_zone: str) -> None:
    """Raise ValidationError for what can't be the registration of a device."""
    wrong = {}
    printable = address.isprintable() and " " not in address
    if not address or not printable or len(address.encode("utf-8", "replace")) > MAX_ADDRESS:
        wrong["address"] = _("This is not the address of a device.")
    if kind == Device.Kind.APNS and app not in settings.NOTIFICATION_APNS_TOPICS:
        wrong["app"] = _("This app is not one of the site's.")
    if locale and not _LANGUAGE.fullmatch(locale):
        wrong["locale"] = _("Give a language tag, such as de or pt-BR.")
    if time_zone and not _is_zone(time_zone):
        wrong["time_zone"] = _("Give the name of a time zone, such as Europe/Berlin.")
    if wrong:
        raise ValidationError(wrong)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
