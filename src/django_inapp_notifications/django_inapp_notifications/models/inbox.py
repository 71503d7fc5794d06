"""Who received what, and what they did with it: thin rows, because there are many."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce, Greatest, Least
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .. import clock, types
from ..database.indexes import PartialIndex
from ..database.pages import HIGHEST, in_order
from ..database.primary import on_primary
from .content import Message, Priority
from .groups import NotificationGroup
from .state import Folder, InboxState


def watermark(user_id: Any, mark: str = "read_up_to") -> Coalesce:
    """SQL for the id up to which this user (or OuterRef) has read, or seen, everything."""
    states = InboxState.objects.filter(user_id=user_id)
    return Coalesce(models.Subquery(states.values(mark)), 0, output_field=models.BigIntegerField())


class NotificationQuerySet(models.QuerySet["Notification"]):
    def of(self, user: Any) -> Self:
        """The notifications of one user, given as a user or a key."""
        return self.filter(recipient_id=getattr(user, "pk", user))

    def current(self, now: datetime | None = None) -> Self:
        """Without what has expired or is snoozed."""
        now = now or clock.now()
        return self.filter(
            models.Q(expires_at=None) | models.Q(expires_at__gt=now),
            models.Q(snoozed_until=None) | models.Q(snoozed_until__lte=now),
        )

    def unread_above_watermark(self, user: Any, **between: Any) -> Self:
        """Unread because it is above the user's watermark.

        With marked_unread(), this is all that is unread: two queries instead of one OR, because
        each of them reads nothing but its own index. Both are in order of ids; `between` are the
        options of pages.in_order().
        """
        user_id = getattr(user, "pk", user)
        lowest: Any = watermark(user_id)
        if after := between.pop("above", 0):
            lowest = Greatest(models.Value(after), lowest)
        rows = self.filter(folder=Folder.INBOX, read_at=None, kept_unread=False)
        return in_order(rows, user_id, above=lowest, **between)

    def marked_unread(self, user: Any, **between: Any) -> Self:
        """Unread because the user asked for it, or because it became visible late."""
        rows = self.filter(folder=Folder.INBOX, kept_unread=True)
        return in_order(rows, getattr(user, "pk", user), **between)

    def read_by(self, user: Any, *, below: int = HIGHEST, **between: Any) -> list[Self]:
        """Two queries for what is read: all below the watermark, and what was read above it."""
        user_id = getattr(user, "pk", user)
        read_up_to = watermark(user_id)
        border = Least(models.Value(below), read_up_to + models.Value(1))
        inbox = self.filter(folder=Folder.INBOX, kept_unread=False)
        marked = in_order(inbox, user_id, below=border, **between)
        one_by_one = inbox.filter(read_at__isnull=False)
        between["above"] = Greatest(models.Value(between.get("above", 0)), read_up_to)
        return [marked, in_order(one_by_one, user_id, below=below, **between)]

    def pinned(self, user: Any) -> Self:
        """What the user wants to see first; no more than NOTIFICATION_MAX_PINNED."""
        rows = self.filter(folder=Folder.INBOX, pinned_at__isnull=False)
        return in_order(rows, getattr(user, "pk", user))

    def annotate_has_pinned(self, user: Any) -> Self:
        """With `has_pinned`, so that only those who pin pay for a query of their pins."""
        return self.annotate(has_pinned=models.Exists(type(self)(self.model).pinned(user)))

    def with_content(self) -> Self:
        """With the message and the user's marks, so that showing a row costs no further query."""
        return self.select_related("message", "group").annotate(
            watermark=watermark(models.OuterRef("recipient_id")),
            seen_up_to=watermark(models.OuterRef("recipient_id"), "seen_up_to"),
        )


class Notification(models.Model):
    """One recipient's copy: a reference to the message and the recipient's own marks."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("recipient"),
    )
    message = models.ForeignKey(
        Message, models.CASCADE, related_name="notifications", verbose_name=_("message")
    )
    # Copies of the message's, for the filters of the list.
    type = models.CharField(_("type"), max_length=64)
    priority = models.CharField(
        _("priority"), max_length=10, choices=Priority.choices, default=Priority.NORMAL
    )
    # Not indexed: it is only ever followed from here.
    group = models.ForeignKey(
        NotificationGroup,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("group"),
    )
    folder = models.PositiveSmallIntegerField(_("folder"), choices=Folder, default=Folder.INBOX)
    # Unread although the watermark has passed it.
    kept_unread = models.BooleanField(_("kept unread"), default=False)
    created_at = models.DateTimeField(_("created at"), default=clock.now)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    clicked_at = models.DateTimeField(_("clicked at"), null=True, blank=True)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    # Shown before all others, and kept by the retention job.
    pinned_at = models.DateTimeField(_("pinned at"), null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = [
            models.Index(fields=["recipient", "folder", "id"], name="din_notification_list"),
            models.Index(
                fields=["recipient", "folder", "type", "id"], name="din_notification_type"
            ),
            PartialIndex(
                fields=["recipient", "id"],
                where=models.Q(folder=Folder.INBOX, read_at=None, kept_unread=False),
                otherwise=["recipient", "folder", "read_at", "id"],
                name="din_notification_unread",
            ),
            PartialIndex(
                fields=["recipient", "id"],
                where=models.Q(folder=Folder.INBOX, kept_unread=False, read_at__isnull=False),
                otherwise=["recipient", "read_at", "id"],
                name="din_notification_read",
            ),
            PartialIndex(
                fields=["recipient", "id"],
                where=models.Q(kept_unread=True),
                otherwise=["recipient", "kept_unread", "id"],
                name="din_notification_kept",
            ),
            PartialIndex(
                fields=["recipient", "id"],
                where=models.Q(pinned_at__isnull=False),
                otherwise=["recipient", "pinned_at", "id"],
                name="din_notification_pinned",
            ),
        ]

    if TYPE_CHECKING:
        recipient_id: Any
        message_id: int
        # Annotated by with_content():
        watermark: int
        seen_up_to: int
        # Annotated by annotate_has_pinned():
        has_pinned: bool

    def __str__(self) -> str:
        # The admin names a thousand of them on one page: no query for each.
        if Notification.message.is_cached(self):
            return self.message.title
        return f"{self.type} {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("django_inapp_notifications:detail", args=[self.pk])

    @classmethod
    def create_notification(
        cls,
        user: Any,
        title: str = "",
        message: str = "",
        notification_type: str = "",
        priority: str = Priority.NORMAL,
        action_url: str = "",
        delivery_methods: Iterable[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **options: Any,
    ) -> "Notification":
        """Notify one user and return the row; `options` are those of services.notify().

        It is not saved if they had it by its `dedupe_key`, and their row was removed since.
        """
        written: Notification = _services().notify_one(
            user,
            notification_type,
            title=title,
            message=message,
            priority=priority,
            action_url=action_url,
            delivery_methods=delivery_methods,
            metadata=metadata,
            **options,
        )
        return written

    @property
    def title(self) -> str:
        """In the active language, where the type has templates."""
        return self.message.shown_title

    @property
    def text(self) -> str:
        return self.message.shown_text

    @property
    def is_read(self) -> bool:
        if self.kept_unread:
            return False
        if self.read_at is not None:
            return True
        # "Mark all as read" means what is shown in the inbox.
        return self.folder != Folder.OUTSIDE and self.pk <= self._watermark()

    @property
    def kind(self) -> types.NotificationType:
        """Its type; a stand-in if that is no longer registered."""
        return types.find(self.type)

    def mark_as_read(self) -> None:
        """Mark it read for its recipient. Reading twice changes nothing."""
        _services().mark_as_read(self)

    def _watermark(self) -> int:
        if "watermark" not in self.__dict__:
            states = on_primary(InboxState).filter(user_id=self.recipient_id)
            self.watermark = states.values_list("read_up_to", flat=True).first() or 0
        return self.watermark


def _services() -> Any:
    """The one arrow upwards: Notification.create_notification() and mark_as_read() are public.

    The layers' contract names it, so that no second one slips in.
    """
    from .. import services

    return services
