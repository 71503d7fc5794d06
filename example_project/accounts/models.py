import zoneinfo

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("%(name)s is not a time zone."), params={"name": name})


class User(AbstractUser):
    """Somebody who plays, organizes or coaches: any account may do all three."""

    display_name = models.CharField(
        _("handle"),
        max_length=40,
        blank=True,
        help_text=_("What others see instead of your username."),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text=_("Start times are shown in this time zone."),
    )

    # The one they last read the site in: what they are sent is written in it.
    language = models.CharField(_("language"), max_length=16, blank=True, editable=False)

    # The one that mail is sent to: its owner has opened the link that went there.
    verified_email = models.EmailField(_("confirmed e-mail address"), blank=True, editable=False)
    # Set while a request starts a payment: see one_at_a_time.py.
    starting_since = models.DateTimeField(null=True, blank=True, editable=False)

    #: What both packages mail to, and tell Stripe.
    EMAIL_FIELD = "verified_email"

    def __str__(self) -> str:
        return self.get_display_name()

    def get_display_name(self) -> str:
        return self.display_name or self.get_username()
