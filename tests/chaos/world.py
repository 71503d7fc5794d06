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
from typing import Any

from tests import services
from tests.chaos import poison, processes, travel
from tests.chaos.stripe_side import StripeSide
from tests.chaos.supervisor import Supervisor

SITES = ("site-1", "site-2")
WORKERS = ("worker-1", "worker-2")
SWEEP = "sweep"
BROKER = "redis"
STRIPE = "stripe"
#: These run on a machine whose clock is so many seconds ahead of everybody's.
AHEAD, SECONDS_AHEAD = ("site-2", "worker-2", SWEEP), 600.0

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

    def other_crashes(self) -> dict[str, Callable[[], None]]:
        """Return what else is to crash once, by name."""
        return {}


@dataclass
class World(Servers):
    """The servers, Stripe, and a site."""

    stripe: StripeSide
    site: str
    #: How events reach the site.
    delivery: dict[str, Any]

    @property
    def background(self) -> tuple[str, ...]:
        """What works without a request."""
        return tuple(name for name in self.victims if name not in SITES)

    def start_delivery(self) -> None:
        self.stripe.command("chaos", **self.delivery)

    def other_crashes(self) -> dict[str, Callable[[], None]]:
        return {"the sandbox": self.restart_stripe}

    def restart_stripe(self) -> None:
        """Kill the sandbox. It keeps its objects in a file, and loses the deliveries in hand."""
        self.supervisor.kill(STRIPE)
        eventually(self._answers, START_SECONDS, "the sandbox did not start again")
        self.start_delivery()

    def _answers(self) -> bool:
        return self.supervisor.runs(STRIPE) and bool(self.stripe.ask("clock"))

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
        os.environ[travel.VARIABLE] = str(folder / "clock")
        os.environ[poison.VARIABLE] = str(folder)
        redis = [services.program("redis-server"), "--port", 0, "--save", ""]
        supervisor.keep(BROKER, *redis, "--unixsocket", folder / "redis.sock")
        yield supervisor


@contextlib.contextmanager
def running(folder: Path, dispatcher: str, delivery: dict[str, Any]) -> Iterator[World]:
    """Start the servers and Stripe; the site's own processes are not running yet."""
    os.environ["CHAOS_DISPATCHER"] = dispatcher
    with servers(folder, "tests.chaos.settings") as supervisor, _reserved_port() as port:
        site = f"http://127.0.0.1:{port}"
        webhook = f"{site}/payments/webhook/"
        options = ("--settle-after", 2, "--state", folder / "stripe.json", "--webhook", webhook)
        supervisor.keep(STRIPE, *_django("stripe_sandbox", *options, "--port", 0))
        os.environ["STRIPE_API_BASE"] = url = _url_of_stripe(supervisor)
        address = url.rpartition(":")[2]
        supervisor.next_start(STRIPE, *_django("stripe_sandbox", *options, "--port", address))
        workers = WORKERS if dispatcher == "celery" else ()
        victims = (*SITES, *workers, SWEEP)
        yield World(folder, supervisor, victims, StripeSide(url), site, delivery)


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
    """Two web processes on one port, two workers if it has any, and a sweep."""
    works: dict[str, tuple[Any, ...]] = {
        **{name: (processes.serve, world.site.removeprefix("http://")) for name in SITES},
        **{name: (processes.work, name) for name in WORKERS},
        SWEEP: (processes.sweep, "stripe_deliver"),
    }
    for name in world.victims:
        ahead = (travel.skew, SECONDS_AHEAD) if name in AHEAD else ()
        world.supervisor.keep_forked(name, *ahead, *works[name])


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
