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
from django.utils.crypto import salted_hmac

from .. import clock
from ..channels.base import Outcome, Outgoing
from ..conf import settings
from ..content.links import absolute_link
from ..content.rendering import for_recipient, text_of, title_of
from ..leases import LeasedRows, claim, finish, retry_delay
from ..models import Delivery, Status
from ..quiet_hours import zone_of
from .breaker import note_failure, note_success
from .digests import add_to_digest
from .outlet import Outlet
from .rules import Action, Decision, DeliveryContext, decide, load_contexts

logger = logging.getLogger(__name__)


def deliver_due(
    limit: int | None = None,
    message_id: int | None = None,
    recipient: Any = None,
    outlet: Outlet | None = None,
) -> int:
    """Handle deliveries that are due, at most `limit`, and return their number.

    Those of one message only, or to one recipient, where that is given.
    """
    handled, outlet = 0, outlet or Outlet()
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
        _Run(lease, claimed, outlet).handle()
    return handled


def stable_key(kind: str, pk: int) -> str:
    """A name for one thing to send: the same at each try, and not to be guessed from outside."""
    digest = salted_hmac("django_inapp_notifications.key", f"{kind}-{pk}", algorithm="sha256")
    return f"{kind}-{pk}-{digest.hexdigest()[:16]}"


def outgoing_for(context: DeliveryContext) -> Outgoing:
    """What a channel is given, in the recipient's language and time zone."""
    zone = zone_of(context.preferences.settings.time_zone)
    with for_recipient(context.user, zone):
        return Outgoing(
            user=context.user,
            title=title_of(context.message),
            text=text_of(context.message),
            link=absolute_link(context.notification.get_absolute_url()),
            key=stable_key("delivery", context.delivery.pk),
            messages=[context.message],
            notification_ids=[context.notification.pk],
            time_zone=zone,
        )


class _Run:
    """One batch of claimed deliveries, from the decision to the outcome."""

    def __init__(self, lease: uuid.UUID, claimed: list[Delivery], outlet: Outlet) -> None:
        self.lease = lease
        self.claimed = claimed
        self.leased = LeasedRows(lease, claimed)
        self.outlet = outlet

    def handle(self) -> None:
        for channel, contexts in self._ready().items():
            self._send(channel, contexts)

    def _ready(self) -> dict[str, list[DeliveryContext]]:
        """What is to be sent now, by channel; all else is written."""
        ready: dict[str, list[DeliveryContext]] = {}
        ahead = Counter[Any]()
        for context in load_contexts(self.claimed):
            alike = context.user.pk, context.delivery.channel, context.kind.slug
            try:
                decision = _decision(replace(context, ahead=ahead[alike]))
            except Exception as error:  # a rule that a type brought: the others continue
                self._note_failure(context, error)
                continue
            if decision.action is Action.SEND:
                ready.setdefault(context.delivery.channel, []).append(context)
                ahead[alike] += 1
            else:
                self._apply(context, decision)
        return ready

    def _apply(self, context: DeliveryContext, decision: Decision) -> None:
        """Write a decision not to send now. Waiting is no attempt."""
        waiting: dict[str, Any] = {"attempts": models.F("attempts") - 1, "reason": decision.rule}
        if decision.action is Action.SKIP:
            finish(context.delivery, self.lease, status=Status.SKIPPED, reason=decision.rule)
        elif decision.action is Action.DIGEST:
            add_to_digest(context, decision.detail, self.lease)
        else:
            finish(context.delivery, self.lease, not_before=decision.until, **waiting)

    def _send(self, channel: str, contexts: list[DeliveryContext]) -> None:
        waiting, under_way = list(reversed(contexts)), dict[str, DeliveryContext]()
        batch = self._batch(waiting, under_way)
        with closing(self.outlet.outcomes(channel, batch)) as outcomes:
            for outcome in outcomes:
                if isinstance(outcome, Exception):
                    for context in under_way.values():
                        self._note_failure(context, outcome)
                    self._release(waiting)
                    return
                context = under_way.pop(outcome.outgoing.key)
                if not self._note(context, outcome):
                    self._release([*under_way.values(), *waiting])
                    return

    def _batch(
        self, waiting: list[DeliveryContext], under_way: dict[str, DeliveryContext]
    ) -> Iterator[Outgoing]:
        """What a channel takes one by one, each made and its lease renewed when it is taken."""
        while waiting:
            context = waiting.pop()
            if not self.leased.start(context.delivery):
                continue
            try:
                outgoing = outgoing_for(context)
            except Exception as error:  # a template of this type: the others continue
                self._note_failure(context, error)
                continue
            under_way[outgoing.key] = context
            yield outgoing

    def _note(self, context: DeliveryContext, outcome: Outcome) -> bool:
        """Write the outcome at once; return False if the channel is down, for all the rest."""
        delivery = context.delivery
        if outcome.error is None:
            sent: dict[str, Any] = {"sent_at": clock.now(), "reason": "", "error": ""}
            finish(delivery, self.lease, status=Status.SENT, **sent)
            note_success(delivery.channel)
            self.outlet.report_sent(delivery)
            return True
        self._note_failure(context, outcome.error, permanent=outcome.is_permanent)
        if outcome.is_outage:
            note_failure(delivery.channel, repr(outcome.error))
        return not outcome.is_outage

    def _note_failure(
        self, context: DeliveryContext, error: Exception, *, permanent: bool = False
    ) -> None:
        delivery, text = context.delivery, f"{type(error).__name__}: {error}"[:2000]
        if permanent or delivery.attempts >= settings.NOTIFICATION_MAX_ATTEMPTS:
            logger.error("Notification delivery %s was given up: %s", delivery.pk, text)
            finish(delivery, self.lease, status=Status.FAILED, reason="failed", error=text)
            self.outlet.report_failed(delivery, text)
        else:
            logger.warning("Notification delivery %s will be tried again: %s", delivery.pk, text)
            later = retry_delay(delivery.attempts)
            finish(delivery, self.lease, after=later, reason="retry", error=text)

    def _release(self, rest: list[DeliveryContext]) -> None:
        """Put back what was claimed and not tried."""
        untried: dict[str, Any] = {"attempts": models.F("attempts") - 1, "reason": "channel_down"}
        for context in rest:
            finish(context.delivery, self.lease, after=retry_delay(1), **untried)


def _decision(context: DeliveryContext) -> Decision:
    if context.delivery.attempts > settings.NOTIFICATION_MAX_ATTEMPTS:
        # Claimed again and again but never finished: it kills each process that tries it.
        raise RuntimeError("Each process that tried it ended before it was done.")
    return decide(context)
