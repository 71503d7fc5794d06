"""Deliver what is due: claim, decide again, send outside of any transaction, note the outcome.

A crash at any point loses nothing: what was claimed is due again when its lease ends. The only
duplicate there can be is a crash between a provider's yes and our note of it; both copies carry
the same key, which mail has as its Message-ID.
"""

import logging
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from ..channels.base import Outcome, Outgoing
from ..conf import settings
from ..content.links import absolute_link
from ..content.rendering import for_recipient, text_of, title_of
from ..leases import Hold, claim, finish, retry_at
from ..models import Delivery, Status
from ..quiet_hours import zone_of
from ..signals import delivery_failed, delivery_sent
from .breaker import note_failure, note_success, outcomes_of
from .digests import hold
from .rules import Case, Decision, cases, decide

__all__ = ["deliver_due", "outgoing_for", "stable_key"]

logger = logging.getLogger("django_inapp_notifications")


def deliver_due(
    limit: int | None = None, message_id: int | None = None, recipient: Any = None
) -> int:
    """Handle deliveries that are due, at most `limit`, and return their number.

    Those of one message only, or to one recipient, where that is given.
    """
    handled = 0
    while limit is None or handled < limit:
        size = settings.NOTIFICATION_BATCH_SIZE
        due = Delivery.objects.filter(status=Status.PENDING)
        if message_id is not None:
            due = due.filter(notification__message_id=message_id)
        if recipient is not None:
            due = due.filter(recipient=recipient)
        lease, claimed = claim(due, size if limit is None else min(size, limit - handled))
        if not claimed:
            break
        handled += len(claimed)
        _handle(claimed, lease)
    return handled


def stable_key(kind: str, pk: int) -> str:
    """A name for one thing to send: the same at each try, and not to be guessed from outside."""
    digest = salted_hmac("django_inapp_notifications.key", f"{kind}-{pk}", algorithm="sha256")
    return f"{kind}-{pk}-{digest.hexdigest()[:16]}"


def outgoing_for(case: Case) -> Outgoing:
    """What a channel is given, in the recipient's language and time zone."""
    zone = zone_of(case.preferences.settings.time_zone)
    with for_recipient(case.user, zone):
        return Outgoing(
            user=case.user,
            title=title_of(case.message),
            text=text_of(case.message),
            link=absolute_link(case.notification.get_absolute_url()),
            key=stable_key("delivery", case.delivery.pk),
            messages=[case.message],
            notification_ids=[case.notification.pk],
            time_zone=zone,
        )


def _handle(claimed: list[Delivery], lease: uuid.UUID) -> None:
    hold = Hold(lease, claimed)
    ready: dict[str, list[Case]] = {}
    ahead = Counter[Any]()
    for case in cases(claimed):
        alike = case.user.pk, case.delivery.channel, case.kind.slug
        try:
            decision = _decision(replace(case, ahead=ahead[alike]))
        except Exception as error:  # a rule that a type brought: none of the others' business
            _note_failure(case, error, lease, permanent=False)
            continue
        if decision.action == "send":
            ready.setdefault(case.delivery.channel, []).append(case)
            ahead[alike] += 1
        else:
            _apply(case, decision, lease)
    for name, group in ready.items():
        _send(name, group, hold)


def _decision(case: Case) -> Decision:
    if case.delivery.attempts > settings.NOTIFICATION_MAX_ATTEMPTS:
        # Claimed again and again, and never finished: whoever tries it dies of it.
        raise RuntimeError("Each process that tried it ended before it was done.")
    return decide(case)


def _apply(case: Case, decision: Decision, lease: uuid.UUID) -> None:
    """Note a decision not to send now. Waiting is no attempt."""
    waiting: dict[str, Any] = {"attempts": models.F("attempts") - 1, "reason": decision.rule}
    if decision.action == "skip":
        finish(case.delivery, lease, status=Status.SKIPPED, reason=decision.rule)
    elif decision.action == "hold":
        hold(case, decision.detail, lease)
    else:
        finish(case.delivery, lease, not_before=decision.until, **waiting)


def _send(name: str, group: list[Case], hold: Hold) -> None:
    waiting, under_way = list(reversed(group)), dict[str, Case]()
    with closing(outcomes_of(name, _batch(waiting, under_way, hold))) as outcomes:
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                for case in under_way.values():
                    _note_failure(case, outcome, hold.lease, permanent=False)
                _release(waiting, hold.lease)
                return
            case = under_way.pop(outcome.outgoing.key)
            if not _note(case, outcome, hold.lease, name):
                _release([*under_way.values(), *waiting], hold.lease)
                return


def _batch(waiting: list[Case], under_way: dict[str, Case], hold: Hold) -> Iterator[Outgoing]:
    """What a channel takes one by one, each made and its lease renewed only when it is taken."""
    while waiting:
        case = waiting.pop()
        if not hold.keeps(case.delivery):
            continue
        try:
            outgoing = outgoing_for(case)
        except Exception as error:  # a template of this type: none of the others' business
            _note_failure(case, error, hold.lease, permanent=False)
            continue
        under_way[outgoing.key] = case
        yield outgoing


def _note(case: Case, outcome: Outcome, lease: uuid.UUID, channel: str) -> bool:
    """Write the outcome at once; False if the channel is down and the rest need not be tried."""
    if outcome.error is None:
        sent: dict[str, Any] = {
            "status": Status.SENT,
            "sent_at": timezone.now(),
            "reason": "",
            "error": "",
        }
        finish(case.delivery, lease, **sent)
        note_success(channel)
        delivery_sent.send_robust(sender=Delivery, delivery=case.delivery)
        return True
    _note_failure(case, outcome.error, lease, permanent=outcome.is_permanent)
    if outcome.is_outage:
        note_failure(channel, repr(outcome.error))
    return not outcome.is_outage


def _note_failure(case: Case, error: Exception, lease: uuid.UUID, *, permanent: bool) -> None:
    delivery, text = case.delivery, f"{type(error).__name__}: {error}"[:2000]
    if permanent or delivery.attempts >= settings.NOTIFICATION_MAX_ATTEMPTS:
        logger.error("Notification delivery %s was given up: %s", delivery.pk, text)
        finish(delivery, lease, status=Status.FAILED, reason="failed", error=text)
        delivery_failed.send_robust(sender=Delivery, delivery=delivery, error=text)
    else:
        logger.warning("Notification delivery %s will be tried again: %s", delivery.pk, text)
        later = retry_at(delivery.attempts)
        finish(delivery, lease, not_before=later, reason="retry", error=text)


def _release(rest: list[Case], lease: uuid.UUID) -> None:
    """Put back what was claimed and not tried."""
    for case in rest:
        untried: dict[str, Any] = {"attempts": models.F("attempts") - 1, "reason": "channel_down"}
        finish(case.delivery, lease, not_before=retry_at(1), **untried)
