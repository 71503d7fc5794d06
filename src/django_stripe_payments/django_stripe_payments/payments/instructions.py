"""What a payer has to do away from this site: pay a slip, or make a bank transfer.

Stripe calls that ``requires_action``, as it calls 3-D Secure; only ``next_action`` tells them
apart. It names a page of Stripe's with the slip or the instructions, and often a deadline.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ..logs.outside import storable
from ..models import Payment
from ..stripe_api.timestamps import from_timestamp

#: Where the different kinds of ``next_action`` name the page, and the last moment to pay.
PAGES = ("hosted_voucher_url", "hosted_instructions_url", "hosted_verification_url")
DEADLINES = ("expires_at", "expires_after")


def of_intent(intent: Mapping[str, Any]) -> tuple[str, datetime | None]:
    """Return the address of the page and the deadline; "" and None if there are none."""
    action = intent.get("next_action") or {}
    details = action.get(action.get("type")) or {}
    urls = (storable(str(details.get(name) or "")) for name in PAGES)
    url = next((url for url in urls if url.startswith("https://")), "")
    until = next((details[name] for name in DEADLINES if details.get(name)), None)
    return url, from_timestamp(until) if url and until else None


def may_be_abandoned(latest: datetime) -> Q:
    """Return the condition of payments whose payer would have acted before ``latest``.

    One with a deadline counts from its deadline. A bank transfer without one may arrive at any
    time, and is never abandoned.
    """
    return Q(created_at__lt=latest) & (Q(instructions_url="") | Q(pay_until__lt=latest))


def is_overdue(intent: Mapping[str, Any], now: datetime, after: timedelta) -> bool:
    """Whether that is so of an intent, by Stripe's times."""
    url, until = of_intent(intent)
    since = until if url else from_timestamp(intent["created"])
    return since is not None and since < now - after


def explain(payment: Payment) -> str:
    """Return for the payer, in the active language, that something is to be paid, and until when.

    "" if the payment has no instructions.
    """
    if not payment.instructions_url:
        return ""
    if payment.pay_until is None:
        return _("Pay as the instructions say. Nothing has arrived yet.")
    until = payment.pay_until
    local = timezone.localtime(until) if timezone.is_aware(until) else until
    deadline = date_format(local, "DATETIME_FORMAT")
    text = _("Pay as the instructions say by %(deadline)s. Nothing has arrived yet.")
    return text % {"deadline": deadline}
