"""The tables of the documentation, made from the saved results.

    python -m benchmarks.page

renews docs/explanation/benchmarks.md: what stands between its two comments.
"""

import json
from itertools import groupby
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "published.json"
PAGE = ROOT / "docs" / "explanation" / "benchmarks.md"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"


def line(each: dict[str, Any]) -> str:
    """One benchmark as a line of text."""
    times = ", ".join(f"{who} {_time(found, each)}" for who, found in each["times"].items())
    marks = "; ".join(_mark(mark) for mark in each["marks"])
    return f"{each['title']}: {times}. {marks}"


def _time(found: dict[str, Any], each: dict[str, Any]) -> str:
    return f"{_number(found['median'])} {each['unit']}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _mark(mark: dict[str, Any]) -> str:
    said = f"{mark['what']}: {_number(mark['value'])} {mark['unit']}".strip()
    if mark["limit"] is None:
        return said
    sign = "≥" if mark["at_least"] else "≤"
    verdict = "" if mark["met"] else ", **missed**"
    return f"{said} (mark {sign} {_number(mark['limit'])}{verdict})"


def tables(results: dict[str, Any]) -> str:
    """All results as Markdown."""
    machine, versions = results["machine"], results["versions"]
    named = ", ".join(f"{name} {number}" for name, number in versions.items())
    parts = [
        f"Measured on {results['date']}: {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory_gb']} GB, {machine['system']}; {named}; {results['database']}; "
        f"{results['scale']} scale. Load of the machine at the start: {machine['load_at_start']}.",
    ]
    for group, found in groupby(results["benchmarks"], key=lambda each: each["group"]):
        parts.append(f"### {group}")
        parts.append("\n".join(_table(list(found))))
    return "\n\n".join(parts)


def _table(found: list[dict[str, Any]]) -> list[str]:
    lines = ["| Work | Median (nine of ten between) | Ratios |", "|---|---|---|"]
    for each in found:
        times = "<br>".join(f"{who}: {_spread(one, each)}" for who, one in each["times"].items())
        marks = "<br>".join(_mark(mark) for mark in each["marks"])
        lines.append(f"| {each['title']} | {times} | {marks} |")
    return lines


def _spread(found: dict[str, Any], each: dict[str, Any]) -> str:
    said = f"{_number(found['median'])} {each['unit']}"
    if "low" in found:
        said += f" ({_number(found['low'])} to {_number(found['high'])})"
    if found.get("statements") is not None:
        said += f", {found['statements']} statements"
    return said


def expected() -> str:
    """The page as it should be now."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    found = "No results are published yet."
    if RESULTS.exists():
        found = tables(json.loads(RESULTS.read_text()))
    return f"{before}{BEGIN}\n\n{found}\n\n{END}{after}"


def renew() -> None:
    PAGE.write_text(expected())
    print(f"bench: renewed {PAGE}")


if __name__ == "__main__":
    renew()
