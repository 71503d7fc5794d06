"""/v1/ephemeral_keys: what the mobile SDKs used before there were customer sessions."""

import re

from stripe.params import EphemeralKeyCreateParams, EphemeralKeyDeleteParams

from ..lifecycle import wallet
from ..shapes.ephemeral_key import ephemeral_key
from ..wire.calls import Call, Route
from ..wire.errors import invalid, missing_parameter
from ..wire.parameters import text
from ..wire.resource import Resource
from ..world.world import World

KIND = "ephemeral_key"

#: Seconds for which a key is valid.
LIFETIME = 60 * 60

#: A date, and since 2024-09-30 the name of a release.
_VERSION = re.compile(r"20\d\d-\d\d-\d\d(\.[a-z]+)?")


def create(world: World, call: Call) -> Resource:
    customer_id = text(call.params, "customer")
    if customer_id is None:
        raise missing_parameter("customer")
    customer = wallet.find_customer(world, customer_id)
    if not _VERSION.fullmatch(call.version):
        raise invalid(
            "This method requires that a Stripe API version be explicitly specified: set the "
            "Stripe-Version header to the one that the mobile SDK expects."
        )
    key = world.create(ephemeral_key, expires=world.now() + LIFETIME)
    owner = {"type": "customer", "id": customer["id"]}
    # Only this answer shows them.
    secret = f"ek_test_{world.ids.letters(64)}"
    return {**key, "associated_objects": [owner], "secret": secret}


def delete(world: World, call: Call, key_id: str) -> Resource:  # noqa: ARG001
    key = world.store.find(KIND, key_id)
    del world.store.tables[KIND][key_id]
    return key


ROUTES = (
    Route("POST", "/v1/ephemeral_keys", create, EphemeralKeyCreateParams, ("customer",)),
    Route("DELETE", "/v1/ephemeral_keys/{id}", delete, EphemeralKeyDeleteParams),
)
