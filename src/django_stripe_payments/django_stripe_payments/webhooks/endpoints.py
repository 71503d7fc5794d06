"""The webhook endpoint at Stripe, which ``manage.py stripe_webhook_endpoint`` makes and mends.

Stripe tells an endpoint's secret once, when it is created, and never changes its API version. So
a new secret or a new version is a second endpoint beside the first: both deliver the same events,
which are stored once, and the old one goes when the site knows the new one's secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from django.urls import NoReverseMatch, reverse

from .. import audit
from ..conf import settings
from ..exceptions import ConfigurationError, EndpointOutdated
from ..stripe_api.client import get_client, sdk_version, translated_errors
from .process import event_types as applied_types

if TYPE_CHECKING:
    import stripe

DESCRIPTION = "django-stripe-payments-kit"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint as Stripe knows it. ``api_version`` is empty for the account's default."""

    id: str
    url: str
    api_version: str
    enabled_events: frozenset[str]
    is_enabled: bool

    def problems(self) -> list[str]:
        """Return what about it does not fit this site, in words; empty when all fits."""
        missing, surplus = event_types() - self.enabled_events, self.enabled_events - event_types()
        if "*" in self.enabled_events:
            # It gets more than what is handled, and misses nothing.
            missing, surplus = frozenset(), frozenset()
        found = {
            "it is disabled": not self.is_enabled,
            f"it renders events in version {self.api_version or 'of the account'}, and the SDK "
            f"reads {sdk_version()}": self.api_version != sdk_version(),
            f"it does not deliver {', '.join(sorted(missing))}": missing,
            f"it delivers {', '.join(sorted(surplus))}, which nothing handles": surplus,
        }
        return [problem for problem, is_so in found.items() if is_so]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done: "created", "updated" or "unchanged". ``secret`` comes with "created" only."""

    done: str
    endpoint: Endpoint
    secret: str = ""

    def __repr__(self) -> str:
        return f"Outcome({self.done!r}, {self.endpoint.id!r})"


def event_types() -> frozenset[str]:
    """Return the event types that have handlers, the site's and opt-in apps' among them.

    Thin events are not among them: they come by event destinations, which are set up in the
    dashboard or by ``/v2/core/event_destinations``.
    """
    return frozenset(name for name in applied_types() if not name.startswith(("v1.", "v2.")))


def endpoint_url(given: str = "") -> str:
    """Return the public address of this site's endpoint.

    Args:
        given: an address that wins over STRIPE_WEBHOOK_URL. Either may be the site alone, such as
            ``https://example.com`` or, with FORCE_SCRIPT_NAME, ``https://example.com/shop``: the
            rest of the path of the webhook's view is added.

    Raises:
        ConfigurationError: there is none, or it is not one that Stripe can reach.
    """
    parts = urlsplit(given or settings.STRIPE_WEBHOOK_URL)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        msg = "Give the endpoint's public address, or set STRIPE_WEBHOOK_URL: https://example.com."
        raise ConfigurationError(msg)
    if parts.scheme != "https" and "_live_" in settings.STRIPE_SECRET_KEY:
        raise ConfigurationError("Stripe delivers live events to https:// only.")
    path = _webhook_path() if _is_site(parts.path) else parts.path
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def _is_site(path: str) -> bool:
    """Whether the webhook's view is at or below the path. Any other path is a proxy's own."""
    below = path.rstrip("/") + "/"
    return below == "/" or _webhook_path().startswith(below)


def _webhook_path() -> str:
    try:
        return reverse("django_stripe_payments:stripe_webhook")
    except NoReverseMatch as error:
        msg = "The app's URLs are not mounted: include django_stripe_payments.urls in the site's."
        raise ConfigurationError(msg) from error


def all_endpoints() -> list[Endpoint]:
    """Return every endpoint of the Stripe account, newest first. Raises StripePaymentsError."""
    with translated_errors():
        listed = get_client().v1.webhook_endpoints.list({"limit": 100})
        return [_endpoint(found) for found in listed.auto_paging_iter()]


def endpoints_at(url: str) -> list[Endpoint]:
    """Return the endpoints that deliver to ``url``: those of our version first, then the newest."""
    ours = [endpoint for endpoint in all_endpoints() if endpoint.url == url]
    return sorted(ours, key=lambda endpoint: endpoint.api_version != sdk_version())


def ensure(url: str) -> Outcome:
    """Make sure that Stripe delivers what is handled to ``url``; doing it again changes nothing.

    Raises:
        EndpointOutdated: there is an endpoint, of another API version; ``create`` makes another.
    """
    known = endpoints_at(url)
    if not known:
        return create(url)
    endpoint = known[0]
    if endpoint.api_version != sdk_version():
        msg = (
            f"{endpoint.id} renders events in API version {endpoint.api_version or 'unknown'}, and "
            f"Stripe does not change that: make another one beside it, in {sdk_version()}."
        )
        raise EndpointOutdated(msg)
    if endpoint.is_enabled and endpoint.enabled_events == event_types():
        return Outcome("unchanged", endpoint)
    params: Any = {"enabled_events": sorted(event_types()), "disabled": False}
    with translated_errors():
        found = get_client().v1.webhook_endpoints.update(endpoint.id, params)
    audit.record_about("webhook_endpoint.updated", "webhook_endpoint", endpoint.id, url=url)
    return Outcome("updated", _endpoint(found))


def create(url: str) -> Outcome:
    """Make an endpoint, beside others if there are any; its secret is told this once."""
    params: Any = {
        "url": url,
        "enabled_events": sorted(event_types()),
        "api_version": sdk_version(),
        "description": DESCRIPTION,
    }
    with translated_errors():
        found = get_client().v1.webhook_endpoints.create(params)
    audit.record_about("webhook_endpoint.created", "webhook_endpoint", found.id, url=url)
    return Outcome("created", _endpoint(found), str(found.secret))


def remove(endpoint_id: str) -> None:
    """Delete an endpoint at Stripe. Raises StripeCallFailed if there is none of that id."""
    with translated_errors():
        get_client().v1.webhook_endpoints.delete(endpoint_id)
    audit.record_about("webhook_endpoint.deleted", "webhook_endpoint", endpoint_id)


def _endpoint(found: stripe.WebhookEndpoint) -> Endpoint:
    data: Mapping[str, Any] = found.to_dict()
    return Endpoint(
        id=data["id"],
        url=data["url"],
        api_version=data.get("api_version") or "",
        enabled_events=frozenset(data["enabled_events"]),
        is_enabled=data["status"] == "enabled",
    )
