"""When a row was last saved, by the clock of the app: ``auto_now`` would ask the real one."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock
from .primary import Stored


class Stamped(Stored):
    """Base of the rows that know when they were last saved."""

    updated_at = models.DateTimeField(_("updated"), default=clock.now, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        """Save the row, and note the moment."""
        self.updated_at = clock.now()
        super().save(*args, **options)
