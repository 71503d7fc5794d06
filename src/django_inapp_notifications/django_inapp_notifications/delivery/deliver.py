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
from ..content.rendering import in_language, text_of, title_of
from ..leases import LeasedRows, claim, finish, retry_at
from ..models import Delivery, Status
from ..signals import delivery_failed, delivery_sent
from .breaker import note_failure, note_success, outcomes_of
from .digests import add_to_digest
from .rules import Action, Decision, DeliveryContext, decide, load_contexts

logger = logging.getLogger(__name__)


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


def outgoing_for(context: DeliveryContext) -> Outgoing:
    """What a channel is given, in the recipient's language."""
    with in_language(context.user):
        return Outgoing(
            user=context.user,
            title=title_of(context.message),
            text=text_of(context.message),
            link=absolute_link(context.notification.get_absolute_url()),
            key=stable_key("delivery", context.delivery.pk),
            messages=[context.message],
            notification_ids=[context.notification.pk],
        )


def _handle(claimed: list[Delivery], lease: uuid.UUID) -> None:
    leased = LeasedRows(lease, claimed)
    ready: dict[str, list[DeliveryContext]] = {}
    ahead = Counter[Any]()
    for context in load_contexts(claimed):
        alike = context.user.pk, context.delivery.channel, context.kind.slug
        try:
            decision = _decision(replace(context, ahead=ahead[alike]))
        except Exception as error:  # a rule that a type brought: none of the others' business
            _note_failure(context, error, lease, permanent=False)
            continue
        if decision.action is Action.SEND:
            ready.setdefault(context.delivery.channel, []).append(context)
            ahead[alike] += 1
        else:
            _apply(context, decision, lease)
    for name, group in ready.items():
        _send(name, group, leased)


def _decision(context: DeliveryContext) -> Decision:
    if context.delivery.attempts > settings.NOTIFICATION_MAX_ATTEMPTS:
        # Claimed again and again, and never finished: whoever tries it dies of it.
        raise RuntimeError("Each process that tried it ended before it was done.")
    return decide(context)


def _apply(context: DeliveryContext, decision: Decision, lease: uuid.UUID) -> None:
    """Note a decision not to send now. Waiting is no attempt."""
    waiting: dict[str, Any] = {"attempts": models.F("attempts") - 1, "reason": decision.rule}
    if decision.action is Action.SKIP:
        finish(context.delivery, lease, status=Status.SKIPPED, reason=decision.rule)
    elif decision.action is Action.DIGEST:
        add_to_digest(context, decision.detail, lease)
    else:
        finish(context.delivery, lease, not_before=decision.until, **waiting)


def _send(name: str, group: list[DeliveryContext], leased: LeasedRows) -> None:
    waiting, under_way = list(reversed(group)), dict[str, DeliveryContext]()
    with closing(outcomes_of(name, _batch(waiting, under_way, leased))) as outcomes:
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                for context in under_way.values():
                    _note_failure(context, outcome, leased.lease, permanent=False)
                _release(waiting, leased.lease)
                return
            context = under_way.pop(outcome.outgoing.key)
            if not _note(context, outcome, leased.lease, name):
                _release([*under_way.values(), *waiting], leased.lease)
                return


def _batch(
    waiting: list[DeliveryContext], under_way: dict[str, DeliveryContext], leased: LeasedRows
) -> Iterator[Outgoing]:
    """What a channel takes one by one, each made and its lease renewed only when it is taken."""
    while waiting:
        context = waiting.pop()
        if not leased.start(context.delivery):
            continue
        try:
            outgoing = outgoing_for(context)
        except Exception as error:  # a template of this type: none of the others' business
            _note_failure(context, error, leased.lease, permanent=False)
            continue
        under_way[outgoing.key] = context
        yield outgoing


def _note(context: DeliveryContext, outcome: Outcome, lease: uuid.UUID, channel: str) -> bool:
    """Write the outcome at once; False if the channel is down and the rest need not be tried."""
    if outcome.error is None:
        sent: dict[str, Any] = {
            "status": Status.SENT,
            "sent_at": timezone.now(),
            "reason": "",
            "error": "",
        }
        finish(context.delivery, lease, **sent)
        note_success(channel)
        delivery_sent.send_robust(sender=Delivery, delivery=context.delivery)
        return True
    _note_failure(context, outcome.error, lease, permanent=outcome.is_permanent)
    if outcome.is_outage:
        note_failure(channel, repr(outcome.error))
    return not outcome.is_outage


def _note_failure(
    context: DeliveryContext, error: Exception, lease: uuid.UUID, *, permanent: bool
) -> None:
    delivery, text = context.delivery, f"{type(error).__name__}: {error}"[:2000]
    if permanent or delivery.attempts >= settings.NOTIFICATION_MAX_ATTEMPTS:
        logger.error("Notification delivery %s was given up: %s", delivery.pk, text)
        finish(delivery, lease, status=Status.FAILED, reason="failed", error=text)
        delivery_failed.send_robust(sender=Delivery, delivery=delivery, error=text)
    else:
        logger.warning("Notification delivery %s will be tried again: %s", delivery.pk, text)
        later = retry_at(delivery.attempts)
        finish(delivery, lease, not_before=later, reason="retry", error=text)


def _release(rest: list[DeliveryContext], lease: uuid.UUID) -> None:
    """Put back what was claimed and not tried."""
    for context in rest:
        untried: dict[str, Any] = {"attempts": models.F("attempts") - 1, "reason": "channel_down"}
        finish(context.delivery, lease, not_before=retry_at(1), **untried)
