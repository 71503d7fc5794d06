"""Send the digests that are due. The rules are applied again to each item of a digest."""

import logging
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial
from typing import Any

from django.db import router, transaction
from django.urls import reverse
from django.utils.translation import ngettext

from .. import channels, clock
from ..channels.base import Line, Outcome, Outgoing
from ..conf import settings
from ..content.links import absolute_link
from ..content.rendering import for_recipient, text_of, title_of
from ..content.text import error_text
from ..database.deadlocks import retry_on_deadlock
from ..database.primary import on_primary
from ..exceptions import ChannelDown
from ..leases import LeasedRows, claim, finish, retry_delay
from ..models import Delivery, Digest, Status
from ..quiet_hours import zone_of
from .breaker import note_failure, note_success
from .context import DeliveryContext, load_contexts
from .deliver import stable_key
from .failures import judge
from .guard import in_turn
from .outlet import Outlet
from .rules import (
    DIGEST_RULES,
    channel_paused,
    pause_end,
    quiet_hours,
)

logger = logging.getLogger(__name__)

#: What a digest names; it links to the rest. A mail of 10,000 lines is refused.
SHOWN = 50

#: A digest, and what it has to say.
Members = tuple[Digest, list[DeliveryContext]]


def send_due_digests(
    recipient: Any = None, outlet: Outlet | None = None, limit: int | None = None
) -> int:
    """Send the digests that are due (to one recipient, if given) and return their number.

    It claims no further ones once there are `limit`.
    """
    handled, outlet = 0, outlet or Outlet()
    while limit is None or handled < limit:
        pending = Digest.objects.filter(status=Status.PENDING)
        if recipient is not None:
            pending = pending.filter(recipient=recipient)
        lease, claimed = claim(pending, settings.NOTIFICATION_BATCH_SIZE)
        if not claimed:
            return handled
        run, by_channel = _Run(lease, claimed, outlet), dict[str, list[Digest]]()
        for digest in claimed:
            by_channel.setdefault(digest.channel, []).append(digest)
        for name, group in by_channel.items():
            in_turn(group, run.leased, partial(run.send, name), run.note_failure)
        handled += len(claimed)
    return handled


class _Run:
    """One batch of claimed digests."""

    def __init__(self, lease: uuid.UUID, claimed: list[Digest], outlet: Outlet) -> None:
        self.lease = lease
        self.leased = LeasedRows(lease, claimed)
        self.outlet = outlet

    def send(self, channel: str, digests: list[Digest]) -> None:
        if channel not in channels.all_channels():
            for digest in digests:
                finish(digest, self.lease, status=Status.SKIPPED, error="The channel is gone.")
            return
        waiting, under_way = list(reversed(digests)), dict[str, Members]()
        batch = self._batch(waiting, under_way)
        with closing(self.outlet.outcomes(channel, batch)) as outcomes:
            for outcome in outcomes:
                if isinstance(outcome, Exception):
                    for digest, members in under_way.values():
                        self.note_failure(digest, outcome, members)
                    self._put_back(waiting)
                    return
                digest, members = under_way.pop(outcome.outgoing.key)
                self._note(digest, outcome, members)
                if isinstance(outcome.error, ChannelDown):
                    note_failure(channel, outcome.error)
                    self._put_back([*(each for each, _ in under_way.values()), *waiting])
                    return

    def _batch(self, waiting: list[Digest], under_way: dict[str, Members]) -> Iterator[Outgoing]:
        """What a channel takes one by one, each put together when it is taken."""
        while waiting:
            digest = waiting.pop()
            if not self.leased.start(digest):
                continue
            try:
                members = self._ready_members(digest)
                if not members:
                    continue
                outgoing = _outgoing(digest, members)
            except Exception as error:  # of this digest: the others go on
                self.note_failure(digest, error)
                continue
            under_way[outgoing.key] = digest, members
            yield outgoing

    def _ready_members(self, digest: Digest) -> list[DeliveryContext]:
        """The items of the digest now; none if it is finished or has to wait."""
        if self.leased.is_spent(digest):
            raise RuntimeError("Each process that tried it ended before it was done.")
        held = on_primary(Delivery)
        contexts = load_contexts(held.filter(digest=digest, status=Status.HELD))
        if (pause := _pause_of(contexts)) is not None:
            self._put_back([digest], pause)
            return []
        members = _members(contexts)
        if not members:
            finish(digest, self.lease, status=Status.SKIPPED)
            return []
        # Its hour was chosen when it was opened: quiet hours may be newer, and a retry has its own.
        for rule in (quiet_hours, channel_paused):
            decision = rule(members[0])
            if decision is not None:
                self._put_back([digest], decision.until)
                return []
        return members

    def _put_back(self, digests: list[Digest], until: datetime | None = None) -> None:
        """Waiting is not an attempt. What was tried before keeps its token, and so stays closed."""
        waiting: dict[str, Any] = {"after": retry_delay(1)}
        if until is not None:
            waiting = {"not_before": until}
        for digest in digests:
            untried = self.leased.without_attempt(digest)
            finish(digest, self.lease, keep=digest.lease is not None, **waiting, **untried)

    def _note(self, digest: Digest, outcome: Outcome, members: list[DeliveryContext]) -> None:
        if outcome.error is not None:
            self.note_failure(digest, outcome.error, members)
            return
        note_success(digest.channel)
        if self._close(digest, members, status=Status.SENT, sent_at=clock.now()):
            for context in members:
                self.outlet.report_sent(context.delivery)

    def note_failure(
        self, digest: Digest, failure: Exception, members: Sequence[DeliveryContext] = ()
    ) -> None:
        """Write a failed attempt: tried again later, or given up with what it holds."""
        error, verdict = error_text(failure), judge(digest, failure)
        if verdict.is_given_up:
            if self._close(digest, members, status=Status.FAILED, error=error):
                for context in members:
                    self.outlet.report_failed(context.delivery, error)
        else:
            # The lease stays, and with it the door closed: what comes now belongs to the next one.
            untried = self.leased.without_attempt(digest) if verdict.is_trouble else {}
            again = {"after": verdict.after, "error": error, **untried}
            finish(digest, self.lease, keep=True, **again)

    def _close(self, digest: Digest, members: Sequence[DeliveryContext], **values: Any) -> bool:
        """Write what became of the digest and its members; return False if the lease was lost."""
        held = Delivery.objects.filter(
            pk__in=[context.delivery.pk for context in members], status=Status.HELD
        )
        using = router.db_for_write(Digest)

        def both() -> bool:
            with transaction.atomic(using=using):
                ours = finish(digest, self.lease, **values)
                if ours:
                    held.update(**values)
            return ours

        return retry_on_deadlock(using, both)


def _pause_of(contexts: list[DeliveryContext]) -> datetime | None:
    """The end of its user's pause, for which a digest waits; None if nothing in it has to."""
    ends = (pause_end(context) for context in contexts)
    return next(filter(None, ends), None)


def _members(contexts: list[DeliveryContext]) -> list[DeliveryContext]:
    """What the digest has to say: its deliveries, each asked again; unwanted ones are skipped."""
    members = []
    for context in contexts:
        try:
            against = next(filter(None, (rule(context) for rule in DIGEST_RULES)), None)
        except Exception as error:  # of this one: it is left behind, and goes its own way again
            words = error_text(error)
            logger.warning("Delivery %s is not in its digest: %s", context.delivery.pk, words)
            continue
        if against is None:
            members.append(context)
        else:
            skipped = Delivery.objects.filter(pk=context.delivery.pk)
            skipped.update(status=Status.SKIPPED, reason=against.rule)
    return members


def _line(context: DeliveryContext) -> Line:
    group = context.notification.group
    names = group.names if group is not None and group.count > 1 else ""
    return Line(title_of(context.message), text_of(context.message), names)


def _outgoing(digest: Digest, members: list[DeliveryContext]) -> Outgoing:
    user = members[0].user
    zone = zone_of(members[0].preferences.settings.time_zone)
    with for_recipient(user, zone):
        title = ngettext("%(n)s new notification", "%(n)s new notifications", len(members))
        shown = members[:SHOWN]
        named = [_line(context) for context in shown]
        lines = [f"- {line}" for line in named]
        if more := len(members) - len(shown):
            lines.append(ngettext("and %(n)s more", "and %(n)s more", more) % {"n": more})
        return Outgoing(
            user=user,
            title=title % {"n": len(members)},
            text="\n".join(lines),
            link=absolute_link(reverse("django_inapp_notifications:list")),
            key=stable_key("digest", digest.pk),
            messages=[context.message for context in shown],
            notification_ids=[context.notification.pk for context in shown],
            is_digest=True,
            lines=named,
            time_zone=zone,
        )
