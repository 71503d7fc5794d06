"""The production recipe: the commands of docs/howto/production.md, as they stand there.

Real PostgreSQL, Redis, gunicorn and a Celery worker; Stripe is played by the sandbox.
"""

import contextlib
import os
import re
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.example.environment import environment
from tests.example.settings import EXAMPLE
from tests.example.visitor import Visitor

ROOT = EXAMPLE.parent
GUIDE = (ROOT / "docs/howto/production.md").read_text()
COMMANDS = re.findall(r"^\$ (.+)$", GUIDE, re.MULTILINE)
#: Importing everything four times on a busy machine.
PATIENCE = 120.0
DATABASE = "halftick_production"


def command(beginning: str) -> str:
    """Return the guide's command that begins so."""
    (found,) = [line for line in COMMANDS if line.startswith(beginning)]
    return found


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class Recipe:
    """A machine on which the guide is followed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.sandbox_port = folder, free_port(), free_port()
        self.site, self.sandbox = (
            f"http://127.0.0.1:{port}" for port in (self.port, self.sandbox_port)
        )
        host = os.environ["DATABASE_HOST"].replace("/", "%2F")
        user = os.environ.get("DATABASE_USER", "postgres")
        redis = os.environ["REDIS_URL"]
        database = f"postgresql://{user}@{host}/{DATABASE}"
        self.environment = environment(
            folder,
            DEBUG="false",
            # What differs from a real site: the demo's people, the sandbox, and no https.
            DEMO="true",
            STRIPE_API_BASE=self.sandbox,
            SSL_REDIRECT="false",
            SECRET_KEY="of this site only",
            ALLOWED_HOSTS="127.0.0.1",
            SITE_URL=self.site,
            TRUSTED_PROXIES="1",
            DATABASE_URL=database,
            REPLICA_URL=database,
            DATABASE_POOL="4",
            REDIS_URL=f"{redis}?db=3",
            CELERY_BROKER_URL=f"{redis.replace('unix://', 'redis+socket://')}?virtual_host=4",
            PORT=self.port,
        )
        self.environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"

    def run(self, line: str) -> str:
        done = subprocess.run(
            ["sh", "-c", line], cwd=EXAMPLE, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextlib.contextmanager
    def running(self, line: str, name: str) -> Iterator[subprocess.Popen[bytes]]:
        """Keep a command running; what it prints is in ``name.out``."""
        with (self.folder / f"{name}.out").open("wb") as output:
            process = subprocess.Popen(
                ["sh", "-c", f"exec {line}"],
                cwd=EXAMPLE,
                env=self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)

    def log(self, name: str) -> str:
        path = self.folder / "log" / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def output(self, name: str) -> str:
        return (self.folder / f"{name}.out").read_text()


def wait_until(true: Any, what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"{what} never happened"
        time.sleep(0.1)


def answers(address: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(address.rpartition(":")[2]))) == 0


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recipe]:
    import psycopg

    folder = tmp_path_factory.mktemp("production")
    host, user = os.environ["DATABASE_HOST"], os.environ.get("DATABASE_USER", "postgres")
    with psycopg.connect(host=host, user=user, dbname="postgres", autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {DATABASE}")
        recipe = Recipe(folder)
        for beginning in ("python manage.py migrate", "python manage.py collectstatic"):
            recipe.run(command(beginning))
        recipe.run("python manage.py seed --quiet")
        with contextlib.ExitStack() as stack:
            hook = f"{recipe.site}/payments/webhook/"
            sandbox = f"python manage.py stripe_sandbox --port {recipe.sandbox_port}"
            stack.enter_context(recipe.running(f"{sandbox} --webhook {hook}", "sandbox"))
            stack.enter_context(recipe.running(command("gunicorn"), "gunicorn"))
            worker = f"{command('celery -A config worker')} --loglevel INFO"
            stack.enter_context(recipe.running(worker, "worker"))
            beat = command("celery -A config beat").replace("var/", f"{folder}/")
            stack.enter_context(recipe.running(beat, "beat"))
            for address in (recipe.sandbox, recipe.site):
                wait_until(lambda at=address: answers(at), f"{address} answers")
            wait_until(lambda: "ready." in recipe.log("site"), "the worker is ready")
            yield recipe
        admin.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


@pytest.fixture
def visitor(recipe: Recipe) -> Visitor:
    return Visitor(recipe.site)


@pytest.mark.postgresql
@pytest.mark.redis
def test_a_payment_goes_through_the_worker_to_a_place(recipe: Recipe, visitor: Visitor) -> None:
    import stripe

    visitor.log_in("player", "player-demo")
    cup = re.search(r'href="(/tournaments/\d+/)">Glyphfall Friday', visitor.get("/tournaments/"))
    assert cup
    visitor.post(f"{cup[1]}register/", referer=cup[1])
    client = stripe.StripeClient("sk_test_sandbox", base_addresses={"api": recipe.sandbox})
    (intent,) = client.v1.payment_intents.list().data
    # As the page of the checkout does.
    card = {"payment_method": "pm_card_visa", "return_url": f"{recipe.site}/payments/success/"}
    client.v1.payment_intents.confirm(intent.id, card)
    wait_until(lambda: "You are registered" in visitor.get(cup[1]), "the registration")
    assert "django_stripe_payments.process_event" in recipe.log("site")
    report = recipe.run(command("python manage.py revenue"))
    assert re.search(r"tournament_fee\s+1\s+\$25\.00", report)


@pytest.mark.postgresql
@pytest.mark.redis
def test_static_files_have_names_that_may_be_kept_for_ever(visitor: Visitor) -> None:
    style = re.search(r'href="(/static/site/site\.[0-9a-f]{12}\.css)"', visitor.get("/"))
    assert style
    visitor.get(style[1])
    assert "immutable" in visitor.headers["Cache-Control"]


@pytest.mark.postgresql
@pytest.mark.redis
def test_pages_carry_what_browsers_hold_to(visitor: Visitor) -> None:
    visitor.get("/accounts/login/")
    assert "max-age=31536000" in visitor.headers["Strict-Transport-Security"]
    assert "script-src 'self'" in visitor.headers["Content-Security-Policy"]
    for cookie in visitor.headers.get_all("Set-Cookie"):
        assert "Secure" in cookie


@pytest.mark.postgresql
@pytest.mark.redis
def test_a_locked_account_stands_in_the_security_log(recipe: Recipe, visitor: Visitor) -> None:
    for _ in range(5):
        visitor.log_in("coach", "guess")
    assert visitor.status == 429
    assert "Locking out" in recipe.log("security")


@pytest.mark.postgresql
@pytest.mark.redis
def test_an_event_with_a_false_signature_stands_in_a_log_and_nowhere_else(
    recipe: Recipe, visitor: Visitor
) -> None:
    visitor.post_raw("/payments/webhook/", b"{}", {"Stripe-Signature": "t=1,v1=0"})
    assert visitor.status == 400
    assert recipe.log("payments") + recipe.log("security")


@pytest.mark.postgresql
@pytest.mark.redis
def test_beat_is_running(recipe: Recipe) -> None:
    wait_until(lambda: "beat: Starting" in recipe.log("site"), "beat starts")


@pytest.mark.postgresql
@pytest.mark.redis
def test_the_deployment_check_has_nothing_to_say(recipe: Recipe) -> None:
    assert command("python manage.py check") == "python manage.py check --deploy"
    # What a test has otherwise than a real site.
    silent = {**recipe.environment, "SECRET_KEY": secrets.token_hex(40), "SSL_REDIRECT": "true"}
    silent["EMAIL_BACKEND"] = "django.core.mail.backends.smtp.EmailBackend"
    del silent["STRIPE_API_BASE"]
    silent |= {"STRIPE_PUBLIC_KEY": "pk_test_1", "STRIPE_SECRET_KEY": "sk_test_1"}
    silent |= {"STRIPE_WEBHOOK_SECRET": "whsec_1", "HSTS_INCLUDE_SUBDOMAINS": "true"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy"],
        cwd=EXAMPLE,
        env=silent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    warned = re.findall(r"\((\w+\.[WE]\d+)\)", done.stderr)
    assert set(warned) <= {"security.W021"}  # the preload list of browsers is a site's own choice


def test_containers_start_what_the_guide_starts() -> None:
    compose = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
    services = compose["services"]
    for name in ("worker", "beat"):
        told = shlex.split(command(f"celery -A config {name}"))
        assert services[name]["command"][:4] == told[:4]
    dockerfile = (ROOT / "deploy/Dockerfile").read_text()
    assert '"gunicorn", "config.wsgi"' in dockerfile
    assert services["migrate"]["command"] == shlex.split(command("python manage.py migrate"))


def test_containers_set_variables_that_the_site_reads() -> None:
    compose = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
    known = re.findall(r"^#(\w+)=", (EXAMPLE / ".env.example").read_text(), re.MULTILINE)
    assert set(compose["x-site"]["environment"]) <= set(known)
