"""Everything that runs: PostgreSQL, Redis, Stripe's stand-in, the site, its workers, its sweep."""

import contextlib
import os
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests import services
from tests.chaos import processes
from tests.chaos.stripe_side import StripeSide
from tests.chaos.supervisor import Supervisor

SITES = ("site-1", "site-2")
WORKERS = ("worker-1", "worker-2")
SWEEP = "sweep"
BROKER = "redis"
STRIPE = "stripe"
#: What is killed every few seconds. Stripe is not ours, and does not lose what it was told.
VICTIMS = (*SITES, *WORKERS, SWEEP)

#: Seconds that a process may take to start on a machine that is busy.
START_SECONDS = 60


@dataclass
class Servers:
    """PostgreSQL and Redis, and the supervisor of everything else."""

    folder: Path
    supervisor: Supervisor
    victims: tuple[str, ...]

    def restart_database(self) -> None:
        """Crash PostgreSQL, and start it again: connections break, transactions are lost."""
        data = self.folder / "postgresql" / "data"
        restart = [services.program("pg_ctl"), "-D", data, "-m", "immediate", "-w"]
        user = "postgres" if os.geteuid() == 0 else None
        services._run(
            [*restart, "-l", data.parent / "log", "restart"], self.folder / "postgresql", user
        )

    def restart_broker(self) -> None:
        """Crash Redis. It saves nothing: every kick that waits is lost."""
        self.supervisor.kill(BROKER)

    def after_kill(self) -> None:
        """Do what belongs to a kill."""


@dataclass
class World(Servers):
    """The servers, Stripe, and a site."""

    stripe: StripeSide
    site: str

    def after_kill(self) -> None:
        # Calls that hung are executed now, and who made them may be dead.
        self.stripe.command("faults", release=True)


@contextlib.contextmanager
def servers(folder: Path, settings: str) -> Iterator[Supervisor]:
    """Start the servers, and tell every process by the environment where they are."""
    folder.chmod(0o711)  # PostgreSQL's own user passes through it
    (folder / "postgresql").mkdir()
    with (
        services.postgresql(folder / "postgresql") as database,
        contextlib.closing(Supervisor(folder)) as supervisor,
    ):
        os.environ.update(database)
        os.environ["REDIS_URL"] = f"unix://{folder / 'redis.sock'}"
        os.environ["DJANGO_SETTINGS_MODULE"] = settings
        redis = [services.program("redis-server"), "--port", 0, "--save", ""]
        supervisor.keep(BROKER, *redis, "--unixsocket", folder / "redis.sock")
        yield supervisor


@contextlib.contextmanager
def running(folder: Path) -> Iterator[World]:
    """Start the servers and Stripe; the site's own processes are not running yet."""
    with servers(folder, "tests.chaos.settings") as supervisor, _reserved_port() as port:
        site = f"http://127.0.0.1:{port}"
        supervisor.keep(
            STRIPE,
            *_django("stripe_sandbox", "--port", 0, "--settle-after", 2),
            *("--webhook", f"{site}/payments/webhook/"),
        )
        os.environ["STRIPE_API_BASE"] = url = _url_of_stripe(supervisor)
        yield World(folder, supervisor, VICTIMS, StripeSide(url), site)


def create_database() -> None:
    """Make the database of the settings, and its tables."""
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    with connections["default"]._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{settings.DATABASES["default"]["NAME"]}"')
    call_command("migrate", run_syncdb=True, verbosity=0)


def start_site(world: World) -> None:
    """Two web processes on one port, two workers, and a sweep."""
    for name in SITES:
        world.supervisor.keep_forked(name, processes.serve, world.site.removeprefix("http://"))
    for name in WORKERS:
        world.supervisor.keep_forked(name, processes.work, name)
    world.supervisor.keep_forked(SWEEP, processes.sweep, "stripe_deliver")


def command(*words: object) -> list[str]:
    """Return a command of manage.py."""
    return [str(word) for word in _django(*words)]


def _django(*words: object) -> list[object]:
    return [sys.executable, "-m", "django", *words]


@contextlib.contextmanager
def _reserved_port() -> Iterator[int]:
    """A free port that stays ours, although nobody listens on it while the site is dead."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def _url_of_stripe(supervisor: Supervisor) -> str:
    said = re.compile(r"serves (http://[^/]+)/v1/")
    log = supervisor.log(STRIPE)
    eventually(lambda: said.search(log.read_text()), START_SECONDS, f"no sandbox, see {log}")
    return said.search(log.read_text())[1]  # type: ignore[index]


def eventually(happens: Callable[[], object], seconds: float, otherwise: str) -> None:
    """Wait until it is so; raise TimeoutError with the words otherwise."""
    deadline = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(0.1)
