"""Seal the audit log into a chain of hashes, and prove that nobody touched it since.

Entries are inserted without a place in the chain, inside the transaction of what they tell:
a place would be a number that every payment of the site waits for. The sweep and
``manage.py stripe_audit_verify`` give out the places, in short transactions of their own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, models
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from ..database.transactions import own_transaction
from ..exceptions import AuditChainBroken
from ..models import AuditChain, AuditLogEntry

#: Entries that are sealed or read at a time.
CHUNK = 500

#: Rows in one UPDATE; larger ones only make the statement slower to read.
BATCH = 100

#: The key of the only row of AuditChain.
HEAD_ID = 1


@dataclass(frozen=True, slots=True)
class Proof:
    """What a walk along the chain found.

    ``length`` entries are proven, and ``head`` is the hash of the last of them. ``problem`` names
    the first broken entry, and is empty when there is none. ``contains_head`` tells whether the hash that
    was asked for is in the proven part.
    """

    length: int
    head: str
    problem: str
    contains_head: bool


def seal() -> int:
    """Give every stored entry its place in the chain; return how many got one.

    Raises:
        TransactionInProgress: a transaction is open.
        AuditChainBroken: a place is taken, so that somebody wrote to the chain.
    """
    AuditChain.objects.bulk_create([_first_link()], ignore_conflicts=True)
    total = 0
    try:
        while sealed := _seal_chunk():
            total += sealed
    except IntegrityError as error:
        msg = "The audit chain has an entry beyond its end: run stripe_audit_verify."
        raise AuditChainBroken(msg) from error
    return total


def verify(known_head: str = "") -> Proof:
    """Walk along the chain and return how far it holds.

    Args:
        known_head: a head that was noted earlier, elsewhere; it must be the hash of an entry.
    """
    end = AuditChain.objects.filter(pk=HEAD_ID).first() or _first_link()
    length, head, contains_head = 0, "", not known_head
    for entry in _sealed(end.sequence):
        problem = _problem(entry, length + 1, head)
        if problem:
            return Proof(length, head, problem, contains_head)
        length, head = length + 1, entry.hash
        contains_head = contains_head or head == known_head
    return Proof(length, head, _problem_at_end(end, length, head), contains_head)


def digest(entry: AuditLogEntry, sequence: int, previous: str) -> str:
    """Return the hash of an entry at a place in the chain, over the hash before it."""
    sealed_fields = {
        "id": entry.pk,
        "sequence": sequence,
        "previous": previous,
        "created_at": _instant(entry.created_at),
        "action": entry.action,
        "actor": entry.actor_key,
        "source": entry.source,
        "object_type": entry.object_type,
        "object_id": entry.object_id,
        "request_id": entry.request_id,
        "address": entry.address,
        "detail": entry.detail,
    }
    text = json.dumps(sealed_fields, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _first_link() -> AuditChain:
    return AuditChain(pk=HEAD_ID, sequence=0, hash="")


def _rows() -> models.QuerySet[AuditLogEntry]:
    """Return the entries without the guard that keeps everybody else from writing to them."""
    return models.QuerySet(AuditLogEntry)


def _seal_chunk() -> int:
    with own_transaction():
        # Changes nothing, and locks the row until the commit: sealers take turns, and nobody
        # else waits for them. It comes first, so that what is read after it is up to date.
        mine = AuditChain.objects.filter(pk=HEAD_ID)
        mine.update(sequence=F("sequence"))
        end = mine.get()
        entries = list(_rows().filter(sequence=None).order_by("pk")[:CHUNK])
        for entry in entries:
            end.sequence += 1
            end.hash = digest(entry, end.sequence, end.hash)
            entry.sequence, entry.hash = end.sequence, end.hash
        if entries:
            _rows().bulk_update(entries, ["sequence", "hash"], batch_size=BATCH)
            mine.update(sequence=end.sequence, hash=end.hash)
    return len(entries)


def _sealed(end: int) -> Iterator[AuditLogEntry]:
    last = -1
    entries = _rows().filter(sequence__lte=end).order_by("sequence")
    while chunk := list(entries.filter(sequence__gt=last)[:CHUNK]):
        yield from chunk
        last = chunk[-1].sequence or 0


def _problem(entry: AuditLogEntry, place: int, previous: str) -> str:
    named = f"Entry {entry.sequence} (id {entry.pk}, {entry})"
    if entry.sequence is None or entry.sequence < place:
        return f"{named} was inserted."
    if entry.sequence > place:
        return f"Entry {place} is missing: it was deleted or moved."
    is_same_actor = entry.actor_id is None or str(entry.actor_id) == entry.actor_key
    if not is_same_actor or entry.hash != digest(entry, place, previous):
        return f"{named} was changed, or put in the place of another."
    return ""


def _problem_at_end(end: AuditChain, length: int, head: str) -> str:
    if length < end.sequence:
        return f"Entry {length + 1} is missing: it was deleted or moved."
    if head != end.hash:
        return f"Entry {length} is not the one that was sealed last: it was replaced."
    # Asked in one statement, as others may be sealing.
    sealed = AuditChain.objects.filter(pk=OuterRef("place")).values("sequence")
    beyond = (
        _rows()
        .annotate(place=models.Value(HEAD_ID))
        .filter(sequence__gt=Subquery(sealed))
        .order_by("sequence")
        .first()
    )
    return f"Entry {beyond.sequence} (id {beyond.pk}, {beyond}) was inserted." if beyond else ""


def _instant(time: Any) -> str:
    aware: datetime = time if timezone.is_aware(time) else timezone.make_aware(time)
    return aware.astimezone(UTC).isoformat()
