# ruff: noqa: ARG001 - every handler takes the same arguments
"""/v1/files: uploads, for the evidence in disputes."""

import base64
from pathlib import PurePath

from stripe.params import FileCreateParams, FileListParams, FileRetrieveParams

from ..shapes.file import file
from ..wire.calls import Call, Route
from ..wire.errors import invalid, missing_parameter
from ..wire.parameters import choice
from ..wire.resource import Resource
from ..world.lists import PAGE, listing, matching, page
from ..world.world import World

#: Purpose -> largest size in bytes.
PURPOSES = {
    "account_requirement": 10_000_000,
    "additional_verification": 10_000_000,
    "business_icon": 512_000,
    "business_logo": 512_000,
    "customer_signature": 4_000_000,
    "dispute_evidence": 5_000_000,
    "identity_document": 10_000_000,
    "pci_document": 10_000_000,
    "tax_document_user_upload": 10_000_000,
    "terminal_reader_splashscreen": 10_000_000,
}

#: Kinds of files that banks read.
EVIDENCE_TYPES = ("jpg", "jpeg", "pdf", "png")


def create(world: World, call: Call) -> Resource:
    upload = call.files.get("file")
    purpose = choice(call.params, "purpose", PURPOSES)
    if upload is None:
        raise missing_parameter("file")
    if purpose is None:
        raise missing_parameter("purpose")
    kind = PurePath(upload.filename).suffix.lower().lstrip(".") or None
    if len(upload.content) > PURPOSES[purpose]:
        raise invalid(f"The file is larger than {PURPOSES[purpose]} bytes.", "file")
    if purpose == "dispute_evidence" and kind not in EVIDENCE_TYPES:
        raise invalid(
            f"Invalid file type: evidence must be one of {', '.join(EVIDENCE_TYPES)}.", "file"
        )
    created = world.create(
        file,
        filename=upload.filename,
        purpose=purpose,
        size=len(upload.content),
        type="jpg" if kind == "jpeg" else kind,
    )
    created["url"] = f"{world.base_url}/v1/files/{created['id']}/contents"
    created["links"] = listing(f"/v1/file_links?file={created['id']}", [])
    # Notes are kept as JSON.
    content = base64.b64encode(upload.content).decode()
    world.store.note(created["id"])["content"] = content
    return created


def retrieve(world: World, call: Call, file_id: str) -> Resource:
    return world.store.find("file", file_id)


def index(world: World, call: Call) -> Resource:
    matches = matching(world.store.all("file"), call.params, "purpose")
    return page(call.path, matches, call.params, "file")


ROUTES = (
    Route("POST", "/v1/files", create, FileCreateParams, ("file", "purpose")),
    Route("GET", "/v1/files", index, FileListParams, (*PAGE, "created", "purpose")),
    Route("GET", "/v1/files/{id}", retrieve, FileRetrieveParams),
)
