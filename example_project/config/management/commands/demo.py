"""manage.py demo: the site and the Stripe sandbox, ready to try, until Ctrl-C."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import demo_clock
from config.demo import ACCOUNTS, CARDS
from config.private_files import make_private

HOST = "127.0.0.1"
#: Importing Django and stripe on a busy machine takes seconds; a minute means that it hangs.
START_SECONDS = 60
#: A process that was asked to stop and has not by then is killed.
STOP_SECONDS = 5
WEBHOOK_PATH = "/payments/webhook/"


#: What a process said last, when it stopped by itself.
LAST_WORDS = 20


#: What every site runs beside its web server: it finishes what failures left behind, and sends
#: what waited for its hour.
SWEEPS = {
    "Payments": ("stripe_deliver", "--forever", "--interval", "5"),
    "Notifications": ("notifications_deliver", "--forever", "--interval", "5"),
}


class Child:
    """One process of the demo, known by a name that people understand.

    What it prints (requests, mails) goes to a file: in the terminal the log-ins stay in sight.
    """

    def __init__(
        self, name: str, port: int | None, *arguments: str, environment: dict[str, str]
    ) -> None:
        self.name, self.port = name, port
        self.log = log_file(arguments[0])
        manage = Path(settings.BASE_DIR) / "manage.py"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603
                [sys.executable, str(manage), *arguments],
                env={**os.environ, **environment, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"},
                stdout=output,
                stderr=subprocess.STDOUT,
                # A Ctrl-C in the terminal reaches the parent alone, which stops the rest in order.
                start_new_session=os.name == "posix",
            )

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}" if self.port is not None else ""

    def check(self) -> None:
        """Raise CommandError if the process is no more."""
        code = self.process.poll()
        if code is not None:
            said = self.log.read_text("utf-8", "replace").splitlines()[-LAST_WORDS:]
            raise CommandError(
                f"{self.name} stopped by itself (exit code {code}), and the rest of the demo was "
                f"stopped too. Its last words, from {self.log}:\n" + "\n".join(said)
            )

    def wait_until_it_answers(self, stopping: threading.Event) -> None:
        """Wait for its port; one that serves nothing is only asked whether it is alive."""
        deadline = time.monotonic() + START_SECONDS
        while self.port is not None and not stopping.is_set():
            self.check()
            with socket.socket() as probe:
                if probe.connect_ex((HOST, self.port)) == 0:
                    return
            if time.monotonic() > deadline:
                raise CommandError(f"{self.name} did not answer within {START_SECONDS} seconds.")
            stopping.wait(0.1)

    def stop(self) -> None:
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Command(BaseCommand):
    help = "Migrate, seed, and serve the example site together with its Stripe sandbox."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="of the site")
        parser.add_argument("--sandbox-port", type=int, default=12111)
        parser.add_argument(
            "--reset", action="store_true", help="start over: forget payments, mails and accounts"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        stop_on_signals(stopping)
        if options["reset"]:
            reset()
            if settings.DEMO_CLOCK:
                demo_clock.follow()
        call_command("migrate", verbosity=0)
        call_command("seed", quiet=True)
        port = free_port(options["port"])
        children: list[Child] = []
        try:
            environment = self.start_sandbox(children, free_port(options["sandbox_port"]), port)
            address = f"{HOST}:{port}"
            # Links in e-mail lead here, as on any site that tells its own address.
            environment |= {"SITE_URL": f"http://{address}"}
            children.append(
                Child("The site", port, "runserver", address, "--noreload", environment=environment)
            )
            children += [
                Child(name, None, *command, environment=environment)
                for name, command in SWEEPS.items()
            ]
            for child in children:
                child.wait_until_it_answers(stopping)
            if settings.DEMO_CLOCK and "STRIPE_API_BASE" in environment:
                # It remembers its clock by itself, unless its own file was removed alone.
                settings.STRIPE_API_BASE = environment["STRIPE_API_BASE"]
                demo_clock.move_sandbox(demo_clock.kept_offset())
            self.welcome(port, options["port"], children)
            while not stopping.wait(0.5):
                for child in children:
                    child.check()
        finally:
            for child in reversed(children):
                child.stop()
        self.stdout.write("\nThe demo has stopped.")

    def start_sandbox(self, children: list[Child], port: int, site_port: int) -> dict[str, str]:
        """Start the sandbox, if that is who plays Stripe; return what the site must know of it."""
        if not settings.SANDBOX or "STRIPE_API_BASE" in os.environ:
            return {}
        arguments = [
            *("stripe_sandbox", "--port", str(port)),
            *("--webhook", f"http://{HOST}:{site_port}{WEBHOOK_PATH}"),
            # Beside the database, which holds the ids of what the sandbox remembers.
            *("--state", str(settings.VAR_DIR / "sandbox.json")),
            # What a bank takes days for is done while somebody looks at the page.
            *("--settle-after", "15"),
        ]
        address = f"http://{HOST}:{port}"
        environment = {"STRIPE_API_BASE": address, "STRIPE_JS_URL": f"{address}/js/stripe.js"}
        children.append(Child("The sandbox", port, *arguments, environment=environment))
        return environment

    def welcome(self, port: int, wanted: int, children: list[Child]) -> None:
        lines = ["", "  Requests, mails and errors are written to"]
        lines += [f"    {each.name:13} {each.address:22} {each.log}" for each in children]
        lines += ["", f"  {settings.SITE_NAME} is open: http://{HOST}:{port}/"]
        if port != wanted:
            lines += [f"  (Port {wanted} is taken, so it is {port}.)"]
        lines += ["", "  Log in as"]
        lines += [f"    {each.username:10} {each.password:15} {each.purpose}" for each in ACCOUNTS]
        lines += ["", "  Pay with"]
        lines += [f"    {card.number}   {card.outcome}" for card in CARDS]
        if not settings.SANDBOX:
            lines += [
                "",
                "  Stripe itself takes the payments. Its events reach this machine by",
                f"    stripe listen --forward-to http://{HOST}:{port}{WEBHOOK_PATH}",
            ]
        lines += ["", f"  Read the e-mail that it sends: http://{HOST}:{port}/letterbox/"]
        if settings.DEMO_CLOCK:
            lines += [f"  Move its clock on, as admin:   http://{HOST}:{port}/demo/clock/"]
        lines += ["", "  Ctrl-C stops all of it.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def reset() -> None:
    """Remove what earlier demos left: the database, the sandbox's memory, and the mails."""
    if "DATABASE_URL" in os.environ:
        raise CommandError("--reset empties the demo's own SQLite file, and DATABASE_URL is set.")
    database = Path(str(settings.DATABASES["default"]["NAME"]))
    for path in (
        *(database.with_name(database.name + end) for end in ("", "-wal", "-shm", "-journal")),
        settings.VAR_DIR / "sandbox.json",
        settings.VAR_DIR / "clock.json",
    ):
        path.unlink(missing_ok=True)
    shutil.rmtree(settings.LETTERBOX_DIR, ignore_errors=True)


def log_file(name: str) -> Path:
    folder = settings.VAR_DIR / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    log = Path(folder / f"{name}.log")
    make_private(log)
    return log


def stop_on_signals(stopping: threading.Event) -> None:
    def stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001
        stopping.set()

    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, stop)


def free_port(wanted: int) -> int:
    """Return the wanted port of this machine, or a free one if something listens there."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            if os.name == "posix":
                # As the servers do: a port in TIME_WAIT from the last run is free.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise CommandError("No free port was found on this machine.")
