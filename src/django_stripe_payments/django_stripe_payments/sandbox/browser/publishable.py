"""What a publishable key may do and see."""

from ..wire.calls import Route
from ..wire.errors import unauthorized
from ..wire.keys import Key
from ..wire.resource import Resource
from ..world import kinds

REFUSED = (
    "This API call cannot be made with a publishable API key. Please use a secret API key. You can "
    "find a list of your API keys at https://dashboard.stripe.com/account/apikeys."
)


def check(route: Route, key: Key) -> None:
    if key.publishable and not route.publishable:
        raise unauthorized(REFUSED, "secret_key_required")


def shown(resource: Resource) -> Resource:
    """Leave out what Stripe hides from the browser."""
    kind = kinds.find(resource.get("object", ""))
    if kind is None or kind.public is None:
        return resource
    return {name: value for name, value in resource.items() if name in kind.public}


def error(fields: Resource) -> Resource:
    """Leave the same out of the objects that an error carries."""
    return {
        name: shown(value) if isinstance(value, dict) else value for name, value in fields.items()
    }
