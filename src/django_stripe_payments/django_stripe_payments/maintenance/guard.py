"""Each row of a sweep has its own guard: an error of one row does not stop those behind it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from ..logs.redaction import redacted_traceback

logger = logging.getLogger(__name__)

Row = TypeVar("Row")
Result = TypeVar("Result")


def guarded(what: str, work: Callable[[], Result], *, otherwise: Result) -> Result:
    """Return the result of ``work``; after an unexpected error, log it and return ``otherwise``.

    Args:
        what: names the row or the part of the sweep in the log.
        work: does it. It keeps its own record of expected failures.
        otherwise: what counts as the result after an error.
    """
    try:
        return work()
    except Exception as error:
        logger.error("%s failed and was put aside\n%s", what, redacted_traceback(error))
        return otherwise


def sum_guarded(name: str, rows: Iterable[tuple[object, Row]], work: Callable[[Row], int]) -> int:
    """Return the sum of ``work`` over rows, each after the key that names it in the log."""
    return sum(guarded(f"{name} {key}", partial(work, row), otherwise=0) for key, row in rows)
