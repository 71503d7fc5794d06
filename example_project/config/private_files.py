"""Files that hold customers' data are for the account of the site only."""

import os
from pathlib import Path


def make_private(path: Path) -> None:
    """Make sure that the file exists, with mode 0600 whatever the umask is."""
    # Created with its mode, so that it can't be opened before it is restricted.
    os.close(os.open(path, os.O_CREAT | os.O_APPEND, 0o600))
    path.chmod(0o600)
