"""3-D Secure: what the customer did in the bank's dialog."""

from ..bank.cards import Decline
from ..wire.errors import ApiError, missing, unexpected_state
from ..wire.resource import Resource
from ..world.world import World
from . import confirmation, setup

FAILED = (
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or "
    "a new PaymentMethod to attempt to fulfill this {} again."
)
PAYMENT_FAILED = Decline(
    code="payment_intent_authentication_failure",
    decline_code="",
    message=FAILED.format("PaymentIntent"),
    type="invalid_request_error",
)
SETUP_FAILED = Decline(
    code="setup_intent_authentication_failure",
    decline_code="",
    message=FAILED.format("SetupIntent"),
    type="invalid_request_error",
)


def authenticate(world: World, intent: Resource, *, succeed: bool) -> None:
    """Complete or fail the dialog of a payment or setup intent in ``requires_action``.

    A card that is then declined changes the intent as a decline does, and raises nothing: the
    browser reads the error off the intent.
    """
    if intent["status"] != "requires_action":
        raise unexpected_state(
            f"There is nothing to authenticate: the status is {intent['status']}.", intent
        )
    method = world.store.find("payment_method", intent["payment_method"])
    intent["next_action"] = None
    try:
        if intent["object"] == "setup_intent":
            if succeed:
                setup.save(world, intent, method, "authenticated")
            else:
                setup.refuse(world, intent, method, SETUP_FAILED)
        elif succeed:
            confirmation.charge_card(world, intent, method, "authenticated")
        else:
            confirmation.refuse(world, intent, method, PAYMENT_FAILED, None)
    except ApiError as error:
        if error.status != 402:
            raise


def by_client_secret(world: World, client_secret: str) -> Resource:
    """Return the intent that a client secret opens, or raise a 404."""
    for kind in ("payment_intent", "setup_intent"):
        intent = world.store.get(kind, client_secret.partition("_secret_")[0])
        if intent and intent["client_secret"] == client_secret:
            return intent
    raise missing("payment_intent", client_secret[:3] + "…", "client_secret")
