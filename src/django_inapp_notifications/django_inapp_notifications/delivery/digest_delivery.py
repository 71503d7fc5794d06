"""Send the digests that are due: claimed once, asked again item by item, noted like a delivery."""

import logging
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import Any

from django.db import models, router, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from .. import channels
from ..channels.base import Outcome, Outgoing
from ..conf import settings
from ..content.links import absolute_link
from ..content.rendering import in_language, title_of
from ..database.deadlocks import retry_on_deadlock
from ..exceptions import PermanentFailure
from ..leases import LeasedRows, claim, finish, retry_at
from ..models import Delivery, Digest, Status
from ..signals import delivery_failed, delivery_sent
from .breaker import note_failure, note_success, outcomes_of
from .deliver import stable_key
from .rules import DIGEST_RULES, DeliveryContext, channel_paused, load_contexts, quiet_hours

logger = logging.getLogger(__name__)


def send_due_digests(recipient: Any = None) -> int:
    """Send the digests that are due (to one recipient, if given) and return their number."""
    handled = 0
    while True:
        pending = Digest.objects.filter(status=Status.PENDING)
        if recipient is not None:
            pending = pending.filter(recipient=recipient)
        lease, claimed = claim(pending, settings.NOTIFICATION_BATCH_SIZE)
        if not claimed:
            return handled
        leased, by_channel = LeasedRows(lease, claimed), dict[str, list[Digest]]()
        for digest in claimed:
            by_channel.setdefault(digest.channel, []).append(digest)
        for name, group in by_channel.items():
            _send(name, group, leased)
        handled += len(claimed)


def _send(name: str, group: list[Digest], leased: LeasedRows) -> None:
    if name not in channels.all_channels():
        for digest in group:
            finish(digest, leased.lease, status=Status.SKIPPED, error="The channel is gone.")
        return
    waiting, under_way = list(reversed(group)), dict[str, tuple[Digest, list[DeliveryContext]]]()
    with closing(outcomes_of(name, _batch(waiting, under_way, leased))) as outcomes:
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                for digest, members in under_way.values():
                    _note_failure(digest, outcome, leased.lease, members)
                _put_back(waiting, leased.lease)
                return
            digest, members = under_way.pop(outcome.outgoing.key)
            _note(digest, outcome, leased.lease, members)
            if outcome.is_outage:
                note_failure(name, repr(outcome.error))
                _put_back([*(each for each, _ in under_way.values()), *waiting], leased.lease)
                return


def _batch(
    waiting: list[Digest],
    under_way: dict[str, tuple[Digest, list[DeliveryContext]]],
    leased: LeasedRows,
) -> Iterator[Outgoing]:
    """What a channel takes one by one, each put together only when it is taken."""
    while waiting:
        digest = waiting.pop()
        if not leased.start(digest):
            continue
        try:
            members = _ready_members(digest, leased.lease)
            if not members:
                continue
            outgoing = _outgoing(digest, members)
        except Exception as error:  # of this digest: none of the others' business
            _note_failure(digest, error, leased.lease, members=[])
            continue
        under_way[outgoing.key] = digest, members
        yield outgoing


def _ready_members(digest: Digest, lease: uuid.UUID) -> list[DeliveryContext]:
    """What the digest has to say now; nothing if it is over with it, or is to wait."""
    if digest.attempts > settings.NOTIFICATION_MAX_ATTEMPTS:
        raise RuntimeError("Each process that tried it ended before it was done.")
    members = _members(digest)
    if not members:
        finish(digest, lease, status=Status.SKIPPED)
        return []
    # Its hour was chosen when it was opened: quiet hours may be newer, and a retry has its own.
    for rule in (quiet_hours, channel_paused):
        decision = rule(members[0])
        if decision is not None:
            _put_back([digest], lease, decision.until)
            return []
    return members


def _put_back(digests: list[Digest], lease: uuid.UUID, until: datetime | None = None) -> None:
    """Waiting is no attempt. What was tried before keeps its token, and so stays closed."""
    for digest in digests:
        waiting: dict[str, Any] = {"attempts": models.F("attempts") - 1}
        not_before = until or retry_at(1)
        finish(digest, lease, keep=digest.attempts > 1, not_before=not_before, **waiting)


def _note(
    digest: Digest, outcome: Outcome, lease: uuid.UUID, members: list[DeliveryContext]
) -> None:
    if outcome.error is not None:
        _note_failure(digest, outcome.error, lease, members)
        return
    note_success(digest.channel)
    if _close(digest, lease, members, status=Status.SENT, sent_at=timezone.now()):
        for context in members:
            delivery_sent.send_robust(sender=Delivery, delivery=context.delivery)


def _close(digest: Digest, lease: uuid.UUID, members: list[DeliveryContext], **values: Any) -> bool:
    """Write what became of the digest and of what it held; False if the lease was lost."""
    held = Delivery.objects.filter(
        pk__in=[context.delivery.pk for context in members], status=Status.HELD
    )
    using = router.db_for_write(Digest)

    def both() -> bool:
        with transaction.atomic(using=using):
            mine = finish(digest, lease, **values)
            if mine:
                held.update(**values)
        return mine

    return retry_on_deadlock(using, both)


def _note_failure(
    digest: Digest, failure: Exception, lease: uuid.UUID, members: list[DeliveryContext]
) -> None:
    error = f"{type(failure).__name__}: {failure}"[:2000]
    given_up = digest.attempts >= settings.NOTIFICATION_MAX_ATTEMPTS
    if given_up or isinstance(failure, PermanentFailure):
        if _close(digest, lease, members, status=Status.FAILED, error=error):
            for context in members:
                delivery_failed.send_robust(sender=Delivery, delivery=context.delivery, error=error)
    else:
        # The lease stays, and with it the door closed: what comes now belongs to the next one.
        finish(digest, lease, keep=True, not_before=retry_at(digest.attempts), error=error)


def _members(digest: Digest) -> list[DeliveryContext]:
    """What the digest has to say: its deliveries, each asked again; unwanted ones are skipped."""
    members = []
    for context in load_contexts(Delivery.objects.filter(digest=digest, status=Status.HELD)):
        try:
            against = next(filter(None, (rule(context) for rule in DIGEST_RULES)), None)
        except Exception as error:  # of this one: it is left behind, and goes its own way again
            logger.warning("Delivery %s is not in its digest: %s", context.delivery.pk, error)
            continue
        if against is None:
            members.append(context)
        else:
            skipped = Delivery.objects.filter(pk=context.delivery.pk)
            skipped.update(status=Status.SKIPPED, reason=against.rule)
    return members


def _outgoing(digest: Digest, members: list[DeliveryContext]) -> Outgoing:
    user = members[0].user
    with in_language(user):
        title = ngettext("%(n)s new notification", "%(n)s new notifications", len(members))
        lines = [f"- {title_of(context.message)}" for context in members]
        return Outgoing(
            user=user,
            title=title % {"n": len(members)},
            text="\n".join(lines),
            link=absolute_link(reverse("django_inapp_notifications:list")),
            key=stable_key("digest", digest.pk),
            messages=[context.message for context in members],
            notification_ids=[context.notification.pk for context in members],
            is_digest=True,
        )
