"""Every setting of the app with its default, grouped by the room that reads it.

Read a setting as ``settings.STRIPE_…`` when it is needed, from this module's ``settings``, so
that ``override_settings`` takes effect and the defaults are loaded.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from appconf import AppConf
from django.conf import settings

__all__ = ["settings"]


class StripeConf(AppConf):
    # Keys and modes

    #: Publishable key ("pk_…"): the one that browsers may see.
    PUBLIC_KEY = ""

    #: Secret key ("sk_…") or restricted key ("rk_…").
    SECRET_KEY = ""

    #: Three-letter currency used when a call names none.
    DEFAULT_CURRENCY = "usd"

    # Calls to Stripe (stripe_api)

    #: Address of Stripe's API; empty for Stripe itself, or the address of a sandbox.
    API_BASE = ""

    #: Seconds to wait for Stripe. The SDK's own 80 s would block a web worker for too long.
    API_TIMEOUT = 20

    #: How often the SDK repeats a call that failed in transit, with the same idempotency key.
    API_MAX_RETRIES = 2

    #: Address of Stripe.js, in the version that belongs to the SDK's API version.
    JS_URL = "https://js.stripe.com/endive/stripe.js"

    # Webhooks

    #: Signing secret ("whsec_…") of the webhook endpoint; a list while secrets rotate.
    WEBHOOK_SECRET: str | Sequence[str] = ""

    #: Public address of the site or of its webhook endpoint, for example "https://example.com":
    #: ``stripe_webhook_endpoint`` sends it to Stripe, and ``stripe_doctor`` looks for it there.
    WEBHOOK_URL = ""

    #: Maximum age of a webhook's signature in seconds; Stripe's own libraries use 300.
    WEBHOOK_TOLERANCE = 300

    #: Maximum size of a webhook's body in bytes. Stripe's events stay far below one MiB.
    WEBHOOK_MAX_BYTES = 1024 * 1024

    #: Networks from which webhooks are accepted, for example ("192.0.2.0/24",); empty for all.
    WEBHOOK_ALLOWED_NETWORKS: Sequence[str] = ()

    #: Dotted path of the class that turns events into facts; subclass the default to extend it.
    WEBHOOK_HANDLER = "django_stripe_payments.webhooks.WebhookHandler"

    # Receivers and workers (dispatch, workers, facts)

    #: Where receivers run: "inline" (in the process that stored the news), "celery" or
    #: "django_tasks" (in a worker), or the dotted path of a Dispatcher.
    DISPATCHER = "inline"

    #: Name of the queue for the tasks of "celery" and "django_tasks"; empty for the framework's
    #: default.
    TASK_QUEUE = ""

    #: Seconds until the sweep retries a failed receiver or event; the last delay repeats.
    RETRY_DELAYS: Sequence[int] = (60, 300, 1800, 7200, 21600)

    #: Days after which the sweep stops waiting for a receiver that failed and is no longer
    #: connected; None to wait forever. Its row stays, and staff can run it if it comes back.
    GONE_RECEIVER_DAYS: int | None = 30

    # Payments and their pages

    #: What Stripe charges, to estimate a fee until its balance transaction is known: currency, or
    #: "eur:GB" for cards of one country, or "default" → (share, fixed amount in the major unit),
    #: as strings or Decimals.
    FEE_RATES: Mapping[str, tuple[Decimal | str, Decimal | str]] = {"default": ("0.029", "0.30")}

    #: The site's own fee: None, a rate as above, or the dotted path of a function that takes the
    #: unsaved payment and returns minor units.
    PLATFORM_FEE: tuple[Decimal | str, Decimal | str] | str | None = None

    #: Seconds for which a guest's link to a payment (``payment.guest_checkout_url``) is valid.
    GUEST_LINK_MAX_AGE = 7 * 24 * 60 * 60

    #: Payments on one page of the customer's history.
    HISTORY_PAGE_SIZE = 20

    #: Dotted path of a function that takes a Payment and returns what its intent gets in addition:
    #: "receipt_email", "shipping" or "statement_descriptor_suffix"; empty for none.
    INTENT_OPTIONS = ""

    # Mobile apps

    #: Name of the business, which Stripe's payment sheet in an app shows; empty for the host name.
    MERCHANT_DISPLAY_NAME = ""

    #: API versions for which old apps may ask for an ephemeral key, for example ("2020-08-27",).
    #: Empty if every app uses customer sessions.
    EPHEMERAL_KEY_VERSIONS: Sequence[str] = ()

    # Limits

    #: Minimum and maximum of one payment, in the major unit, per currency ("usd") or per currency
    #: and payment type ("usd:donation", which wins):
    #: ``{"usd": {"minimum": "1.00", "maximum": "5000"}, "usd:donation": {"maximum": "500"}}``.
    AMOUNT_LIMITS: Mapping[str, Mapping[str, Any]] = {}

    #: Whether requests are limited per user and address at all.
    RATE_LIMIT = True

    #: Changes to the limits that guarding.md lists: ``{"create_intent": {"user": "20/m",
    #: "address": "100/m"}}``. Units are s, m, h and d; None removes a limit.
    RATE_LIMITS: Mapping[str, Mapping[str, str | None] | None] = {}

    #: Alias of the cache that counts requests. Processes must share it: Redis or Memcached.
    RATE_LIMIT_CACHE = "default"

    #: How many of your own proxies stand in front of the site and append to X-Forwarded-For.
    TRUSTED_PROXIES = 0

    # Fraud

    #: Dotted paths of the fraud rules, in the order in which they examine a new payment.
    FRAUD_RULES: Sequence[str] = ()

    #: For ``too_many_payments``: how many payments a user may start in an hour.
    FRAUD_MAX_PAYMENTS_PER_HOUR = 10

    #: For ``too_many_declines``: how many declined attempts a user may have in a day.
    FRAUD_MAX_DECLINES_PER_DAY = 5

    #: For ``large_first_payment``: currency → the amount above which a first payment is reviewed,
    #: in the major unit.
    FRAUD_LARGE_FIRST_PAYMENT: Mapping[str, Any] = {}

    #: Currency → amount in the major unit above which the bank must authenticate the customer.
    THREE_D_SECURE_THRESHOLD: Mapping[str, Any] = {}

    #: Dotted path of a function that takes a Payment and returns additional metadata for its
    #: intent at Stripe, where Radar's rules can read it; empty for none.
    RADAR_METADATA = ""

    # Refunds

    #: What customers may have refunded: the dotted path of a subclass of RefundPolicy, or of a
    #: function ``(user, payment) -> RefundOffer``.
    REFUND_POLICY = "django_stripe_payments.refunds.policy.RefundPolicy"

    #: Days after a payment in which its customer may request a refund, or a mapping of payment
    #: types, and "default", to days. 0 for never, None for no limit.
    REFUND_WINDOW_DAYS: int | Mapping[str, int | None] | None = 30

    #: What happens to a customer's request: "review" lets staff decide, "automatic" refunds.
    REFUND_REQUESTS = "review"

    # Disputes

    #: How many seconds before the deadline for a dispute's evidence ``dispute_evidence_due`` is
    #: sent.
    DISPUTE_DEADLINE_LEAD = 3 * 24 * 3600

    #: Whether an early fraud warning refunds the rest of its payment automatically.
    REFUND_ON_EARLY_FRAUD_WARNING = False

    # Reconciliation

    #: ``stripe_sync`` compares everything that was created at Stripe within this number of days,
    #: and every older payment that is still unfinished.
    SYNC_WINDOW_DAYS = 30

    #: Seconds after which ``stripe_sync`` cancels a payment that still waits for its customer,
    #: here and at Stripe; None to cancel none.
    SYNC_ABANDONED_AFTER: int | None = 7 * 24 * 60 * 60

    #: Objects that ``stripe_sync`` requests in one call: 1 to 100.
    SYNC_PAGE_SIZE = 100

    #: Seconds that ``stripe_sync`` waits between two pages, to leave Stripe's rate limit to others.
    SYNC_PAUSE: float = 0

    # Maintenance

    #: Days until ``stripe_prune`` deletes the payload of a finished webhook event; None to keep it.
    EVENT_PAYLOAD_DAYS: int | None = 90

    #: Days until ``stripe_prune`` deletes the parameters of an answered call to Stripe; None to
    #: keep them.
    OPERATION_PARAMS_DAYS: int | None = 90

    #: Seconds that work may wait before ``stripe_status`` calls the site unhealthy.
    HEALTH_MAX_AGE = 900

    #: Seconds since the last reconciliation after which ``stripe_status`` calls the site
    #: unhealthy; None if the site runs none.
    HEALTH_SYNC_MAX_AGE: int | None = None

    # Audit log

    #: Whether the audit log keeps only the first 24 (IPv4) or 48 (IPv6) bits of addresses.
    AUDIT_MASK_ADDRESSES = False

    class Meta:
        prefix = "STRIPE"
