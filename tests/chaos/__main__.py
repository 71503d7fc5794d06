"""Kill a site while its customers pay; both sides must be equal after one reconciliation."""

import sys

from tests.chaos import cli, run

if __name__ == "__main__":
    sys.exit(
        cli.main(__doc__, run.run, what="payments", number=1000, dispatchers=("celery", "inline"))
    )
