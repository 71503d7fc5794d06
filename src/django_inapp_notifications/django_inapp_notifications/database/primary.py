"""Reads of this app's own rows, with a router that sends reads to a replica.

A replica may lag, so what decides a write, or follows one, is read where it was written. Pages
that only show rows, such as the inbox, follow the router.
"""

from typing import TypeVar

from django.db import models, router

Row = TypeVar("Row", bound=models.Model)


def on_primary(model: type[Row]) -> "models.QuerySet[Row]":
    """Return the model's rows in the database to which the router sends writes."""
    return model._default_manager.using(router.db_for_write(model))
