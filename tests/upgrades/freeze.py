"""Keep what a release leaves behind: python -m tests.upgrades.freeze payments 0.1.0.

Run once per release, by ./dev release, from the tree that is released.
"""

import os
import sys
from pathlib import Path

import django


def main(arguments: list[str]) -> int:
    short, version = arguments
    os.environ["DJANGO_SETTINGS_MODULE"] = f"tests.{short}.settings"
    django.setup()

    from django.db import connection
    from django.test.utils import setup_test_environment, teardown_test_environment

    from tests.upgrades.snapshots import HERE, NAMES, take
    from tests.upgrades.stories import STORIES

    folder: Path = HERE / short / f"v{version.replace('.', '_')}"
    if folder.exists():
        print(f"{folder} is there already: a release is frozen once", file=sys.stderr)
        return 1
    setup_test_environment()
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        STORIES[NAMES[short]]()
        folder.parent.mkdir(exist_ok=True)
        for package in (folder.parent, folder):
            package.mkdir(exist_ok=True)
            (package / "__init__.py").touch()
        take(NAMES[short], folder)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
        teardown_test_environment()
    print(f"froze {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
