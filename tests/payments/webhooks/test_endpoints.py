"""The endpoint at Stripe, its secrets, and the versions in which events come."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import set_script_prefix

from django_stripe_payments.exceptions import ConfigurationError
from django_stripe_payments.models import AuditLogEntry, SigningSecret
from django_stripe_payments.stripe_api.client import get_client, sdk_version
from django_stripe_payments.webhooks import WebhookHandler, endpoints, secrets

from .test_view import event, post, sign

pytestmark = pytest.mark.django_db

SITE = "https://shop.example"
URL = f"{SITE}/payments/webhook/"

#: What an opt-in app handles.
TOPUPS = [f"topup.{what}" for what in ("created", "succeeded", "failed", "canceled", "reversed")]


@pytest.fixture(autouse=True)
def nothing_noted() -> Iterator[None]:
    """Each test is a process of its own, as far as the last notes are concerned."""
    secrets._noted.clear()
    yield
    secrets._noted.clear()


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("stripe_webhook_endpoint", *arguments, stdout=out)
    return out.getvalue()


def post_with(secret: str, **changes: Any) -> int:
    body = json.dumps(event(**changes))
    return int(post(body, sign(body, secret=secret)).status_code)


def test_it_is_created_with_our_version_and_what_has_handlers(stripe_sandbox: Any) -> None:
    run(SITE)
    made = get_client().v1.webhook_endpoints.list().data[0]
    assert (made.url, made.api_version) == (URL, sdk_version())
    assert set(made.enabled_events) == {*WebhookHandler.handlers, *TOPUPS}


def test_the_types_of_a_sites_own_handler_are_subscribed(
    stripe_sandbox: Any, settings: Any
) -> None:
    settings.STRIPE_WEBHOOK_HANDLER = "tests.payments.support.handlers.PayoutHandler"
    run(SITE)
    assert "payout.paid" in get_client().v1.webhook_endpoints.list().data[0].enabled_events


def test_thin_types_are_not_subscribed(stripe_sandbox: Any, settings: Any) -> None:
    """They come by event destinations; an endpoint that names one is refused by Stripe."""
    settings.STRIPE_WEBHOOK_HANDLER = "tests.payments.support.handlers.ThinHandler"
    assert not [name for name in endpoints.event_types() if name.startswith("v2.")]


def test_a_second_run_changes_nothing_and_tells_no_secret(stripe_sandbox: Any) -> None:
    assert "whsec_" in run(SITE)
    again = run(SITE)
    assert "unchanged" in again
    assert "whsec_" not in again
    assert len(endpoints.all_endpoints()) == 1


def test_a_newer_one_of_another_version_is_not_the_one(stripe_sandbox: Any) -> None:
    run(SITE)
    get_client().v1.webhook_endpoints.create(
        {"url": URL, "enabled_events": ["*"], "api_version": "2025-03-31.basil"}
    )
    assert "unchanged" in run(SITE)


def test_another_sites_endpoint_is_not_ours(stripe_sandbox: Any) -> None:
    theirs = {"url": "https://other.example.com/", "api_version": sdk_version()}
    get_client().v1.webhook_endpoints.create({**theirs, "enabled_events": ["*"]})  # type: ignore[typeddict-item]
    assert "created" in run(SITE)
    assert len(endpoints.endpoints_at(URL)) == 1


def test_one_that_is_disabled_is_enabled(stripe_sandbox: Any) -> None:
    run(SITE)
    made = get_client().v1.webhook_endpoints.list().data[0]
    get_client().v1.webhook_endpoints.update(made.id, {"disabled": True})
    assert endpoints.all_endpoints()[0].problems() == ["it is disabled"]
    assert "updated" in run(SITE)
    assert endpoints.all_endpoints()[0].is_enabled


def test_one_that_gets_every_event_misses_none() -> None:
    every = endpoints.Endpoint("we_1", URL, sdk_version(), frozenset({"*"}), is_enabled=True)
    assert every.problems() == []


def test_what_differs_is_brought_up_to_date(stripe_sandbox: Any) -> None:
    made = endpoints.create(URL)
    params: Any = {"enabled_events": ["charge.failed"], "disabled": True}
    get_client().v1.webhook_endpoints.update(made.endpoint.id, params)
    assert "disabled" in run("--list")
    assert "updated" in run(SITE)
    assert endpoints.all_endpoints() == [made.endpoint]


def test_the_secret_is_printed_once_and_kept_nowhere(
    stripe_sandbox: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        printed = run(SITE)
    assert printed.count("whsec_") == 1
    assert "whsec_" not in caplog.text
    assert "whsec_" not in str(list(AuditLogEntry.objects.values()))


def test_an_outcome_that_is_logged_tells_no_secret(stripe_sandbox: Any) -> None:
    assert "whsec_" not in repr(endpoints.create(URL))


def test_another_version_needs_another_endpoint(stripe_sandbox: Any) -> None:
    params: Any = {"url": URL, "enabled_events": ["*"], "api_version": "2025-09-30.clover"}
    old = get_client().v1.webhook_endpoints.create(params)
    with pytest.raises(CommandError, match="--rotate"):
        run(SITE)
    told = run(SITE, "--rotate")
    assert "whsec_" in told
    assert f"--remove {old.id}" in told
    run("--remove", old.id)
    assert [endpoint.api_version for endpoint in endpoints.all_endpoints()] == [sdk_version()]
    assert "unchanged" in run(SITE)


def test_the_address_is_the_settings_unless_one_is_given(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_URL = SITE
    assert endpoints.endpoint_url() == URL
    assert endpoints.endpoint_url("https://a.example/hook/") == "https://a.example/hook/"


@pytest.mark.parametrize("path", ["/shop", "/shop/", "/shop/payments", "/shop/payments/webhook/"])
def test_a_site_below_a_path_is_a_site_and_no_endpoint(path: str) -> None:
    set_script_prefix("/shop/")
    try:
        url = endpoints.endpoint_url(f"{SITE}{path}")
    finally:
        set_script_prefix("/")
    assert url == f"{SITE}/shop/payments/webhook/"


@pytest.mark.parametrize("url", ["", "shop.example", "ftp://shop.example"])
def test_without_an_address_it_says_what_to_set(stripe_sandbox: Any, url: str) -> None:
    with pytest.raises(CommandError, match="STRIPE_WEBHOOK_URL"):
        run(url)


def test_live_events_go_to_https_only(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = "sk_live_x"
    with pytest.raises(ConfigurationError):
        endpoints.endpoint_url("http://shop.example")


def test_removing_what_is_not_there_is_an_error(stripe_sandbox: Any) -> None:
    with pytest.raises(CommandError, match="No such webhook_endpoint"):
        run("--remove", "we_none")


def test_the_report_says_when_each_secret_was_seen(stripe_sandbox: Any, settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = ["whsec_new", "whsec_old"]
    assert post_with("whsec_old", api_version=sdk_version()) == 200
    new, old = secrets.uses()
    assert (new.last_seen_at, old.api_version) == (None, sdk_version())
    assert old.last_seen_at is not None
    told = run("--list")
    assert f"secret {new.fingerprint}: last seen never" in told
    assert f"secret {old.fingerprint}: last seen 20" in told
    assert "whsec_" not in told


def test_what_is_not_signed_is_no_use_of_a_secret() -> None:
    assert post_with("whsec_other") == 400
    assert not SigningSecret.objects.exists()


def test_a_use_is_noted_once_a_minute(
    django_assert_num_queries: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(secrets.time, "monotonic", lambda: now[0])
    secrets.note_use("whsec_a", "v")
    with django_assert_num_queries(0):
        secrets.note_use("whsec_a", "v")
    before = SigningSecret.objects.get().last_seen_at
    now[0] += secrets.NOTE_EVERY
    secrets.note_use("whsec_a", "v")
    assert SigningSecret.objects.get().last_seen_at > before


def test_a_thin_event_leaves_the_version_that_is_known() -> None:
    secrets.note_use("whsec_a", "2026-10-28.endive")
    secrets.note_use("whsec_a")
    assert SigningSecret.objects.get().api_version == "2026-10-28.endive"


def test_a_fingerprint_is_no_part_of_the_secret() -> None:
    mark = secrets.fingerprint("whsec_0123456789abcdef")
    assert len(mark) == 8
    assert mark not in "whsec_0123456789abcdef"
    assert mark != secrets.fingerprint("whsec_0123456789abcdeg")


@pytest.mark.parametrize(("version", "warnings"), [("2020-08-27", 1), (sdk_version(), 0)])
def test_another_version_than_the_sdks_is_warned_of(
    caplog: pytest.LogCaptureFixture, version: str, warnings: int
) -> None:
    with caplog.at_level(logging.WARNING, "django_stripe_payments.webhooks"):
        assert post_with("whsec_site", api_version=version) == 200
    assert len(caplog.records) == warnings
    assert all(record.api_version == version for record in caplog.records)


def test_an_endpoint_that_was_made_here_delivers_to_the_site(
    stripe_sandbox: Any, settings: Any
) -> None:
    """What the command prints is what the deliveries of the endpoint are signed with."""
    settings.STRIPE_WEBHOOK_SECRET = endpoints.create(URL).secret
    get_client().v1.customers.create({"email": "a@example.com"})
    created = stripe_sandbox.events("customer.created")[0]
    (endpoint,) = stripe_sandbox.webhooks.registered()
    stripe_sandbox.webhook_secret = endpoint.secret
    assert stripe_sandbox.post(Client(), created).status_code == 200
