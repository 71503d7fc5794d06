"""Seal the audit log into a chain of hashes, and prove that it was not changed since.

An entry is inserted without a place in the chain, in the transaction of the change that it
records: giving it a place there would make all payments of the site wait for one another. The
sweep and ``manage.py stripe_audit_verify`` assign the places, in short transactions of their own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from django.db import IntegrityError, models
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from ..database.chunks import in_chunks
from ..database.transactions import own_transaction
from ..exceptions import AuditChainBroken
from ..models import AuditChain, AuditLogEntry

#: Entries that are sealed or read at a time.
CHUNK = 500

#: Rows in one UPDATE; more of them only make the statement slower to parse.
BATCH = 100

#: The key of the only row of AuditChain, which holds the head of the chain.
HEAD_ID = 1


@dataclass(frozen=True, slots=True)
class Proof:
    """The result of a walk along the chain.

    ``length`` entries are intact, and ``head`` is the hash of the last of them. ``problem`` names
    the first broken entry, and is empty if there is none. ``contains_head`` is whether the head
    that was passed in is the hash of an intact entry; True if none was.
    """

    length: int
    head: str
    problem: str
    contains_head: bool


def seal() -> int:
    """Assign every new entry its place in the chain; return how many were new.

    Raises:
        TransactionInProgress: a transaction is open.
        AuditChainBroken: the next place is taken, so the chain was written to from outside.
    """
    AuditChain.objects.bulk_create([_first_link()], ignore_conflicts=True)
    total = 0
    try:
        while sealed := _seal_chunk():
            total += sealed
    except IntegrityError as error:
        msg = "The audit chain has an entry after its end: run manage.py stripe_audit_verify."
        raise AuditChainBroken(msg) from error
    return total


def verify(known_head: str = "") -> Proof:
    """Walk along the chain and return how far it is intact.

    Args:
        known_head: a head that was noted earlier, outside the database, or empty.
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
    """Return the hash of an entry at a place in the chain, which covers the hash before it."""
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
    """Return the entries, without the guard that stops all other code from changing them."""
    return models.QuerySet(AuditLogEntry)


def _seal_chunk() -> int:
    with own_transaction():
        # Changes nothing, but locks the row until the commit: sealers take turns, and no payment
        # waits for them. It comes first, so that what is read afterwards is current.
        head = AuditChain.objects.filter(pk=HEAD_ID)
        head.update(sequence=F("sequence"))
        end = head.get()
        entries = list(_rows().filter(sequence=None).order_by("pk")[:CHUNK])
        for entry in entries:
            end.sequence += 1
            end.hash = digest(entry, end.sequence, end.hash)
            entry.sequence, entry.hash = end.sequence, end.hash
        if entries:
            _rows().bulk_update(entries, ["sequence", "hash"], batch_size=BATCH)
            head.update(sequence=end.sequence, hash=end.hash)
    return len(entries)


def _sealed(end: int) -> Iterator[AuditLogEntry]:
    entries = _rows().filter(sequence__lte=end)
    return chain.from_iterable(in_chunks(entries, CHUNK, by="sequence", after=-1))


def _problem(entry: AuditLogEntry, place: int, previous: str) -> str:
    named = f"Entry {entry.sequence} (id {entry.pk}, {entry})"
    if entry.sequence is None or entry.sequence < place:
        return f"{named} was inserted."
    if entry.sequence > place:
        return f"Entry {place} is missing: it was deleted or moved."
    is_same_actor = entry.actor_id is None or str(entry.actor_id) == entry.actor_key
    if not is_same_actor or entry.hash != digest(entry, place, previous):
        return f"{named} was changed, or replaced another entry."
    return ""


def _problem_at_end(end: AuditChain, length: int, head: str) -> str:
    if length < end.sequence:
        return f"Entry {length + 1} is missing: it was deleted or moved."
    if head != end.hash:
        return f"Entry {length} was replaced: it is not the entry that was sealed last."
    # One statement, because another process may be sealing.
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
