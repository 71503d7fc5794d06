from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from django_stripe_payments import clock, money


class Game(models.TextChoices):
    """The games of this site, all of them invented."""

    GLYPHFALL = "glyphfall", _("Glyphfall")
    REDLINE = "redline-nine", _("Redline Nine")
    HOLLOW_COURT = "hollow-court", _("Hollow Court")
    ORBIT = "orbit-breakers", _("Orbit Breakers")
    MOSSKEEP = "mosskeep", _("Mosskeep")


class TournamentQuerySet(models.QuerySet["Tournament"]):
    def with_taken(self) -> "TournamentQuerySet":
        """With the number of participants as ``taken``, so that a list costs one query."""
        # A query that groups does not take the order of Meta.
        return self.annotate(taken=models.Count("participants")).order_by("starts_at", "id")


class Tournament(models.Model):
    """A cup that people enter alone, at a fee or for nothing."""

    name = models.CharField(_("name"), max_length=100)
    game = models.CharField(_("game"), max_length=40, choices=Game)
    summary = models.CharField(_("summary"), max_length=200)
    rules = models.TextField(_("rules"), blank=True)
    organizer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="organized_tournaments",
        verbose_name=_("organizer"),
    )
    entry_fee = models.DecimalField(
        _("entry fee"),
        max_digits=8,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("0 means that the tournament is free to enter."),
    )
    currency = models.CharField(_("currency"), max_length=3, default="usd")
    capacity = models.PositiveSmallIntegerField(_("places"), validators=[MinValueValidator(2)])
    starts_at = models.DateTimeField(_("starts"), db_index=True)
    registration_open = models.BooleanField(_("registration is open"), default=True)
    called_off_at = models.DateTimeField(_("called off"), null=True, blank=True, editable=False)

    objects = TournamentQuerySet.as_manager()

    class Meta:
        verbose_name = _("tournament")
        verbose_name_plural = _("tournaments")
        ordering = ["starts_at", "id"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("tournaments:detail", args=[self.pk])

    @property
    def is_free(self) -> bool:
        return self.entry_fee == 0

    @property
    def fee_display(self) -> str:
        """The fee as people read it: "$25.00", or "Free"."""
        if self.is_free:
            return str(_("Free"))
        return money.display(money.to_minor(self.entry_fee, self.currency), self.currency)

    @property
    def places_taken(self) -> int:
        if "taken" not in self.__dict__:
            self.taken = self.participants.count()
        return self.taken

    @property
    def places_left(self) -> int:
        return max(self.capacity - self.places_taken, 0)

    @property
    def state(self) -> str:
        """``called-off``, ``started``, ``closed``, ``full`` or ``open``: the first that is true."""
        if self.called_off_at:
            return "called-off"
        if self.starts_at <= clock.now():
            return "started"
        if not self.registration_open:
            return "closed"
        return "open" if self.places_left else "full"

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        self.__dict__.pop("taken", None)
        super().refresh_from_db(*args, **kwargs)


class Participant(models.Model):
    """A place that is taken: by a payment, or without one where entering is free."""

    tournament = models.ForeignKey(
        Tournament,
        on_delete=models.CASCADE,
        related_name="participants",
        verbose_name=_("tournament"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="participations",
        verbose_name=_("player"),
    )
    payment = models.OneToOneField(
        "django_stripe_payments.Payment",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="participant",
        verbose_name=_("payment"),
    )
    registered_at = models.DateTimeField(_("registered"), auto_now_add=True)

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        ordering = ["registered_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tournament", "user"], name="one_place_per_player"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.tournament}"
