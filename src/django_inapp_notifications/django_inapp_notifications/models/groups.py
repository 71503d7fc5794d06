"""Many alike as one line of an inbox."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ..content.bidi import isolate


class NotificationGroup(models.Model):
    """Many alike as one line of a user's inbox: "Ana and 3 others".

    Only the newest of them is in the inbox; the line starts again once it was read.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False
    )
    # "type:key", scoped as dedupe keys are.
    key = models.CharField(max_length=200)
    # The id of the notification that stands for the group; 0 before the first.
    head = models.BigIntegerField(default=0)
    count = models.PositiveIntegerField(default=0)
    # Names of the latest actors, the newest first; no more than are ever shown.
    actors = models.JSONField(default=list)

    class Meta:
        verbose_name = _("notification group")
        verbose_name_plural = _("notification groups")
        constraints = [models.UniqueConstraint(fields=["recipient", "key"], name="din_group_once")]

    if TYPE_CHECKING:
        recipient_id: Any

    def __str__(self) -> str:
        return self.names

    @property
    def names(self) -> str:
        """Who it was: "Ana", "Ana and Ben", or "Ana and 3 others"."""
        names, others = [isolate(str(name)) for name in self.actors] or [""], self.count - 1
        first = names[0]
        if others < 1 or not first:
            return first
        if others == 1 and len(names) > 1:
            return gettext("%(one)s and %(two)s") % {"one": first, "two": names[1]}
        words = ngettext("%(name)s and %(n)s other", "%(name)s and %(n)s others", others)
        return words % {"name": first, "n": others}
