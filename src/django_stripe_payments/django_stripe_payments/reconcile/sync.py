"""What every step of a run works with: pages of Stripe's lists, rows, counts and findings."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError
from django.db.models import QuerySet

from .. import clock
from ..conf import settings
from ..database.chunks import in_chunks
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
from . import cursors, runs
from .backoff import with_backoff

logger = logging.getLogger(__name__)

#: An object of Stripe's as a plain dict.
Item = dict[str, Any]

#: Fixes a difference; returns what still needs a person's review, or "".
Fix = Callable[[], str]

Outcome = SyncFinding.Outcome

#: Stored with the counts of a run, and not reported: the repairs that are tried a second time.
RETRIED = "_retried"

FATAL = "Two processes ended or were killed while they repaired it; check it by hand."

#: How long such an object is left alone. It costs another two processes then.
FATAL_FOR = timedelta(days=1)


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

    def pages_since(
        self, cursor: str, list_page: Callable[[Any], Any], **params: Any
    ) -> Iterator[list[Item]]:
        """Yield the pages of a list from where the last complete run has read it.

        The cursor moves once every page is done. Name it after the step ("topups", or
        "topups:failed" if a step has several), so that the doctor knows whose it is.
        """
        start = int(cursors.start(cursor).timestamp())
        for page in self.pages(list_page, created={"gte": start}, **params):
            cursors.remember(self.run, cursor, page)
            yield page
        cursors.move(self.run, cursor)

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
        size, after = settings.STRIPE_SYNC_PAGE_SIZE, self.run.position or None
        for chunk in in_chunks(queryset, size, after=after):
            for row in chunk:
                runs.renew_heartbeat(self.run)
                yield row
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
        finding, is_new = self._record(kind, object_id, problem, detail)
        if self._was_fatal(finding) if is_new else self._is_fatal(finding):
            self.flag_for_review(kind, object_id, problem, FATAL)
            return
        try:
            remaining = with_backoff(fix)
        except ReplayedFailure as error:
            # Stripe repeats this error for a day, and every run would end here.
            remaining = redact_text(str(error))
        except StripeUnavailable:
            self._note_lives(finding, 0)
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
        finding, _is_new = self._record(kind, object_id, problem, detail)
        SyncFinding.objects.filter(pk=finding.pk).update(
            outcome=Outcome.NEEDS_REVIEW, detail=detail
        )

    def _record(
        self, kind: str, object_id: str, problem: str, detail: str
    ) -> tuple[SyncFinding, bool]:
        return SyncFinding.objects.get_or_create(
            run=self.run,
            kind=kind,
            object_id=object_id,
            problem=problem,
            defaults={"detail": detail},
        )

    def _was_fatal(self, finding: SyncFinding) -> bool:
        """Whether an earlier run put the same repair aside, less than a day ago."""
        earlier = SyncFinding.objects.filter(
            kind=finding.kind, object_id=finding.object_id, problem=finding.problem, detail=FATAL
        )
        return earlier.filter(run__started_at__gt=clock.now() - FATAL_FOR).exists()

    def _is_fatal(self, finding: SyncFinding) -> bool:
        """Whether two processes died at this repair. One may have died for another reason.

        A repair that is only started was cut short. The second try is noted before it is made.
        """
        if finding.outcome != Outcome.STARTED:
            return False
        if str(finding.pk) in self.run.counts.get(RETRIED, {}):
            return True
        self._note_lives(finding, 1)
        return False

    def _note_lives(self, finding: SyncFinding, lives: int) -> None:
        retried = self.run.counts.setdefault(RETRIED, {})
        before = dict(retried)
        retried.pop(str(finding.pk), None)
        if lives:
            retried[str(finding.pk)] = lives
        if retried == before:
            return
        # The counts of the page so far are not stored: a run that resumes counts them again.
        own = SyncRun.objects.filter(pk=self.run.pk, token=self.run.token)
        stored = own.values_list("counts", flat=True).first()
        own.update(counts={**(stored or {}), RETRIED: retried})


def _request(list_page: Callable[[Any], Any], params: dict[str, Any]) -> Any:
    with translated_errors():
        return list_page(params)
