"""The settings follow the environment: the sandbox or Stripe, development or production."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.example.environment import DEMO, PRODUCTION, environment, settings_with
from tests.example.settings import EXAMPLE


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return settings_with(tmp_path_factory.mktemp("demo"), **DEMO)


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return settings_with(
        tmp_path_factory.mktemp("production"),
        **PRODUCTION,
        DATABASE_URL="postgresql://me@db/halftick",
        REPLICA_URL="postgresql://me@replica/halftick",
        DATABASE_POOL="8",
        REDIS_URL="redis://cache/0",
        CELERY_BROKER_URL="redis://broker/1",
        TRUSTED_PROXIES="1",
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="smtp.example.com",
        EMAIL_PORT="2525",
        EMAIL_USE_TLS="false",
        EMAIL_HOST_USER="me",
        EMAIL_HOST_PASSWORD="hush",
        DEFAULT_FROM_EMAIL="noreply@example.com",
    )


def test_without_keys_the_sandbox_plays_stripe(demo: dict[str, Any]) -> None:
    assert demo["SANDBOX"]
    assert demo["STRIPE_SECRET_KEY"] == "sk_test_sandbox"
    assert "stripe.com" not in str(demo["SECURE_CSP"])


def test_with_test_keys_and_nothing_else_it_talks_to_stripe(tmp_path: Path) -> None:
    keys = {name: value for name, value in PRODUCTION.items() if name.startswith("STRIPE_")}
    settings = settings_with(tmp_path, **DEMO, **keys)
    assert settings["DEMO"]
    assert not settings["SANDBOX"]
    assert {name: settings[name] for name in keys} == keys
    assert "STRIPE_API_BASE" not in settings
    assert "https://js.stripe.com" in settings["SECURE_CSP"]["script-src"]


def test_production_that_forgot_its_keys_trusts_nothing(tmp_path: Path) -> None:
    rest = {name: value for name, value in PRODUCTION.items() if not name.startswith("STRIPE_")}
    settings = settings_with(tmp_path, **rest)
    assert not settings["SANDBOX"]
    assert settings["STRIPE_SECRET_KEY"] == settings["STRIPE_WEBHOOK_SECRET"] == ""
    assert "STRIPE_API_BASE" not in settings


@pytest.mark.parametrize("said", [{}, {"DEBUG": "false"}])
def test_without_debug_there_is_no_secret_key(tmp_path: Path, said: dict[str, str]) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refusal:
        settings_with(tmp_path, **said)
    assert "SECRET_KEY" in refusal.value.stderr


def test_nothing_of_development_is_on_unless_asked_for(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, SECRET_KEY="of this site only")
    assert not any(settings[name] for name in ("DEBUG", "DEMO", "SANDBOX"))
    assert settings["STRIPE_SECRET_KEY"] == settings["STRIPE_WEBHOOK_SECRET"] == ""
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["SECURE_SSL_REDIRECT"]


def test_mail_is_sent_as_the_environment_says(production: dict[str, Any]) -> None:
    if "MAILERS" in production:
        options = production["MAILERS"]["default"]["OPTIONS"]
        found = [options[name] for name in ("host", "port", "use_tls", "username", "password")]
    else:
        names = ("HOST", "PORT", "USE_TLS", "HOST_USER", "HOST_PASSWORD")
        found = [production[f"EMAIL_{name}"] for name in names]
    assert found == ["smtp.example.com", 2525, False, "me", "hush"]
    assert production["DEFAULT_FROM_EMAIL"] == "noreply@example.com"


def test_cookies_are_for_https_unless_in_development(
    demo: dict[str, Any], production: dict[str, Any]
) -> None:
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"):
        assert (demo[name], production[name]) == (False, True)
    assert production["SESSION_COOKIE_HTTPONLY"]


def test_browsers_are_told_to_stay_with_https_for_a_year(
    demo: dict[str, Any], production: dict[str, Any]
) -> None:
    assert demo["SECURE_HSTS_SECONDS"] == 0
    assert production["SECURE_HSTS_SECONDS"] == 365 * 24 * 3600


def test_a_visitors_word_for_https_counts_only_behind_a_proxy(
    demo: dict[str, Any], production: dict[str, Any]
) -> None:
    assert "SECURE_PROXY_SSL_HEADER" not in demo
    assert production["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


def handlers(settings: dict[str, Any], logger: str) -> list[dict[str, Any]]:
    logging = settings["LOGGING"]
    return [logging["handlers"][name] for name in logging["loggers"][logger]["handlers"]]


def test_development_logs_to_the_console(demo: dict[str, Any]) -> None:
    for logger in demo["LOGGING"]["loggers"]:
        assert [each["class"] for each in handlers(demo, logger)] == ["logging.StreamHandler"]


@pytest.mark.parametrize(
    ("logger", "name"),
    [
        ("django_stripe_payments", "payments.log"),
        ("django_inapp_notifications", "notifications.log"),
        ("django.security", "security.log"),
        ("axes", "security.log"),
        ("django", "site.log"),
    ],
)
def test_production_logs_to_rotating_files(
    production: dict[str, Any], logger: str, name: str
) -> None:
    (handler,) = handlers(production, logger)
    assert handler["class"] == "config.logs.PrivateRotatingFileHandler"
    assert Path(handler["filename"]).name == name
    assert handler["maxBytes"] == 10 * 1024 * 1024


def test_production_pools_connections_and_knows_the_replica(production: dict[str, Any]) -> None:
    for name in ("default", "replica"):
        database = production["DATABASES"][name]
        assert database["OPTIONS"]["pool"]["max_size"] == 8
        assert database["CONN_MAX_AGE"] == 0


def test_a_broker_moves_work_to_the_background(
    demo: dict[str, Any], production: dict[str, Any]
) -> None:
    assert "STRIPE_DISPATCHER" not in demo
    assert production["STRIPE_DISPATCHER"] == production["NOTIFICATION_DISPATCHER"] == "celery"


def test_the_example_environment_names_every_variable() -> None:
    read = set(re.findall(r'env\.\w+\("(\w+)"', (EXAMPLE / "config/settings.py").read_text()))
    named = re.findall(r"^#(\w+)=", (EXAMPLE / ".env.example").read_text(), re.MULTILINE)
    assert set(named) == read
    assert len(named) == len(set(named))


LOG = """
import logging.config, os
os.umask(0o022)
import config.settings as settings
logging.config.dictConfig(settings.LOGGING)
for name in ("django_stripe_payments", "django"):
    logging.getLogger(name).error("a line")
import sqlite3
database = settings.DATABASES["default"]
connection = sqlite3.connect(database["NAME"])
connection.executescript(database["OPTIONS"]["init_command"] + "; CREATE TABLE kept (id)")
for path in settings.VAR_DIR.rglob("*"):
    if path.is_file():
        print(path.name, oct(path.stat().st_mode & 0o777))
"""


@pytest.mark.parametrize("rotate", ["true", "false"])
def test_logs_and_the_database_are_for_their_owner_only(tmp_path: Path, rotate: str) -> None:
    (tmp_path / "log").mkdir()
    for earlier in ("log/site.log", "demo.sqlite3"):
        (tmp_path / earlier).touch(mode=0o644)
    done = subprocess.run(
        [sys.executable, "-c", LOG],
        cwd=EXAMPLE,
        env=environment(tmp_path, **PRODUCTION, LOG_ROTATE=rotate),
        capture_output=True,
        text=True,
        check=True,
    )
    modes = dict(line.split() for line in done.stdout.splitlines())
    assert {"payments.log", "demo.sqlite3", "demo.sqlite3-wal"} <= set(modes)
    assert set(modes.values()) == {"0o600"}
