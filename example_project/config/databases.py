"""DATABASES, from the addresses in the environment."""

from pathlib import Path
from typing import Any

from .private_files import make_private

Database = dict[str, Any]


def database_settings(
    default: Database, *, replica: Database | None = None, pool_size: int = 0
) -> dict[str, Database]:
    """Return DATABASES: the primary, and a replica for reports if there is one.

    Args:
        pool_size: connections that each process of the site keeps to PostgreSQL at the most; 0
            opens one per request.
    """
    found = {"default": default}
    if replica is not None:
        # Tests have no replication: there it is the primary by another name.
        found["replica"] = {**replica, "TEST": {"MIRROR": "default"}}
    for database in found.values():
        if database["ENGINE"].endswith("sqlite3"):
            _prepare_sqlite(database)
        elif database["ENGINE"].endswith("postgresql") and pool_size:
            # A pool keeps its connections: Django must not keep them as well.
            database["CONN_MAX_AGE"] = 0
            database.setdefault("OPTIONS", {})["pool"] = {
                "min_size": min(2, pool_size),
                "max_size": pool_size,
                "timeout": 10,
            }
    return found


def _prepare_sqlite(database: Database) -> None:
    name = str(database["NAME"])
    if not name.startswith((":memory:", "file:")):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        # SQLite gives its journals the mode of the database.
        make_private(Path(name))
    # Webhooks, pages and the bell's polling write at the same time. WAL lets readers go on
    # beside a writer, and IMMEDIATE makes a second writer wait instead of failing half-way.
    database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    }
