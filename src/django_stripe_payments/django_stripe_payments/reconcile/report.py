"""The drift report: what differed, what was repaired, and what needs review."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..models import SyncFinding, SyncRun

Outcome = SyncFinding.Outcome


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference. ``object_id`` is Stripe's id, or our row's where Stripe has none."""

    kind: str
    object_id: str
    problem: str
    outcome: str
    detail: str

    def __str__(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.kind} {self.object_id}: {self.problem}{detail}"


@dataclass(frozen=True, slots=True)
class Report:
    """What one run did. ``counts`` says per kind how many objects were compared, and so on."""

    run: int
    started_at: str
    finished_at: str
    resumed: bool
    counts: Mapping[str, Mapping[str, int]]
    findings: list[Finding] = field(default_factory=list)

    @property
    def repaired(self) -> list[Finding]:
        """What was fixed, and needs no review."""
        return [item for item in self.findings if item.outcome == Outcome.REPAIRED]

    @property
    def needs_review(self) -> list[Finding]:
        """What a person must decide."""
        return [item for item in self.findings if item.outcome == Outcome.NEEDS_REVIEW]

    @property
    def missing(self) -> list[Finding]:
        """What exists at Stripe and not here, or here and not at Stripe."""
        problems = ("missing", "undelivered", "not_at_stripe")
        return [item for item in self.findings if item.problem in problems]

    @property
    def is_clean(self) -> bool:
        """Whether nothing differed."""
        return not self.findings

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON-serializable data."""
        return {**asdict(self), "is_clean": self.is_clean}

    def lines(self) -> Iterator[str]:
        """Yield the lines of the report for people."""
        for kind, counted in self.counts.items():
            numbers = ", ".join(f"{number} {what}" for what, number in counted.items())
            yield f"{kind}: {numbers}"
        for title, findings in (("Repaired", self.repaired), ("Needs review", self.needs_review)):
            yield f"{title}: {len(findings) or 'nothing'}"
            yield from (f"  {finding}" for finding in findings)


def of_run(run: SyncRun, *, resumed: bool = False) -> Report:
    """Return the report of a run, from its rows."""
    run.refresh_from_db()
    return Report(
        run=run.pk,
        started_at=run.started_at.isoformat(),
        finished_at=run.finished_at.isoformat() if run.finished_at else "",
        resumed=resumed,
        counts={kind: counted for kind, counted in run.counts.items() if kind[0] != "_"},
        findings=[
            Finding(row.kind, row.object_id, row.problem, row.outcome, row.detail)
            for row in run.findings.all()
        ],
    )
