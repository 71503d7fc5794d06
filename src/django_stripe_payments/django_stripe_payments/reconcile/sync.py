"""What every step of a run works with: pages of Stripe's lists, rows, counts and findings."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from ..conf import settings
from ..exceptions import (
    ReplayedFailure,
    StripeCallFailed,
    StripePaymentsError,
    StripeUnavailable,
)
from ..logs.redaction import redact_text
from ..models import SyncFinding, SyncRun
from ..stripe_api.client import MISSING, translated_errors
from . import runs
from .backoff import patiently

logger = logging.getLogger(__name__)

#: An object of Stripe's as a plain dict.
Item = dict[str, Any]

#: Mends a difference; returns what a person must look at all the same, or "".
Mend = Callable[[], str]


class Sync:
    """One run at work. A run that was cut short begins at the page where it stopped."""

    def __init__(self, run: SyncRun) -> None:
        self.run = run

    @property
    def since(self) -> datetime:
        """What was created at Stripe since then is compared."""
        return self.run.since

    @property
    def created(self) -> dict[str, int]:
        """The same as a filter of Stripe's lists."""
        return {"gte": int(self.since.timestamp())}

    def pages(self, list_page: Callable[[Any], Any], **params: Any) -> Iterator[list[Item]]:
        """Yield the pages of a list at Stripe, newest first; each is done when the next is asked.

        The transaction that a page needs is the caller's: none is open while Stripe is asked.
        """
        wanted = {**params, "limit": settings.STRIPE_SYNC_PAGE_SIZE}
        while True:
            page = self._page(list_page, wanted)
            items: list[Item] = [item.to_dict(for_json=True) for item in page.data]
            yield items
            if not page.has_more or not items:
                return
            runs.save(self.run, position=items[-1]["id"], counts=self.run.counts)
            time.sleep(settings.STRIPE_SYNC_PAUSE)

    def _page(self, list_page: Callable[[Any], Any], wanted: dict[str, Any]) -> Any:
        after = {"starting_after": self.run.position} if self.run.position else {}
        try:
            return patiently(lambda: _asked(list_page, {**wanted, **after}))
        except StripeCallFailed as error:
            if not after or error.code != MISSING:
                raise
        # What the page began after is gone: from the start, which costs time and nothing else.
        return patiently(lambda: _asked(list_page, wanted))

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Any]:
        """Yield rows by their key, from where the run stopped."""
        while True:
            following = queryset.filter(pk__gt=self.run.position) if self.run.position else queryset
            chunk = list(following.order_by("pk")[: settings.STRIPE_SYNC_PAGE_SIZE])
            for row in chunk:
                runs.beat(self.run)
                yield row
            if not chunk:
                return
            runs.save(self.run, position=str(chunk[-1].pk), counts=self.run.counts)

    def count(self, kind: str, what: str = "compared", number: int = 1) -> None:
        """Count objects; the numbers are stored with the page that they belong to."""
        runs.beat(self.run)
        counted = self.run.counts.setdefault(kind, {})
        counted[what] = counted.get(what, 0) + number

    def repair(
        self, kind: str, object_id: str, problem: str, mend: Mend, *, detail: str = ""
    ) -> None:
        """Note a difference, mend it, and note how that went.

        Raises StripeUnavailable: nothing else can be compared either, and the run goes on later.
        """
        finding = self._note(kind, object_id, problem, detail)
        try:
            left = patiently(mend)
        except ReplayedFailure as error:
            # Stripe repeats it for a day, and every run would end here.
            left = redact_text(str(error))
        except StripeUnavailable:
            raise
        except StripePaymentsError as error:
            left = redact_text(str(error))
        except Exception as error:
            logger.exception("%s %s could not be repaired", kind, object_id)
            left = redact_text(f"{type(error).__name__}: {error}")
        outcome = SyncFinding.Outcome.LOOK if left else SyncFinding.Outcome.REPAIRED
        SyncFinding.objects.filter(pk=finding.pk).update(outcome=outcome, detail=left or detail)
        logger.info(
            "Sync: %s %s was %s: %s",
            *(kind, object_id, problem, outcome.value),
            extra={"sync_run": self.run.pk, "object": object_id},
        )

    def look(self, kind: str, object_id: str, problem: str, detail: str) -> None:
        """Note what only a person can decide."""
        finding = self._note(kind, object_id, problem, detail)
        SyncFinding.objects.filter(pk=finding.pk).update(
            outcome=SyncFinding.Outcome.LOOK, detail=detail
        )

    def _note(self, kind: str, object_id: str, problem: str, detail: str) -> SyncFinding:
        finding, _created = SyncFinding.objects.get_or_create(
            run=self.run,
            kind=kind,
            object_id=object_id,
            problem=problem,
            defaults={"detail": detail},
        )
        return finding


def _asked(list_page: Callable[[Any], Any], params: dict[str, Any]) -> Any:
    with translated_errors():
        return list_page(params)
