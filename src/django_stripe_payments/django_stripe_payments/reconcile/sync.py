"""What every step of a run works with: pages of Stripe's lists, rows, counts and findings."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import OperationalError
from django.db.models import QuerySet

from ..conf import settings
from ..exceptions import (
    ConfigurationError,
    ReplayedFailure,
    StripeCallFailed,
    StripePaymentsError,
    StripeUnavailable,
    SyncInProgress,
)
from ..logs.redaction import redact_text, redacted_traceback
from ..models import SyncFinding, SyncRun
from ..stripe_api.client import MISSING, translated_errors
from . import runs
from .backoff import with_backoff

logger = logging.getLogger(__name__)

#: An object of Stripe's as a plain dict.
Item = dict[str, Any]

#: Fixes a difference; returns what still needs a person's review, or "".
Fix = Callable[[], str]

Outcome = SyncFinding.Outcome


class Sync:
    """A run in progress. A run that was cut short resumes at the page where it stopped."""

    def __init__(self, run: SyncRun) -> None:
        self.run = run

    @property
    def since(self) -> datetime:
        """The time since which objects at Stripe are compared."""
        return self.run.since

    @property
    def created(self) -> dict[str, int]:
        """The same, as a filter of Stripe's lists."""
        return {"gte": int(self.since.timestamp())}

    def pages(self, list_page: Callable[[Any], Any], **params: Any) -> Iterator[list[Item]]:
        """Yield the pages of a list at Stripe, newest first.

        A page counts as done when the next one is requested. No transaction may be open then.
        """
        query = {**params, "limit": settings.STRIPE_SYNC_PAGE_SIZE}
        while True:
            page = self._page(list_page, query)
            items: list[Item] = [item.to_dict(for_json=True) for item in page.data]
            yield items
            if not page.has_more or not items:
                return
            runs.save(self.run, position=items[-1]["id"], counts=self.run.counts)
            time.sleep(settings.STRIPE_SYNC_PAUSE)

    def _page(self, list_page: Callable[[Any], Any], query: dict[str, Any]) -> Any:
        after = {"starting_after": self.run.position} if self.run.position else {}
        try:
            return with_backoff(lambda: _request(list_page, {**query, **after}))
        except StripeCallFailed as error:
            if not after or error.code != MISSING:
                raise
        # The object at which the page starts is gone: start over, which costs time and no more.
        return with_backoff(lambda: _request(list_page, query))

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Any]:
        """Yield rows in the order of their keys, from where the run stopped."""
        while True:
            following = queryset.filter(pk__gt=self.run.position) if self.run.position else queryset
            chunk = list(following.order_by("pk")[: settings.STRIPE_SYNC_PAGE_SIZE])
            for row in chunk:
                runs.renew_heartbeat(self.run)
                yield row
            if not chunk:
                return
            runs.save(self.run, position=str(chunk[-1].pk), counts=self.run.counts)

    def count(self, kind: str, what: str = "compared", number: int = 1) -> None:
        """Count objects; the numbers are stored with their page."""
        runs.renew_heartbeat(self.run)
        counted = self.run.counts.setdefault(kind, {})
        counted[what] = counted.get(what, 0) + number

    def repair(
        self, kind: str, object_id: str, problem: str, fix: Fix, *, detail: str = ""
    ) -> None:
        """Record a difference, fix it, and record the outcome.

        Raises StripeUnavailable: nothing else can be compared either, and the run resumes later.
        """
        finding = self._record(kind, object_id, problem, detail)
        try:
            remaining = with_backoff(fix)
        except ReplayedFailure as error:
            # Stripe repeats this error for a day, and every run would end here.
            remaining = redact_text(str(error))
        except StripeUnavailable:
            raise
        except StripePaymentsError as error:
            remaining = redact_text(str(error))
        except Exception as error:
            text = redacted_traceback(error)
            logger.error("%s %s could not be repaired\n%s", kind, object_id, text)
            remaining = redact_text(f"{type(error).__name__}: {error}")
        outcome = Outcome.NEEDS_REVIEW if remaining else Outcome.REPAIRED
        SyncFinding.objects.filter(pk=finding.pk).update(
            outcome=outcome, detail=remaining or detail
        )
        logger.info(
            "Sync: %s %s was %s: %s",
            *(kind, object_id, problem, outcome.value),
            extra={"sync_run": self.run.pk, "object": object_id},
        )

    @contextmanager
    def guarded(self, kind: str, object_id: str) -> Iterator[None]:
        """Flag the object for review after an unexpected error, so that the others follow.

        What concerns all of them ends the run, which is resumed later: Stripe does not answer or
        refuses the key, the database is not there, or another process took the run over.
        """
        try:
            yield
        except (StripeUnavailable, ConfigurationError, SyncInProgress, OperationalError):
            raise
        except Exception as error:
            text = redacted_traceback(error)
            logger.error("%s %s could not be compared\n%s", kind, object_id, text)
            detail = redact_text(f"{type(error).__name__}: {error}")
            self.flag_for_review(kind, object_id, "error", detail)

    def flag_for_review(self, kind: str, object_id: str, problem: str, detail: str) -> None:
        """Record what only a person can decide."""
        finding = self._record(kind, object_id, problem, detail)
        SyncFinding.objects.filter(pk=finding.pk).update(
            outcome=Outcome.NEEDS_REVIEW, detail=detail
        )

    def _record(self, kind: str, object_id: str, problem: str, detail: str) -> SyncFinding:
        finding, _created = SyncFinding.objects.get_or_create(
            run=self.run,
            kind=kind,
            object_id=object_id,
            problem=problem,
            defaults={"detail": detail},
        )
        return finding


def _request(list_page: Callable[[Any], Any], params: dict[str, Any]) -> Any:
    with translated_errors():
        return list_page(params)
