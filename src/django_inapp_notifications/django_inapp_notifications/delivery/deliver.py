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
from functools import partial
from typing import Any

from django.db import models, router
from django.utils.crypto import salted_hmac

from .. import clock
from ..channels.base import Outcome, Outgoing
from ..conf import settings
from ..content.links import absolute_link
from ..content.rendering import for_recipient, text_of, title_of
from ..content.text import error_text
from ..database.insert_select import filter_in
from ..inbox.badge import unread_count
from ..leases import LeasedRows, claim, finish, retry_delay
from ..models import Delivery, Notification, Status
from ..quiet_hours import zone_of
from .breaker import note_failure, note_success
from .context import DeliveryContext, load_contexts
from .digests import add_to_digest
from .failures import judge
from .guard import in_turn
from .outlet import Outlet
from .rules import Action, Decision, decide

logger = logging.getLogger(__name__)

PART = 1000  # ids in one statement, below every database's limit


def deliver_due(
    limit: int | None = None,
    message_id: int | None = None,
    recipient: Any = None,
    outlet: Outlet | None = None,
) -> int:
    """Handle deliveries that are due, at most `limit`, and return their number.

    Those of one message only, or to one recipient, where that is given.
    """
    pending = Delivery.objects.filter(status=Status.PENDING)
    if recipient is not None:
        pending = pending.filter(recipient=recipient)
    handled, outlet = 0, outlet or Outlet()
    for due in [pending] if message_id is None else _of_message(pending, message_id):
        left = None if limit is None else limit - handled
        handled += _deliver(due, left, outlet)
        if limit is not None and handled >= limit:
            break
    return handled


def _deliver(due: "models.QuerySet[Delivery]", limit: int | None, outlet: Outlet) -> int:
    handled = 0
    while limit is None or handled < limit:
        size = settings.NOTIFICATION_BATCH_SIZE
        lease, claimed = claim(due, size if limit is None else min(size, limit - handled))
        if not claimed:
            break
        handled += len(claimed)
        run = _Run(lease, claimed, outlet)
        for batch in _batches(claimed):
            in_turn(batch, run.leased, run.handle, run.note_failure)
    return handled


def _of_message(
    pending: "models.QuerySet[Delivery]", message_id: int
) -> "Iterator[models.QuerySet[Delivery]]":
    """The deliveries of a message, in parts whose notifications are named by their ids.

    A claim that joins with the message's notifications is planned by statistics that cannot know
    of rows just written: PostgreSQL would look through all that is due for each of them.
    """
    using, last = router.db_for_write(Delivery), 0
    rows = Notification.objects.using(using).filter(message_id=message_id).order_by("pk")
    while ids := list(rows.filter(pk__gt=last).values_list("pk", flat=True)[:PART]):
        part = filter_in(pending.using(using), "notification_id", ids)
        yield part.order_by("notification_id", "channel")  # as their index is
        last = ids[-1]


def _batches(claimed: list[Delivery]) -> list[list[Delivery]]:
    """All at once; but what a process held when it died, one by one, the least tried first.

    One of these may have killed it before any was sent, by a rule that a type brought.
    """
    fresh = [row for row in claimed if row.lease is None]
    suspects = sorted((row for row in claimed if row.lease), key=lambda row: row.attempts)
    return [*([fresh] if fresh else []), *([row] for row in suspects)]


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
            count_unread=partial(unread_count, context.user),
        )


class _Run:
    """One claim of deliveries, from the decision to the outcome."""

    def __init__(self, lease: uuid.UUID, claimed: list[Delivery], outlet: Outlet) -> None:
        self.lease = lease
        self.leased = LeasedRows(lease, claimed)
        self.outlet = outlet

    def handle(self, batch: list[Delivery]) -> None:
        wanted = [row for row in batch if row.lease is None or self._start(row)]
        for channel, contexts in self._ready(wanted).items():
            self._send(channel, contexts)

    def _start(self, suspect: Delivery) -> bool:
        """Note the attempt before any rule is asked; return False if it is not to be tried."""
        if not self.leased.is_spent(suspect):
            return self.leased.start(suspect)
        self._give_up(suspect, "Each process that tried it ended before it was done.")
        return False

    def _ready(self, rows: list[Delivery]) -> dict[str, list[DeliveryContext]]:
        """What is to be sent now, by channel; all else is written."""
        ready: dict[str, list[DeliveryContext]] = {}
        ahead = Counter[Any]()
        for context in load_contexts(rows):
            alike = context.user.pk, context.delivery.channel, context.kind.slug
            try:
                decision = decide(replace(context, ahead=ahead[alike]))
            except Exception as error:  # a rule that a type brought: the others go on
                if self.leased.start(context.delivery):
                    self.note_failure(context.delivery, error)
                continue
            if decision.action is Action.SEND:
                ready.setdefault(context.delivery.channel, []).append(context)
                ahead[alike] += 1
            else:
                self._apply(context, decision)
        return ready

    def _apply(self, context: DeliveryContext, decision: Decision) -> None:
        """Write a decision not to send now. Waiting is not an attempt."""
        untried = self.leased.without_attempt(context.delivery)
        if decision.action is Action.SKIP:
            finish(context.delivery, self.lease, status=Status.SKIPPED, reason=decision.rule)
        elif decision.action is Action.DIGEST:
            add_to_digest(context, decision.detail, self.lease, **untried)
        else:
            waiting = {"not_before": decision.until, "reason": decision.rule, **untried}
            finish(context.delivery, self.lease, **waiting)

    def _send(self, channel: str, contexts: list[DeliveryContext]) -> None:
        waiting, under_way = list(reversed(contexts)), dict[str, DeliveryContext]()
        batch = self._batch(waiting, under_way)
        with closing(self.outlet.outcomes(channel, batch)) as outcomes:
            for outcome in outcomes:
                if isinstance(outcome, Exception):
                    for context in under_way.values():
                        self.note_failure(context.delivery, outcome)
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
            except Exception as error:  # a template of this type: the others go on
                self.note_failure(context.delivery, error)
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
        self.note_failure(delivery, outcome.error)
        if outcome.is_outage:
            note_failure(delivery.channel, outcome.error)
        return not outcome.is_outage

    def note_failure(self, delivery: Delivery, error: Exception) -> None:
        """Write a failed attempt: tried again later, or given up."""
        text, verdict = error_text(error), judge(delivery, error)
        if verdict.is_given_up:
            self._give_up(delivery, text)
        else:
            logger.warning("Notification delivery %s will be tried again: %s", delivery.pk, text)
            untried = self.leased.without_attempt(delivery) if verdict.is_trouble else {}
            again = {"after": verdict.after, "reason": "retry", "error": text, **untried}
            finish(delivery, self.lease, **again)

    def _give_up(self, delivery: Delivery, text: str) -> None:
        logger.error("Notification delivery %s was given up: %s", delivery.pk, text)
        finish(delivery, self.lease, status=Status.FAILED, reason="failed", error=text)
        self.outlet.report_failed(delivery, text)

    def _release(self, rest: list[DeliveryContext]) -> None:
        """Put back what was claimed and not tried."""
        for context in rest:
            untried = self.leased.without_attempt(context.delivery)
            waiting = {"after": retry_delay(1), "reason": "channel_down", **untried}
            finish(context.delivery, self.lease, **waiting)
