# ruff: noqa: ARG001 - every handler takes the same arguments
"""/v1/webhook_endpoints: where events are delivered, and which ones.

As at Stripe, only the answer that creates the endpoint shows its secret, and the version can't
be changed afterwards.
"""

import re
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from stripe.params import (
    WebhookEndpointCreateParams,
    WebhookEndpointDeleteParams,
    WebhookEndpointListParams,
    WebhookEndpointRetrieveParams,
    WebhookEndpointUpdateParams,
)

from ..shapes.webhook_endpoint import webhook_endpoint
from ..wire.calls import Call, Route
from ..wire.errors import invalid
from ..wire.parameters import boolean, merged_metadata, strings, text
from ..wire.resource import Resource
from ..world.lists import PAGE, page
from ..world.world import World

KIND = "webhook_endpoint"

#: Stripe's limit of endpoints per account.
MAX_ENDPOINTS = 16

#: The note of an endpoint that holds its secret: no answer but the first shows it.
SECRET = "secret"  # noqa: S105


def create(world: World, call: Call) -> Resource:
    if len(world.store.tables.get(KIND, {})) >= MAX_ENDPOINTS:
        raise invalid(f"You have reached the maximum of {MAX_ENDPOINTS} webhook endpoints.")
    fields = _fields(call, webhook_endpoint(created=0))
    endpoint = world.create(
        webhook_endpoint, api_version=text(call.params, "api_version"), **fields
    )
    secret = f"whsec_{world.ids.letters(32)}"
    world.store.note(endpoint["id"])[SECRET] = secret
    return {**endpoint, "secret": secret}


def _fields(call: Call, current: Resource) -> dict[str, Any]:
    params = call.params
    fields: dict[str, Any] = {"metadata": merged_metadata(current["metadata"], params)}
    if "url" in params:
        fields["url"] = _url(text(params, "url") or "")
    if "enabled_events" in params:
        fields["enabled_events"] = _events(strings(params, "enabled_events"))
    if "description" in params:
        fields["description"] = text(params, "description")
    if "disabled" in params:
        fields["status"] = "disabled" if boolean(params, "disabled") else "enabled"
    return fields


def _url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise invalid("Invalid URL: An explicit scheme (such as https) must be provided.", "url")
    return url


def _events(names: list[str]) -> list[str]:
    if not names:
        raise invalid("You must enable at least one event.", "enabled_events")
    for position, name in enumerate(names):
        if name != "*" and name not in _known_events():
            msg = f"Invalid enabled_events[{position}]: must be one of the event types, not {name}"
            raise invalid(msg, f"enabled_events[{position}]")
    return names


@cache
def _known_events() -> frozenset[str]:
    """The event types that the SDK names for this parameter."""
    annotation = str(WebhookEndpointCreateParams.__annotations__["enabled_events"])
    return frozenset(re.findall(r"'([a-z0-9_.]+)'", annotation))


def retrieve(world: World, call: Call, endpoint_id: str) -> Resource:
    return world.store.find(KIND, endpoint_id)


def update(world: World, call: Call, endpoint_id: str) -> Resource:
    endpoint = world.store.find(KIND, endpoint_id)
    endpoint.update(_fields(call, endpoint))
    return endpoint


def delete(world: World, call: Call, endpoint_id: str) -> Resource:
    world.store.find(KIND, endpoint_id)
    del world.store.tables[KIND][endpoint_id]
    return {"id": endpoint_id, "object": KIND, "deleted": True}


def index(world: World, call: Call) -> Resource:
    return page(call.path, world.store.all(KIND), call.params, KIND)


FIELDS = ("description", "enabled_events", "metadata", "url")
CREATED = (*FIELDS, "api_version")
UPDATED = (*FIELDS, "disabled")

ROUTES = (
    Route("POST", "/v1/webhook_endpoints", create, WebhookEndpointCreateParams, CREATED),
    Route("GET", "/v1/webhook_endpoints", index, WebhookEndpointListParams, PAGE),
    Route("GET", "/v1/webhook_endpoints/{id}", retrieve, WebhookEndpointRetrieveParams),
    Route("POST", "/v1/webhook_endpoints/{id}", update, WebhookEndpointUpdateParams, UPDATED),
    Route("DELETE", "/v1/webhook_endpoints/{id}", delete, WebhookEndpointDeleteParams),
)
