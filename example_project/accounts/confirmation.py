"""Confirming an e-mail address: nothing else is mailed to one that its owner has not proved."""

import hashlib

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.core.mail import send_mail
from django.urls import reverse
from django.utils.translation import gettext as _

from .models import User

SALT = "accounts.confirmation"

#: Seconds for which the link in the mail works.
LIFETIME = 24 * 3600

#: At most so many of these mails go to one address in a day, from all accounts together.
MAILS_A_DAY = 3


def ask(user: User) -> bool:
    """Mail the link to the user's new address; return False if it was mailed often enough."""
    if not user.email or user.email == user.verified_email or not _counted(user.email):
        return False
    token = signing.dumps([user.pk, user.email], salt=SALT)
    link = settings.NOTIFICATION_BASE_URL + reverse("confirm_email", args=[token])
    send_mail(
        _("Confirm your e-mail address"),
        _(
            "This address was given for an account at %(site)s. If that was you, open this page "
            "to confirm it:\n\n%(link)s\n\nIf it was not, ignore this e-mail. Nothing else is "
            "sent to this address."
        )
        % {"site": settings.SITE_NAME, "link": link},
        None,
        [user.email],
    )
    return True


def confirm(token: str) -> User | None:
    """Note that the address is the user's; return None for a link that is no longer good."""
    try:
        key, email = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return None
    # Who has changed the address since then has another mail.
    if not User.objects.filter(pk=key, email=email).update(verified_email=email):
        return None
    return User.objects.get(pk=key)


def _counted(address: str) -> bool:
    digest = hashlib.sha256(address.lower().encode()).hexdigest()
    key = f"confirmation:{digest}"
    cache.add(key, 0, timeout=24 * 3600)
    return cache.incr(key) <= MAILS_A_DAY
