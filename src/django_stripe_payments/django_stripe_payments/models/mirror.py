from django.db import models
from django.utils.translation import gettext_lazy as _

from ..database.primary import Stored


class Mirrored(Stored):
    """Base of the rows that follow an object at Stripe: whose it is, and of which mode."""

    # Empty for the site's own account, else the connected account that the object belongs to.
    account = models.CharField(_("connected account"), max_length=255, blank=True, default="")
    livemode = models.BooleanField(_("live mode"), default=False)

    class Meta:
        abstract = True
