"""Numbers that outlive what they were counted from."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DailyNumber(models.Model):
    """What the retention job removed, counted: add what is still there for the whole number."""

    day = models.DateField(_("day"))
    type = models.CharField(_("type"), max_length=64)
    # Empty for the inbox.
    channel = models.CharField(_("channel"), max_length=32, blank=True)
    # "created", "seen", "read", "clicked" or "dismissed"; of a channel, a status of deliveries.
    metric = models.CharField(_("metric"), max_length=10)
    count = models.PositiveBigIntegerField(_("count"), default=0)

    class Meta:
        verbose_name = _("daily statistic")
        verbose_name_plural = _("daily statistics")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "type", "channel", "metric"], name="din_number_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.type} {self.channel} {self.metric}: {self.count}"
