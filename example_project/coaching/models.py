from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from django_stripe_payments import clock, money


class CoachingSession(models.Model):
    """An hour with a coach, for one player."""

    coach = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="coaching_sessions",
        verbose_name=_("coach"),
    )
    topic = models.CharField(_("topic"), max_length=100)
    summary = models.CharField(_("summary"), max_length=200, blank=True)
    price = models.DecimalField(
        _("price"), max_digits=8, decimal_places=2, validators=[MinValueValidator(Decimal(1))]
    )
    currency = models.CharField(_("currency"), max_length=3, default="usd")
    starts_at = models.DateTimeField(_("starts"), db_index=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=60)
    called_off_at = models.DateTimeField(_("called off"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("coaching session")
        verbose_name_plural = _("coaching sessions")
        ordering = ["starts_at", "id"]

    def __str__(self) -> str:
        return self.topic

    @property
    def price_display(self) -> str:
        return money.display(money.to_minor(self.price, self.currency), self.currency)

    @property
    def is_booked(self) -> bool:
        return hasattr(self, "booking")

    @property
    def is_over(self) -> bool:
        return self.starts_at <= clock.now()


class Booking(models.Model):
    """Who has a session. The one-to-one key is why nobody else can have it too."""

    session = models.OneToOneField(
        CoachingSession, on_delete=models.PROTECT, related_name="booking", verbose_name=_("session")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="coaching_bookings",
        verbose_name=_("player"),
    )
    payment = models.OneToOneField(
        "django_stripe_payments.Payment",
        on_delete=models.PROTECT,
        related_name="coaching_booking",
        verbose_name=_("payment"),
    )
    booked_at = models.DateTimeField(_("booked"), auto_now_add=True)

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        ordering = ["-booked_at", "-id"]

    def __str__(self) -> str:
        return f"{self.user} · {self.session}"
