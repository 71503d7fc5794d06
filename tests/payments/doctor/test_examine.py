"""The doctor: each thing that can be wrong is named, with what to do, and without a secret."""

import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import formatdate
from io import StringIO
from typing import Any

import pytest
import stripe
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from django_stripe_payments.audit import chain as audit_chain
from django_stripe_payments.doctor import examinations
from django_stripe_payments.doctor import examine as doctor
from django_stripe_payments.doctor.examinations import Examination
from django_stripe_payments.doctor.examine import Finding
from django_stripe_payments.models import Customer, Payment, SigningSecret, SyncCursor, WebhookEvent
from django_stripe_payments.payment_types import (
    Price,
    register_payment_type,
    unregister_payment_type,
)
from django_stripe_payments.services import StripeService
from django_stripe_payments.signals import payment_succeeded
from django_stripe_payments.stripe_api.client import translate, use_http_client
from django_stripe_payments.webhooks import endpoints, secrets

pytestmark = pytest.mark.django_db

SITE = "https://shop.example"
LOCAL = "http://127.0.0.1:12111"
LIVE = {
    "STRIPE_SECRET_KEY": "sk_test_51AbCdEfGhIjKlMnOpQrStUv",
    "STRIPE_PUBLIC_KEY": "pk_test_51AbCdEfGhIjKlMnWxYz0123",
}


@pytest.fixture(autouse=True)
def whole_site(stripe_sandbox: Any, settings: Any) -> Iterator[None]:
    """A site with which nothing is wrong."""
    secrets._noted.clear()
    for name, value in LIVE.items():
        setattr(settings, name, value)
    settings.STRIPE_WEBHOOK_URL = SITE
    settings.STRIPE_WEBHOOK_SECRET = endpoints.ensure(endpoints.endpoint_url()).secret
    secrets.note_use(settings.STRIPE_WEBHOOK_SECRET, endpoints.sdk_version())
    audit_chain.seal()
    register_payment_type("yacht")(lambda _user, _metadata: Price(amount=1, currency="usd"))
    yield
    unregister_payment_type("yacht")
    secrets._noted.clear()


def problems(url: str = "") -> list[Finding]:
    return [finding for finding in doctor.examine(url) if not finding.is_ok]


def the_problem(url: str = "") -> Finding:
    (found,) = problems(url)
    return found


def run(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("stripe_doctor", *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_a_whole_site_has_no_problem() -> None:
    assert problems() == []
    code, told = run()
    assert code == 0
    assert {line.split()[1] for line in told.splitlines()} == {
        "settings:",
        "keys:",
        "code:",
        "database:",
        "stripe:",
        "endpoint:",
        "webhook:",
        "work:",
    }


def test_a_problem_comes_with_advice_and_an_exit_code(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_TOLERANCE = 0
    code, told = run()
    assert code == 1
    assert "problem settings:" in told
    assert "→ Set a positive number of seconds" in told


@pytest.mark.parametrize(
    "key",
    ["sk_test_...", "sk_test_…", "sk_test_xxxxxxxxxxxxxxxxxxxx", "sk_test_your_secret_key_here00"],
)
def test_a_placeholder_is_no_key(settings: Any, key: str) -> None:
    settings.STRIPE_SECRET_KEY = key
    assert "STRIPE_SECRET_KEY is a placeholder." in [finding.text for finding in problems()]


def test_a_key_that_was_cut_is_no_key(settings: Any) -> None:
    settings.STRIPE_PUBLIC_KEY = "pk_test_51AbCd"
    assert "too short" in the_problem().text


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("STRIPE_SECRET_KEY", "sk_tset_51AbCdEfGhIjKlMnOpQrStUv"),
        ("STRIPE_PUBLIC_KEY", "pk_tset_51AbCdEfGhIjKlMnWxYz0123"),
        ("STRIPE_WEBHOOK_SECRET", "wshec_0123456789abcdef0123456789"),
        ("STRIPE_WEBHOOK_SECRET", ["whsec_0123456789", "sk_test_51AbCdEfGhIjKlMnOpQrStUv"]),
    ],
)
def test_a_key_that_begins_like_none_of_stripes_is_no_key(
    settings: Any, name: str, key: Any
) -> None:
    setattr(settings, name, key)
    keys = [finding for finding in doctor.examine() if finding.about == "keys"]
    assert [(finding.is_ok, finding.text.split(" begin")[0]) for finding in keys] == [
        (False, f"{name} does not")
    ]


@pytest.mark.parametrize("key", ["rk_test_51AbCdEfGhIjKlMnOpQrStUv", LIVE["STRIPE_SECRET_KEY"]])
def test_a_restricted_key_is_a_key(settings: Any, key: str) -> None:
    settings.STRIPE_SECRET_KEY = key
    assert problems() == []


def test_an_empty_signing_secret_is_named(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = ""
    assert "STRIPE_WEBHOOK_SECRET is empty." in [finding.text for finding in problems()]


def test_a_sandbox_takes_any_test_key(settings: Any) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:12111"
    settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLIC_KEY = "sk_test_sandbox", "pk_test_sandbox"
    assert not [finding for finding in problems() if finding.about == "keys"]


def test_it_claims_one_account_only_where_the_keys_say_so(settings: Any) -> None:
    told = {finding.text for finding in doctor.examine() if finding.about == "keys"}
    assert told == {"Both keys look valid, and belong to one account."}
    settings.STRIPE_API_BASE = "http://127.0.0.1:12111"
    settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLIC_KEY = "sk_test_sandbox", "pk_test_sandbox"
    told = {finding.text for finding in doctor.examine() if finding.about == "keys"}
    assert told == {"Both keys look valid."}


def test_keys_of_two_accounts_are_told_apart(settings: Any) -> None:
    settings.STRIPE_PUBLIC_KEY = "pk_test_51ZZZZZZZZZZZZZZWxYz0123"
    assert "different accounts" in the_problem().text


def test_code_that_is_nowhere_imported_is_named() -> None:
    unregister_payment_type("yacht")
    found = the_problem()
    assert found.about == "code"
    assert "ready()" in found.advice


def test_what_is_connected_is_told() -> None:
    def book(**_named: Any) -> None: ...

    payment_succeeded.connect(book, dispatch_uid="harbour.book")
    told = [finding.text for finding in doctor.examine() if finding.about == "code"]
    payment_succeeded.disconnect(dispatch_uid="harbour.book")
    assert told == [
        "Registered payment types: yacht.",
        "Receivers of payment_succeeded: harbour.book.",
    ]


def test_a_log_in_page_that_is_not_there_is_named(settings: Any) -> None:
    settings.LOGIN_URL = "/accounts/login/"
    found = the_problem()
    assert found.text == "LOGIN_URL is /accounts/login/, but the site has no page there."


def test_a_log_in_page_may_have_a_language_in_front(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.payments.support.urls_of_languages"
    settings.LOGIN_URL = "/accounts/login/"
    assert not [finding for finding in problems() if finding.about == "addresses"]


def test_addresses_that_are_not_mounted_are_named(settings: Any) -> None:
    settings.ROOT_URLCONF = "django.conf.urls.i18n"
    found = [finding for finding in problems(SITE) if finding.about in ("addresses", "endpoint")]
    assert found[0].text == "The app's URLs are not mounted."
    assert "include django_stripe_payments.urls" in found[1].advice


def test_an_address_without_a_scheme_is_no_matter_of_the_key() -> None:
    assert the_problem("shop.example").advice.startswith("Give the endpoint's public address")


def test_no_key_at_all_is_named(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = ""
    assert {finding.about for finding in problems()} == {"settings", "keys", "stripe"}


def test_stripe_that_does_not_answer_is_named(stripe_sandbox: Any, settings: Any) -> None:
    settings.STRIPE_API_MAX_RETRIES = 0
    stripe_sandbox.faults.add("cut", method="GET", path="/v1/webhook_endpoints")
    found = the_problem()
    assert found.about == "stripe"
    assert "api.stripe.com" in found.advice


@pytest.fixture
def nothing_runs(settings: Any) -> Iterator[str]:
    """STRIPE_API_BASE is a port of this machine at which nobody listens."""
    with socket.socket() as taken:
        # Bound and not listening: nobody else gets it, and whoever connects is refused.
        taken.bind(("127.0.0.1", 0))
        settings.STRIPE_API_BASE = f"http://127.0.0.1:{taken.getsockname()[1]}"
        settings.STRIPE_API_MAX_RETRIES = 0
        with use_http_client(stripe.RequestsClient(timeout=5)):
            yield settings.STRIPE_API_BASE


def test_a_sandbox_that_does_not_run_is_to_be_started(nothing_runs: str) -> None:
    (found,) = [finding for finding in problems() if finding.about == "stripe"]
    assert found.text == f"{nothing_runs} does not answer."
    assert found.advice.startswith("Start manage.py stripe_sandbox")


def test_a_sync_without_a_sandbox_says_so_in_one_line(nothing_runs: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("stripe_sync")
    assert str(refused.value) == f"Start manage.py stripe_sandbox: {nothing_runs} does not answer."


def test_what_the_sdk_says_of_a_lost_connection_is_not_repeated(settings: Any) -> None:
    settings.STRIPE_API_BASE = ""
    told = translate(stripe.APIConnectionError("Let us know at support@stripe.com.\n\n(HTTP…)"))
    assert str(told) == "Stripe does not answer."


def test_a_key_that_stripe_refuses_is_named(stripe_sandbox: Any, settings: Any) -> None:
    settings.STRIPE_API_MAX_RETRIES = 0
    stripe_sandbox.faults.add("error", method="GET", path="/v1/webhook_endpoints", status=401)
    assert "Copy STRIPE_SECRET_KEY again" in the_problem().advice


@pytest.mark.parametrize(("skew", "direction"), [(400, "behind"), (-400, "ahead of")])
def test_a_clock_that_is_wrong_is_named(skew: int, direction: str) -> None:
    (found,) = doctor._clock({"Date": formatdate(time.time() + skew, usegmt=True)})
    assert direction in found.text
    assert "NTP" in found.advice


def test_a_clock_that_is_right_is_not() -> None:
    (found,) = doctor._clock({"date": formatdate(usegmt=True)})
    assert found.is_ok


def test_an_endpoint_that_is_not_there_is_named() -> None:
    assert (
        "No endpoint at Stripe delivers to https://other.example"
        in the_problem("https://other.example").text
    )


def test_an_endpoint_that_is_out_of_date_is_named(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_HANDLER = "tests.payments.support.handlers.ThinHandler"
    assert problems() == []
    settings.STRIPE_WEBHOOK_HANDLER = "tests.payments.support.handlers.ReviewHandler"
    found = the_problem()
    assert "does not deliver invoice.paid" in found.text
    assert "stripe_webhook_endpoint" in found.advice


def test_an_address_that_nobody_told_is_asked_for(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_URL = ""
    assert "STRIPE_WEBHOOK_URL" in the_problem().advice


@pytest.mark.parametrize(("base", "remedy"), [(LOCAL, "--state"), ("", "another account")])
def test_a_customer_whom_stripe_does_not_know_is_named(
    user: Any, stripe_sandbox: Any, settings: Any, base: str, remedy: str
) -> None:
    customer = StripeService.get_or_create_customer(user)
    audit_chain.seal()
    settings.STRIPE_API_BASE = base
    assert f"Stripe has {customer.stripe_id}, the newest customer here." in [
        finding.text for finding in doctor.examine()
    ]
    Customer.objects.update(stripe_id="cus_elsewhere")
    (found,) = [finding for finding in problems() if finding.about == "customers"]
    assert found.text.startswith("Stripe has no customer cus_elsewhere")
    assert remedy in found.advice


@pytest.mark.parametrize("status", [403, 500])
def test_a_customer_who_cannot_be_asked_for_is_no_problem(
    user: Any, stripe_sandbox: Any, settings: Any, status: int
) -> None:
    StripeService.get_or_create_customer(user)
    audit_chain.seal()
    settings.STRIPE_API_MAX_RETRIES = 0
    stripe_sandbox.faults.add("error", method="GET", path="/v1/customers/", status=status)
    assert not [found for found in doctor.examine() if found.about == "customers" or found.advice]


def test_a_secret_that_never_verified_anything_is_named() -> None:
    SigningSecret.objects.all().delete()
    assert "has not verified an event yet" in the_problem().text


@pytest.mark.parametrize(("base", "where"), [("", "dashboard"), (LOCAL, "stripe_sandbox")])
def test_refused_deliveries_come_with_the_way_to_the_secret(
    settings: Any, base: str, where: str
) -> None:
    SigningSecret.objects.update(last_seen_at=timezone.now() - timedelta(minutes=5))
    for _ in range(3):
        Client().post("/payments/webhook/", b"{}", "text/json", headers={"Stripe-Signature": "x"})
    settings.STRIPE_API_BASE = base
    (found,) = [finding for finding in problems() if "refused" in finding.text]
    assert found.about == "webhook"
    assert found.text == "3 deliveries were refused in the last hour because of the signature."
    assert "STRIPE_WEBHOOK_SECRET" in found.advice
    assert [each for each in ("dashboard", "stripe_sandbox") if each in found.advice] == [where]


@pytest.mark.parametrize(("shared", "told"), [(False, True), (True, False)])
def test_a_cache_of_one_process_hides_what_another_refuses(
    settings: Any, shared: bool, told: bool
) -> None:
    if shared:
        folder = {"LOCATION": "/nowhere"}
        backend = "django.core.cache.backends.filebased.FileBasedCache"
        settings.CACHES = {"default": {"BACKEND": backend, **folder}}
    assert any("the cache is not shared" in finding.text for finding in doctor.examine()) is told


def test_an_old_secret_may_go(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = [settings.STRIPE_WEBHOOK_SECRET, "whsec_old"]
    long_ago = timezone.now() - timedelta(days=30)
    SigningSecret.objects.create(
        fingerprint=secrets.fingerprint("whsec_old"), last_seen_at=long_ago
    )
    found = the_problem()
    assert secrets.fingerprint("whsec_old") in found.text
    assert "remove it" in found.advice


def test_late_work_and_a_missing_sweep_are_named(payment: Payment) -> None:
    WebhookEvent.objects.create(
        stripe_id="evt_1", type="x", payload={"data": {"object": {}}}, created=timezone.now()
    )
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(hours=1))
    found = the_problem()
    assert (found.about, found.advice[:9]) == ("work", "The admin")


def test_tables_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.MigrationExecutor, "migration_plan", lambda *_: ["0002"])
    found = the_problem()
    assert (found.about, found.advice) == ("database", "Run manage.py migrate.")


def test_no_secret_is_printed(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = [settings.STRIPE_WEBHOOK_SECRET, "whsec_0123456789"]
    settings.STRIPE_PUBLIC_KEY = "pk_test_51ZZZZZZZZZZZZZZWxYz0123"
    _code, told = run()
    assert not [secret for secret in ("whsec_", "sk_test_", "51AbCd") if secret in told]


def test_what_apps_have_examined_is_in_the_report() -> None:
    late = ("topups", "Two top-ups are late.", "Look at the bank.")
    examination = Examination(name="topups", findings=lambda: [late])
    examinations.register(examination)
    try:
        assert the_problem() == Finding(*late)
    finally:
        examinations.unregister(examination)


def test_rows_of_an_app_that_is_gone_are_in_the_report() -> None:
    SyncCursor.objects.create(name="refills", created=timezone.now())
    assert "refills" in the_problem().text
