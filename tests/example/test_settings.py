"""The settings follow the environment: the sandbox or Stripe, development or production."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.example.environment import PRODUCTION, settings_with
from tests.example.settings import EXAMPLE


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return settings_with(tmp_path_factory.mktemp("demo"))


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
    settings = settings_with(tmp_path, **keys)
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


def test_production_takes_no_secret_key_by_itself(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        settings_with(tmp_path, DEBUG="false")


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
    assert handler["class"] == "logging.handlers.RotatingFileHandler"
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
