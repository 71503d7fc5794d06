"""Rows of one user in order of their ids, from an index that begins with the user.

PostgreSQL sees "of this user, newest first, ten of them" and likes to walk the primary key
backwards, filtering: fast on average, and a walk through the whole table for a user who was not
active recently. Because "user = 5" makes the user a constant, ordering by the user first changes
nothing for it; "user = ANY(ARRAY[5])" is not a constant, so that only the index that is meant, on
(user, …, id), has the rows in the order asked for.
"""

from typing import Any, TypeVar

from django.db import connections, models
from django.db.models.expressions import Combinable

HIGHEST = 2**63 - 1

Rows = TypeVar("Rows", bound="models.QuerySet[Any, Any]")


class EqualsAny(models.Func):
    template = "%(expressions)s])"
    arg_joiner = " = ANY(ARRAY["
    output_field = models.BooleanField()


def in_order(
    rows: Rows,
    user_id: Any,
    *,
    above: int | Combinable = 0,
    below: int | Combinable = HIGHEST,
    newest_first: bool = True,
) -> Rows:
    """The rows of a user with ids between the two, in order of ids.

    There should be an index on the recipient, the columns that `rows` compares, and the id.
    """
    sign = "-" if newest_first else ""
    # A bound that bounds nothing would make the planner expect next to no rows.
    narrowed = rows if isinstance(above, int) and not above else rows.filter(pk__gt=above)
    if below is not HIGHEST:
        narrowed = narrowed.filter(pk__lt=below)
    if connections[rows.db].vendor != "postgresql":
        return narrowed.filter(recipient_id=user_id).order_by(f"{sign}pk")
    column: Any = rows.model._meta.get_field("recipient")
    user = (
        user_id
        if isinstance(user_id, models.Expression)
        else models.Value(user_id, column.target_field)
    )
    own = EqualsAny(models.F("recipient_id"), user)
    return narrowed.filter(own).order_by(f"{sign}recipient_id", f"{sign}pk")
