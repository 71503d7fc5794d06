import zoneinfo
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from django_stripe_payments import clock, money
from django_stripe_payments.models import Payment

#: Who has not paid by then gives way to somebody who wants the same hours.
HOLD = timedelta(minutes=15)

#: Guests come early; nobody is charged the day before.
EARLIEST_CHECK_IN = timedelta(hours=1)


class Venue(models.Model):
    """A room with machines in it, which is let by the hour."""

    name = models.CharField(_("name"), max_length=100)
    summary = models.CharField(_("summary"), max_length=200, blank=True)
    address = models.CharField(_("address"), max_length=200)
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="venues",
        verbose_name=_("host"),
    )
    hourly_price = models.DecimalField(
        _("price of an hour"),
        max_digits=8,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(1))],
    )
    currency = models.CharField(_("currency"), max_length=3, default="usd")
    # The hours of the day are the venue's own, wherever its guests are.
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    opens = models.PositiveSmallIntegerField(
        _("opens"),
        default=10,
        validators=[MaxValueValidator(23)],
        help_text=_("A full hour: 0 to 23."),
    )
    closes = models.PositiveSmallIntegerField(
        _("closes"),
        default=22,
        validators=[MaxValueValidator(24)],
        help_text=_("A full hour: 1 to 24."),
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("venues:detail", args=[self.pk])

    def clean(self) -> None:
        if self.closes <= self.opens:
            raise ValidationError(
                {"closes": _("The closing hour has to be after the opening hour.")}
            )
        if self.time_zone not in zoneinfo.available_timezones():
            raise ValidationError({"time_zone": _("This is not a time zone.")})

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def price_display(self) -> str:
        return money.display(money.to_minor(self.hourly_price, self.currency), self.currency)


class Booking(models.Model):
    """Some hours in a row at a venue.

    What became of it is told by its payment: nothing is noted twice. ``booked_at`` is there so
    that people are told once.
    """

    class State(models.TextChoices):
        HELD = "held", _("Waiting for payment")
        RESERVED = "reserved", _("Booked")
        VISITED = "visited", _("Visited and paid")
        RELEASED = "released", _("Released")

    venue = models.ForeignKey(
        Venue, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("venue")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        # A reservation of money outlives no account: release it first.
        on_delete=models.PROTECT,
        related_name="venue_bookings",
        verbose_name=_("guest"),
    )
    payment = models.OneToOneField(
        "django_stripe_payments.Payment",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="venue_booking",
        verbose_name=_("payment"),
    )
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    held_at = models.DateTimeField(_("held since"), default=clock.now)
    booked_at = models.DateTimeField(_("booked"), null=True, blank=True)

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        ordering = ["starts_at", "id"]

    def __str__(self) -> str:
        return f"{self.user} · {self.venue}"

    @classmethod
    def holds(cls) -> "models.QuerySet[Booking]":
        """Return what keeps hours from others, and is not paid."""
        return cls.objects.filter(booked_at=None, booked_hours__isnull=False).distinct()

    @classmethod
    def lapsed(cls) -> "models.QuerySet[Booking]":
        """Return the holds that were not paid in time."""
        return cls.holds().filter(held_at__lt=clock.now() - HOLD)

    @property
    def state(self) -> "Booking.State":
        """How it stands, by its payment."""
        status = self.payment.status if self.payment else Payment.Status.REQUIRES_PAYMENT_METHOD
        if status == Payment.Status.REQUIRES_CAPTURE:
            return self.State.RESERVED
        if status == Payment.Status.SUCCEEDED:
            return self.State.VISITED
        if status == Payment.Status.CANCELED:
            return self.State.RELEASED
        return self.State.HELD

    @property
    def is_due(self) -> bool:
        """Whether the guest may be checked in now."""
        return clock.now() >= self.starts_at - EARLIEST_CHECK_IN

    @property
    def has_begun(self) -> bool:
        return clock.now() >= self.starts_at

    @property
    def starts_local(self) -> datetime:
        """The start by the clock on the venue's wall."""
        return self.starts_at.astimezone(self.venue.zone)

    @property
    def ends_local(self) -> datetime:
        return self.ends_at.astimezone(self.venue.zone)

    @property
    def starts_on(self) -> date:
        return self.starts_local.date()

    @property
    def starts_wall(self) -> str:
        """The same as text: a template would turn it into the reader's zone."""
        return date_format(self.starts_local, "TIME_FORMAT")

    @property
    def check_in_on(self) -> date:
        """The day on which the guest may be checked in, by the venue's calendar."""
        return (self.starts_local - EARLIEST_CHECK_IN).date()

    @property
    def check_in_wall(self) -> str:
        """The time of that day, as text."""
        return date_format(self.starts_local - EARLIEST_CHECK_IN, "TIME_FORMAT")

    @property
    def hours(self) -> int:
        return (self.ends_at - self.starts_at) // timedelta(hours=1)


class BookedHour(models.Model):
    """One hour that is taken. Its unique key is why two bookings can't overlap."""

    venue = models.ForeignKey(
        Venue, on_delete=models.CASCADE, related_name="booked_hours", verbose_name=_("venue")
    )
    booking = models.ForeignKey(
        Booking, on_delete=models.CASCADE, related_name="booked_hours", verbose_name=_("booking")
    )
    starts_at = models.DateTimeField(_("starts"))

    class Meta:
        verbose_name = _("booked hour")
        verbose_name_plural = _("booked hours")
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["venue", "starts_at"], name="one_booking_per_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.venue} {self.starts_at:%Y-%m-%d %H:%M}"
