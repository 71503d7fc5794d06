# ruff: noqa: ARG001 - every handler takes the same arguments
"""/v1/disputes"""

from stripe.params import (
    DisputeCloseParams,
    DisputeListParams,
    DisputeRetrieveParams,
    DisputeUpdateParams,
)

from ..lifecycle import disputing
from ..shapes.dispute import EVIDENCE
from ..wire.calls import Call, Route
from ..wire.errors import invalid
from ..wire.forms import Params
from ..wire.parameters import boolean, mapping, merged_metadata
from ..wire.resource import Resource
from ..world.lists import PAGE, matching, page
from ..world.world import World

#: Evidence that is the id of an upload.
FILES = (
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
)

#: Stripe's limit for all texts together.
MAX_CHARACTERS = 150_000


def retrieve(world: World, call: Call, dispute_id: str) -> Resource:
    return world.store.find("dispute", dispute_id)


def update(world: World, call: Call, dispute_id: str) -> Resource:
    """Stage evidence, and hand it in unless ``submit`` is false."""
    dispute = world.store.find("dispute", dispute_id)
    params = call.params
    metadata = merged_metadata(dispute["metadata"], params)
    evidence = _evidence(world, mapping(params, "evidence"), dispute)
    submitted = bool(evidence) and boolean(params, "submit", default=True)
    submitted = submitted or boolean(params, "submit")
    if evidence or submitted:
        disputing.check_open(world, dispute)
    with world.change("charge.dispute.updated", dispute):
        dispute["metadata"] = metadata
        dispute["evidence"] |= evidence
        given = any(dispute["evidence"][name] for name in EVIDENCE)
        dispute["evidence_details"]["has_evidence"] = given
        if submitted:
            disputing.submit(world, dispute)
    return dispute


def _evidence(world: World, given: Params, dispute: Resource) -> Resource:
    evidence = {name: value or None for name, value in given.items() if name in EVIDENCE}
    for name in FILES:
        if evidence.get(name):
            param = f"evidence[{name}]"
            file = world.store.find("file", str(evidence[name]), param)
            if file["purpose"] != "dispute_evidence":
                raise invalid("The file's purpose must be dispute_evidence.", param)
    merged = dispute["evidence"] | evidence
    if sum(len(merged[name] or "") for name in EVIDENCE) > MAX_CHARACTERS:
        raise invalid(
            f"The combined character count of all evidence is limited to {MAX_CHARACTERS}.",
            "evidence",
        )
    return evidence


def close(world: World, call: Call, dispute_id: str) -> Resource:
    """Give up: a chargeback is lost, an inquiry ends without one."""
    dispute = world.store.find("dispute", dispute_id)
    disputing.concede(world, dispute)
    return dispute


def index(world: World, call: Call) -> Resource:
    matches = matching(world.store.all("dispute"), call.params, "charge", "payment_intent")
    return page(call.path, matches, call.params, "dispute")


DISPUTE = "/v1/disputes/{id}"

LISTED = (*PAGE, "created", "charge", "payment_intent")
UPDATED = ("metadata", "submit", *(f"evidence[{name}]" for name in EVIDENCE))

ROUTES = (
    Route("GET", "/v1/disputes", index, DisputeListParams, LISTED),
    Route("GET", DISPUTE, retrieve, DisputeRetrieveParams),
    Route("POST", DISPUTE, update, DisputeUpdateParams, UPDATED),
    Route("POST", DISPUTE + "/close", close, DisputeCloseParams),
)
