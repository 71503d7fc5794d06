"""What every measured site is made of: settings, a database, requests, and a stopwatch."""

import io
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import django
from django.conf import settings

Case = Callable[..., float]

#: What can be timed in this process, by name. Each does its work once and returns the seconds.
CASES: dict[str, Case] = {}

APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]

#: A series of numbers from 1, as every database writes it.
SERIES = "WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < %s)"


def case(function: Case) -> Case:
    """Make a function known as something that can be timed."""
    CASES[function.__name__] = function
    return function


#: What looks at the timed part of a case, and at nothing that prepares it.
watcher: AbstractContextManager[Any] = nullcontext()


def timed(work: Callable[[], Any]) -> float:
    """Return the seconds that ``work`` takes."""
    with watcher:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started


def configure(
    database: str, urls: str, apps: list[str], *, fresh: bool = True, **extra: Any
) -> None:
    """Set Django up, with an empty database of this name and all tables in it.

    Unless ``fresh``, the database is taken as another process left it.
    """
    if fresh:
        create_database(database)
    templates = {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": PROCESSORS},
    }
    settings.configure(
        SECRET_KEY="benchmarks only",
        ALLOWED_HOSTS=["testserver"],
        USE_TZ=True,
        DATABASES={"default": {**_database(database), "CONN_MAX_AGE": None}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[*APPS, *apps],
        # dj-stripe's hundred migrations take a minute, and end in what its models describe.
        MIGRATION_MODULES={app.rpartition(".")[2]: None for app in [*APPS, *apps]},
        MIDDLEWARE=MIDDLEWARE,
        TEMPLATES=[templates],
        ROOT_URLCONF=urls,
        STATIC_URL="/static/",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        LOGGING_CONFIG=None,
        **extra,
    )
    django.setup()
    from django.core.management import call_command

    if fresh:
        call_command("migrate", run_syncdb=True, verbosity=0)


def _database(name: str) -> dict[str, Any]:
    if os.environ.get("DATABASE") == "postgresql":
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "USER": os.environ.get("DATABASE_USER", "postgres"),
            "HOST": os.environ["DATABASE_HOST"],
            "PORT": os.environ.get("DATABASE_PORT", ""),
        }
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": _sqlite_file(name),
        "OPTIONS": {
            "timeout": 60,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF",
        },
    }


def _sqlite_file(name: str) -> Path:
    return Path(os.environ["DATABASE_FOLDER"]) / f"{name}.sqlite3"


def create_database(name: str) -> None:
    """Make an empty database of this name, in place of any that there is."""
    if os.environ.get("DATABASE") != "postgresql":
        for end in ("", "-wal", "-shm"):
            Path(f"{_sqlite_file(name)}{end}").unlink(missing_ok=True)
        return
    import psycopg

    where = {"host": os.environ["DATABASE_HOST"], "port": os.environ.get("DATABASE_PORT") or None}
    user = os.environ.get("DATABASE_USER", "postgres")
    with psycopg.connect(dbname="postgres", user=user, autocommit=True, **where) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
        connection.execute(f'CREATE DATABASE "{name}"')


def run_sql(sql: str, *params: Any) -> int:
    """Execute a statement and return the number of its rows."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def value_of(sql: str, *params: Any) -> Any:
    """Return the first column of a query's first row."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]


def settle(*tables: str) -> None:
    """Bring statistics and free space up to date, as autovacuum does on a site that runs."""
    from django.db import connection

    if connection.vendor == "postgresql":
        for table in tables:
            run_sql(f'VACUUM ANALYZE "{table}"')
    else:
        run_sql("ANALYZE")


def add_users(count: int) -> None:
    """Make sure that there are users with the ids 1 to ``count``."""
    first = value_of("SELECT coalesce(max(id), 0) FROM auth_user")
    run_sql(
        f"""INSERT INTO auth_user (id, username, password, first_name, last_name, email,
                is_superuser, is_staff, is_active, date_joined)
            {SERIES} SELECT n, 'player' || n, '!', 'A', 'Player', 'player' || n || '@example.com',
                false, false, true, CURRENT_TIMESTAMP
            FROM series WHERE n > %s""",
        count,
        first,
    )
    settle("auth_user")


class Browser:
    """Requests through the whole of Django, without a network: middleware, view, response."""

    def __init__(self, user: Any = None) -> None:
        from django.core.handlers.wsgi import WSGIHandler

        self.handler = WSGIHandler()
        self.cookies = "csrftoken=" + "a" * 32
        if user is not None:
            from django.test import Client

            client = Client()
            client.force_login(user)
            self.cookies += f"; sessionid={client.cookies['sessionid'].value}"

    def get(self, path: str) -> bytes:
        status, body = self.send("GET", path)
        if status != 200:
            raise RuntimeError(f"{path} answered {status}: {body[:500]!r}")
        return body

    def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Return the status and the body of the response."""
        path, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "REMOTE_ADDR": "192.0.2.1",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_COOKIE": self.cookies,
            "HTTP_X_CSRFTOKEN": "a" * 32,
            "HTTP_ACCEPT": "text/html",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        for name, value in (headers or {}).items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        started: list[str] = []
        response = self.handler(environ, lambda status, *_rest: started.append(status))
        try:
            return int(started[0][:3]), b"".join(response)
        finally:
            response.close()
