"""The database that a test run uses: SQLite unless DATABASE names another.

DATABASE_HOST is the folder of a PostgreSQL socket, or the MariaDB socket itself.
Runs side by side give each its own DATABASE_FOLDER (SQLite), or pytest-xdist's -n.
"""

import os
from pathlib import Path
from typing import Any


def databases(name: str) -> dict[str, dict[str, Any]]:
    engines = {"sqlite": _sqlite, "postgresql": _postgresql, "mariadb": _mariadb}
    return {"default": engines[os.environ.get("DATABASE", "sqlite")](name)}


def _sqlite(name: str) -> dict[str, Any]:
    folder = Path(os.environ.get("DATABASE_FOLDER", Path(__file__).parent.parent / ".cache"))
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": folder / f"{name}.sqlite3",
        # In a file, as on a site: each thread and process has a connection of its own.
        "TEST": {"NAME": folder / f"test_{name}.sqlite3"},
        "OPTIONS": {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF",
        },
    }


def _postgresql(name: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": os.environ.get("DATABASE_USER", "postgres"),
        "HOST": os.environ["DATABASE_HOST"],
        "PORT": os.environ.get("DATABASE_PORT", ""),
    }


def _mariadb(name: str) -> dict[str, Any]:
    import pymysql

    pymysql.install_as_MySQLdb()
    return {
        "ENGINE": "django.db.backends.mysql",
        "NAME": name,
        "USER": os.environ.get("DATABASE_USER", "root"),
        "OPTIONS": {"unix_socket": os.environ["DATABASE_HOST"], "charset": "utf8mb4"},
    }
