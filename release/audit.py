"""Ask the advisory database about what each wheel brings along (pip-audit).

Exit codes: 0 nothing known, 1 a known vulnerability, 3 not audited. The last is a failure too:
pip-audit itself reports "no known vulnerabilities" of packages that its service has not heard of,
which is what a machine gets whose index is a mirror without that service.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from release.build import build
from release.distributions import ReleaseError, distributions
from release.environment import installed

NOT_AUDITED = 3
OURS = {each.name for each in distributions()}  # unknown to the database until they are published


def main() -> int:
    codes = [0]
    with tempfile.TemporaryDirectory(prefix="audit-") as folder:
        for each in distributions():
            try:
                build(each, Path(folder))
                with installed(each, Path(folder)) as python:
                    codes.append(report(each.name, site_packages(python)))
            except ReleaseError as error:
                print(f"{each.name}: not audited. {error}", file=sys.stderr)
                codes.append(NOT_AUDITED)
    return max(codes, key=[0, NOT_AUDITED, 1].index)


def site_packages(python: Path) -> str:
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return subprocess.run(
        [python, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def report(name: str, path: str) -> int:
    """Audit one environment, print what came of it, and return the exit code for it."""
    command = [sys.executable, "-m", "pip_audit", "--path", path, "--format", "json"]
    done = subprocess.run(
        [*command, "--progress-spinner", "off"], capture_output=True, text=True, check=False
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        reason = (done.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1]
        print(f"{name}: NOT AUDITED, the service does not answer: {reason}", file=sys.stderr)
        return NOT_AUDITED
    return verdict(name, [each for each in packages if each["name"] not in OURS])


def verdict(name: str, packages: list[dict]) -> int:
    """0, 1 or 3 for pip-audit's report of an environment without our own packages."""
    unknown = [each["name"] for each in packages if "skip_reason" in each]
    found = [(each, one) for each in packages for one in each.get("vulns", [])]
    for each, one in found:
        fixed = ", ".join(one.get("fix_versions", [])) or "no release yet"
        print(f"{name}: {each['name']} {each['version']} has {one['id']}, fixed in {fixed}")
    if found:
        return 1
    if unknown or not packages:
        named = ", ".join(unknown) or "everything"
        print(f"{name}: NOT AUDITED, the service knows nothing of {named}", file=sys.stderr)
        return NOT_AUDITED
    print(f"{name}: nothing is known against {len(packages)} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
