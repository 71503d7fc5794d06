"""The site's settings as another environment would make them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.example.settings import EXAMPLE

PRINT = """
import json, sys
from pathlib import Path
import config.settings as settings
names = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
print(json.dumps(names, default=str))
"""

DEMO = {"DEBUG": "true"}
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": "of this site only",
    "ALLOWED_HOSTS": "example.com",
    "STRIPE_PUBLIC_KEY": "pk_test_real",
    "STRIPE_SECRET_KEY": "sk_test_real",
    "STRIPE_WEBHOOK_SECRET": "whsec_real",
}


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """What a process of the site is started with: nothing of this machine's but its paths."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return {**kept, "VAR_DIR": str(folder), **variables}


def settings_with(folder: Path, **variables: str) -> dict[str, Any]:
    """Return every setting by its name; paths and times as text."""
    done = subprocess.run(
        [sys.executable, "-c", PRINT],
        cwd=EXAMPLE,
        env=environment(folder, **variables),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)
