"""Where a notification is, and what holds for the whole inbox of a user."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Folder(models.IntegerChoices):
    """Where the recipient finds a notification."""

    # Delivered by outside channels only: the sender or the recipient wanted it so.
    OUTSIDE = 0, _("Not in inbox")
    INBOX = 1, _("Inbox")
    ARCHIVE = 2, _("Archive")
    # Can be undone until the retention job comes by.
    DELETED = 3, _("Deleted")


class InboxState(models.Model):
    """What holds for the whole inbox of a user; one small row that "mark all as read" writes."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="+",
        verbose_name=_("user"),
    )
    # Every notification up to this id counts as read (see Notification.kept_unread).
    read_up_to = models.BigIntegerField(_("read up to"), default=0, db_index=True)
    read_up_to_at = models.DateTimeField(_("read at"), null=True, blank=True)
    seen_up_to = models.BigIntegerField(_("seen up to"), default=0, db_index=True)

    class Meta:
        verbose_name = _("inbox state")
        verbose_name_plural = _("inbox states")

    def __str__(self) -> str:
        return gettext("read up to %(id)s") % {"id": self.read_up_to}
