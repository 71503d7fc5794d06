"""One way to compare the objects of a kind at Stripe with our rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from django.db.models import Model, QuerySet

from ..exceptions import StripeCallFailed
from .backoff import with_backoff
from .sync import Fix, Item, Sync

Row = TypeVar("Row", bound=Model)


class Applier(Protocol[Row]):
    """What the ``apply`` module of a room offers."""

    def fetch(self, stripe_id: str, /) -> Mapping[str, Any]:
        """Return the object as Stripe knows it now."""

    def is_current(self, row: Row | None, current: Item, /) -> bool:
        """Whether our row, or its absence, agrees with the object."""

    def apply(self, news: Item, /) -> Row | None:
        """Bring our row up to date, and return it; None if there is none after all."""


def never(_row: Any, _item: Any) -> bool:
    return False


def always(_item: Any) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Comparison(Generic[Row]):
    """How the objects of one kind are compared.

    Attributes:
        kind: the name of the objects in findings and counts.
        rows: our rows, each with a ``stripe_id``.
        room: the ``apply`` module of their room.
        contradicts: whether a row that is current differs in a way that only a person can judge.
        is_ours: whether an object without a row belongs to this site.
    """

    kind: str
    rows: QuerySet[Row]
    room: Applier[Row]
    contradicts: Callable[[Row, Item], bool] = never
    is_ours: Callable[[Item], bool] = always

    def compare_page(self, sync: Sync, page: list[Item]) -> None:
        """Compare a page of Stripe's list; our rows are read by one query."""
        stored: QuerySet[Any] = self.rows.filter(stripe_id__in=[item["id"] for item in page])
        rows: dict[str, Row] = {row.stripe_id: row for row in stored}
        for item in page:
            sync.count(self.kind)
            with sync.guarded(self.kind, item["id"]):
                if item["id"] in rows:
                    self.compare(sync, rows[item["id"]], item)
                else:
                    self.compare_unknown(sync, item)

    def compare_unknown(self, sync: Sync, item: Item) -> None:
        """Compare an object that has no row here."""
        if self.is_ours(item):
            self.compare(sync, None, item)
        else:
            sync.count(self.kind, "not ours")

    def compare_rows(self, sync: Sync, queryset: QuerySet[Row]) -> None:
        """Fetch and compare the object of each row."""
        for row in sync.rows(queryset):
            sync.count(self.kind, "asked for")
            try:
                item = self._fetch(row.stripe_id)
            except StripeCallFailed as error:
                detail = f"{type(row).__name__} {row.pk} names it: {error}"
                sync.flag_for_review(self.kind, row.stripe_id, "not_at_stripe", detail)
                continue
            with sync.guarded(self.kind, row.stripe_id):
                self.compare(sync, row, item)

    def compare(self, sync: Sync, row: Row | None, item: Item) -> None:
        """Repair a difference between row and object, or flag it for review."""
        if self._agree(row, item):
            return
        # The list, or the row, may be older than a webhook that came in the meantime.
        item = self._fetch(item["id"])
        row = self.rows.filter(stripe_id=item["id"]).first()
        if not self._agree(row, item):
            self.handle(sync, row, item)

    def handle(self, sync: Sync, row: Row | None, item: Item) -> None:
        """Repair a difference that is certain, or flag it for review."""
        if row is None:
            sync.repair(self.kind, item["id"], "missing", self.fix(item), detail=item["status"])
        elif self.room.is_current(row, item):
            sync.flag_for_review(self.kind, item["id"], "contradiction", _difference(row, item))
        else:
            detail = _difference(row, item)
            sync.repair(self.kind, item["id"], "different", self.fix(item), detail=detail)

    def fix(self, item: Item) -> Fix:
        """Return what applies the object, and says what differs even then."""

        def fix() -> str:
            row = self.room.apply(item)
            if row is None or not self.contradicts(row, item):
                return ""
            return _difference(row, item)

        return fix

    def _agree(self, row: Row | None, item: Item) -> bool:
        if not self.room.is_current(row, item):
            return False
        return row is None or not self.contradicts(row, item)

    def _fetch(self, stripe_id: str) -> Item:
        return dict(with_backoff(lambda: self.room.fetch(stripe_id)))


def _difference(row: Any, item: Item) -> str:
    here = f"{row.amount} {row.currency} {row.status}"
    there = f"{item['amount']} {item['currency']} {item['status']}"
    return f"{row._meta.model_name} {row.pk} is {here} here and {there} at Stripe"
