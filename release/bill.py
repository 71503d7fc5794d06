"""A bill of materials (CycloneDX) for each wheel: what an install of today brings along."""

import json
import sys
from pathlib import Path

from release.build import build
from release.distributions import ROOT, Distribution, ReleaseError, distributions
from release.environment import installed
from release.steps import epoch, python


def bill(each: Distribution, dist: Path) -> Path:
    """Write dist/sbom/NAME-VERSION.cdx.json, with the distribution as the subject."""
    with installed(each, dist) as interpreter:
        text = python(
            *("-m", "cyclonedx_py", "environment", interpreter, "--output-reproducible"),
            cwd=each.root,
            env={"SOURCE_DATE_EPOCH": epoch(each.root)},
            quiet=True,
        )
    written = json.loads(text[text.index("{") :])
    (subject,) = (one for one in written["components"] if one["name"] == each.name)
    written["components"].remove(subject)
    written["metadata"]["component"] = subject
    path = dist / "sbom" / f"{each.name}-{each.version}.cdx.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(written, indent=2) + "\n")
    return path


def main() -> int:
    dist = ROOT / "dist"
    try:
        for each in distributions():
            if not each.built(dist):
                build(each, dist)
            print(f"wrote {bill(each, dist).relative_to(ROOT)}")
    except ReleaseError as error:
        print(f"release.bill: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
