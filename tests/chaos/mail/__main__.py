"""Kill a site that notifies, and its workers; no notification may be lost or come twice."""

import sys

from tests.chaos import cli
from tests.chaos.mail import run

if __name__ == "__main__":
    sys.exit(cli.main(__doc__, run.run, what="calls", number=500))
