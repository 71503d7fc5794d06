"""A row that fails unexpectedly stops itself and no other row."""

import logging
from collections.abc import Callable
from typing import TypeVar

from ..content.text import error_text, traceback_text
from ..database.primary import on_primary
from ..leases import LeasedRows
from ..models.outbox import Leased

logger = logging.getLogger(__name__)

Work = TypeVar("Work", bound=Leased)


def in_turn(
    rows: list[Work],
    leased: LeasedRows,
    handle: Callable[[list[Work]], None],
    fail: Callable[[Work, Exception], object],
) -> None:
    """Handle claimed rows together; if that raises, each that it had not reached by itself.

    What it had started is given to `fail`, which notes a failed attempt: it may have been sent.
    """
    try:
        handle(rows)
    except Exception as error:  # of one row; which one shows when each is alone
        logger.error("Rows of the outbox failed unexpectedly.\n%s", traceback_text(error))
        for row in _left(rows, leased):
            if row.pk not in leased.started and len(rows) > 1:
                in_turn([row], leased, handle, fail)
            elif leased.start(row):
                _record(row, error, fail)


def _left(rows: list[Work], leased: LeasedRows) -> list[Work]:
    """Those with no outcome yet, as they are now."""
    model = type(rows[0])
    ours = on_primary(model).filter(lease=leased.lease)
    return list(ours.filter(pk__in=[row.pk for row in rows], status="pending").order_by("pk"))


def _record(row: Work, error: Exception, fail: Callable[[Work, Exception], object]) -> None:
    try:
        fail(row, error)
    except Exception as another:  # its lease ends by itself; the others go on
        text = "The failure of row %s of the outbox could not be recorded: %s"
        logger.error(text, row.pk, error_text(another))
