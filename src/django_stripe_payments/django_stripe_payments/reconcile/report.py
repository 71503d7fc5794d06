"""The drift report: what differed, what was repaired, what a person must look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..models import SyncFinding, SyncRun


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
    """What one run did. ``counts`` tells per kind how many objects were compared, and the like."""

    run: int
    started_at: str
    finished_at: str
    resumed: bool
    counts: Mapping[str, Mapping[str, int]]
    findings: list[Finding] = field(default_factory=list)

    @property
    def repaired(self) -> list[Finding]:
        """What was mended, and needs nobody."""
        return [item for item in self.findings if item.outcome == SyncFinding.Outcome.REPAIRED]

    @property
    def to_look_at(self) -> list[Finding]:
        """What a person must look at."""
        return [item for item in self.findings if item.outcome == SyncFinding.Outcome.LOOK]

    @property
    def missing(self) -> list[Finding]:
        """What Stripe had and we had not, or the other way round."""
        problems = ("missing", "undelivered", "not_at_stripe")
        return [item for item in self.findings if item.problem in problems]

    @property
    def is_clean(self) -> bool:
        """Whether nothing differed."""
        return not self.findings

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON takes it."""
        return {**asdict(self), "is_clean": self.is_clean}

    def lines(self) -> Iterator[str]:
        """Yield the report as people read it."""
        for kind, counted in self.counts.items():
            told = ", ".join(f"{number} {what}" for what, number in counted.items())
            yield f"{kind}: {told}"
        for title, findings in (("Repaired", self.repaired), ("To look at", self.to_look_at)):
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
