"""What users chose: only differences from the defaults that the types declare in code."""

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..quiet_hours import QuietHours

# Instead of a type: all types of the channel.
ALL_TYPES = "*"


class Frequency(models.TextChoices):
    IMMEDIATELY = "", _("Immediately")
    HOURLY = "hourly", _("Hourly digest")
    DAILY = "daily", _("Daily digest")
    WEEKLY = "weekly", _("Weekly digest")


class NotificationSettings(models.Model):
    """What holds for all notifications of a user. No row means the defaults."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="+",
        verbose_name=_("user"),
    )
    # IANA name; empty means the site's own zone.
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    # Silences the outside channels, for good or until then. Locked types pass.
    muted = models.BooleanField(_("muted"), default=False)
    muted_until = models.DateTimeField(_("muted until"), null=True, blank=True)
    quiet_hours = models.BooleanField(_("quiet hours"), default=False)
    quiet_start = models.TimeField(_("quiet hours start"), null=True, blank=True)
    quiet_end = models.TimeField(_("quiet hours end"), null=True, blank=True)
    # Bit n: a window starts on weekday n, Monday being 0.
    quiet_days = models.PositiveSmallIntegerField(
        _("quiet hours days"), default=127, validators=[MaxValueValidator(127)]
    )
    # In quiet hours, the bell shows no number and announces nothing either.
    quiet_bell = models.BooleanField(_("silence the bell"), default=False)
    # When digests leave, by the user's clock.
    digest_hour = models.PositiveSmallIntegerField(
        _("digest hour"), default=8, validators=[MaxValueValidator(23)]
    )
    digest_weekday = models.PositiveSmallIntegerField(
        _("weekly digest day"), default=0, validators=[MaxValueValidator(6)]
    )
    # Stands for the user in addresses that are not behind a log-in.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        verbose_name = _("notification settings")
        verbose_name_plural = _("notification settings")

    if TYPE_CHECKING:
        user_id: Any

    def __str__(self) -> str:
        return gettext("settings of user %(id)s") % {"id": self.user_id}

    @property
    def quiet(self) -> QuietHours | None:
        """The user's quiet hours; None where there are none."""
        if not self.quiet_hours or self.quiet_start is None or self.quiet_end is None:
            return None
        if self.quiet_start == self.quiet_end:
            return None
        days = frozenset(day for day in range(7) if self.quiet_days >> day & 1)
        return QuietHours(self.quiet_start, self.quiet_end, self.time_zone, days)

    def clean(self) -> None:
        """Raise ValidationError for the field that is missing or wrong."""
        if not self.quiet_hours:
            return
        times = {"quiet_start": self.quiet_start, "quiet_end": self.quiet_end}
        missing = [name for name, value in times.items() if value is None]
        if missing:
            error = _("Quiet hours need a start and an end.")
            raise ValidationError(dict.fromkeys(missing, error))
        if self.quiet_start == self.quiet_end:
            error = _("Quiet hours cannot start and end at the same time.")
            raise ValidationError({"quiet_end": error})


class NotificationPreference(models.Model):
    """One cell of the grid that differs from its default: a type (or "*") on a channel."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("user"),
    )
    type = models.CharField(_("type"), max_length=64)
    channel = models.CharField(_("channel"), max_length=32)
    enabled = models.BooleanField(_("enabled"), default=True)
    # For "*" only: how often the channel is used.
    frequency = models.CharField(
        _("frequency"), max_length=10, choices=Frequency, blank=True, default=""
    )
    updated_at = models.DateTimeField(_("updated at"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("notification preference")
        verbose_name_plural = _("notification preferences")
        constraints = [
            models.UniqueConstraint(fields=["user", "type", "channel"], name="din_preference_once")
        ]

    if TYPE_CHECKING:
        user_id: Any

    def __str__(self) -> str:
        text = gettext("%(type)s via %(channel)s: on")
        if not self.enabled:
            text = gettext("%(type)s via %(channel)s: off")
        return text % {"type": self.type, "channel": self.channel}

    def save(self, *args: Any, **options: Any) -> None:
        """Save the row, and note the moment: `auto_now` would ask the real clock."""
        self.updated_at = clock.now()
        super().save(*args, **options)


class ObjectPreference(models.Model):
    """A user follows one object, or has muted it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("user"),
    )
    model = models.CharField(max_length=100)
    key = models.CharField(max_length=64)
    muted = models.BooleanField(_("muted"), default=False)

    class Meta:
        verbose_name = _("object preference")
        verbose_name_plural = _("object preferences")
        constraints = [
            models.UniqueConstraint(fields=["user", "model", "key"], name="din_object_once")
        ]
        indexes = [models.Index(fields=["model", "key", "muted"], name="din_object_followers")]

    def __str__(self) -> str:
        return f"{self.model} {self.key}"


class PreferenceChange(models.Model):
    """Who changed what, when and how. Never updated."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user")
    )
    # Null when it was a link in a mail, or code.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("actor"),
    )
    what = models.CharField(_("setting"), max_length=120)
    old = models.CharField(_("old value"), max_length=100, blank=True)
    new = models.CharField(_("new value"), max_length=100, blank=True)
    how = models.CharField(_("source"), max_length=20)
    created_at = models.DateTimeField(_("created at"), default=clock.now)

    class Meta:
        verbose_name = _("preference change")
        verbose_name_plural = _("preference changes")

    def __str__(self) -> str:
        return f"{self.what}: {self.old} → {self.new}"
