"""Read this app's rows where they are written.

A router may send reads to a replica, which is behind: a row that was just written is not there
yet, and one that changed is old. Everything that this app reads decides about money or follows
from its own writes, so it asks the router for the database of writes. A report of the site's may
name the replica: ``Payment.objects.using("replica")``.
"""

from __future__ import annotations

from typing import TypeVar

from django.db import models, router

Row = TypeVar("Row", bound=models.Model, covariant=True)


class PrimaryManager(models.Manager[Row]):
    """A manager that reads from the database to which the router sends writes."""

    def get_queryset(self) -> models.QuerySet[Row]:
        rows = super().get_queryset()
        return rows if self._db else rows.using(router.db_for_write(self.model))


class Stored(models.Model):
    """Base of every model of this app."""

    objects = PrimaryManager()

    class Meta:
        abstract = True
        # For foreign keys and refresh_from_db() too.
        base_manager_name = "objects"
