"""Published packages that do the same work, each in a virtual environment of its own."""

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from .workers import ROOT, Worker, WorkerFailed

CACHE = ROOT / ".bench" / "others"

#: Name → the site's module, and what is installed. django-notifications-hq 1.8.3 imports distutils
#: and declares index_together, so it needs setuptools and a Django before 5.1.
#: pinax-notifications has no inbox to be compared with: it sends mail.
OTHERS: dict[str, tuple[str, list[str]]] = {
    "dj-stripe": ("djstripe", ["dj-stripe==2.11.0"]),
    "django-notifications-hq": (
        "notifications_hq",
        ["django-notifications-hq==1.8.3", "django<5.1", "setuptools<81"],
    ),
    "django-generic-notifications": (
        "generic_notifications",
        ["django-generic-notifications==2.4.0"],
    ),
}


def start_others(stack: ExitStack) -> dict[str, Worker]:
    """Start each package's site; say which could not be, and go on without it."""
    found = {}
    for name, (module, packages) in OTHERS.items():
        try:
            python = environment(name, packages)
            found[name] = stack.enter_context(Worker(module, f"bench_{module}", python))
        except (OSError, subprocess.CalledProcessError, WorkerFailed) as error:
            print(f"bench: without {name}, which needs the package index: {error}", flush=True)
    return found


def environment(name: str, packages: list[str]) -> Path:
    """Return the Python of an environment with these packages, made at the first run."""
    folder = CACHE / name
    scripts, end = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")
    python, stamp = folder / scripts / f"python{end}", folder / "packages"
    wanted = "\n".join([*packages, "psycopg[binary]"])
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    uv = shutil.which("uv") or shutil.which("uv", path=str(ROOT / ".tools" / "bin"))
    if uv is None:
        raise FileNotFoundError("uv is not on PATH, and not in .tools (./dev puts it there)")
    print(f"bench: installing {name} into {folder}", flush=True)
    quiet = {**os.environ, "UV_SYSTEM_CERTS": "1", "UV_PYTHON_DOWNLOADS": "never"}
    subprocess.run(
        [uv, "venv", "-q", "--clear", "--python", sys.executable, folder], check=True, env=quiet
    )
    command = [uv, "pip", "install", "-q", "--python", python]
    subprocess.run([*command, *wanted.splitlines()], check=True, env=quiet)
    stamp.write_text(wanted)
    return python
