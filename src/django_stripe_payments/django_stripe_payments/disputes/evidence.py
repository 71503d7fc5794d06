"""Evidence for a dispute: written by staff in as many steps as they like, submitted once.

Stripe takes evidence once. So it is stored here until it is complete, and a second submission is
refused before Stripe is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from .. import audit, clock
from ..database.transactions import own_transaction, require_no_transaction
from ..exceptions import EvidenceRefused
from ..models import ApiOperation, Dispute, EvidenceFile
from ..stripe_api import calls, operations
from ..stripe_api.client import get_client, translated_errors
from ..stripe_api.operations import Resolution
from . import evidence_fields

if TYPE_CHECKING:
    import stripe

#: The names of Stripe's evidence fields: those that are text, and those that are files.
TEXTS = tuple(evidence_fields.TEXTS)
FILES = tuple(evidence_fields.FILES)

#: Stripe's limits: characters of all texts together, and bytes and types of a file.
MAX_CHARACTERS = 150_000
MAX_FILE = 5 * 1024 * 1024
FILE_TYPES = ("application/pdf", "image/jpeg", "image/png")


def stage(dispute: Dispute, texts: Mapping[str, str]) -> Dispute:
    """Store what staff wrote, without sending it to Stripe; empty texts are dropped.

    Raises:
        EvidenceRefused: submitted already, closed, an unknown field, or too long.
    """
    require_open(dispute)
    unknown = sorted(set(texts) - set(TEXTS))
    if unknown:
        raise EvidenceRefused(f"Stripe has no evidence fields {', '.join(unknown)}.")
    staged = {**dispute.evidence, **texts}
    staged = {name: text.strip() for name, text in staged.items() if text and text.strip()}
    if sum(map(len, staged.values())) > MAX_CHARACTERS:
        limit = f"{MAX_CHARACTERS:,}"
        raise EvidenceRefused(_("The texts may have at most %s characters in total.") % limit)
    with own_transaction():
        unsubmitted = Dispute.objects.filter(pk=dispute.pk, submitted_at=None)
        if not unsubmitted.update(evidence=staged, updated_at=clock.now()):
            raise EvidenceRefused(_already_submitted())
        audit.record("dispute.evidence_staged", dispute, fields=sorted(staged))
    dispute.evidence = staged
    return dispute


def add_file(
    dispute: Dispute, purpose: str, name: str, content: IO[bytes], *, size: int, content_type: str
) -> EvidenceFile:
    """Upload a file for one of FILES to Stripe; it takes the place of an earlier one.

    Raises:
        EvidenceRefused: submitted already, closed, unknown purpose, type or size.
        StripeUnavailable: Stripe did not answer; uploading again is safe.
    """
    require_open(dispute)
    if purpose not in FILES:
        raise EvidenceRefused(f"Stripe has no evidence file {purpose!r}.")
    if content_type not in FILE_TYPES or size > MAX_FILE:
        raise EvidenceRefused(_("Choose a PDF, JPEG or PNG file of at most 5 MB."))
    require_no_transaction()
    # This is not an operation: the content can't be stored for a repetition, and a second upload is
    # harmless, as only the file whose id is stored here is ever submitted. An earlier file stays
    # until the new one is there.
    with translated_errors():
        uploaded = get_client().v1.files.create({"purpose": "dispute_evidence", "file": content})
    with own_transaction():
        row, _created = EvidenceFile.objects.update_or_create(
            dispute=dispute,
            purpose=purpose,
            defaults={"name": name[:255], "stripe_id": uploaded.id},
        )
        audit.record("dispute.file_added", dispute, purpose=purpose)
    return row


def submit(dispute: Dispute) -> Dispute:
    """Hand the staged evidence in, for good.

    Raises:
        EvidenceRefused: there is none, or it was submitted before, or the dispute is closed.
        OutcomeUnknown: the answer was lost; submitting again is safe and finishes it.
        StripeCallFailed: Stripe refused it.
    """
    require_open(dispute)
    evidence = _evidence(dispute)
    if not evidence:
        raise EvidenceRefused(
            _("Enter evidence before you submit it: Stripe accepts it only once.")
        )
    return calls.perform(SUBMIT, dispute, {"evidence": evidence, "submit": True})


def require_open(dispute: Dispute) -> None:
    """Raise EvidenceRefused unless the dispute, as it is now, still takes evidence."""
    dispute.refresh_from_db()
    if dispute.is_appealed:
        # https://docs.stripe.com/changelog/endive/2026-10-28/evidence-submission-appeal-dispute-decisions
        raise EvidenceRefused(_("Submit evidence for an appeal in the Stripe Dashboard."))
    if dispute.submitted_at is not None or dispute.submission_count:
        raise EvidenceRefused(_already_submitted())
    if dispute.status not in Dispute.OPEN_STATUSES:
        raise EvidenceRefused(
            _("This dispute doesn't accept evidence (status: %s).") % dispute.status_label
        )


def _already_submitted() -> str:
    return _("The evidence was already submitted, and Stripe accepts it only once.")


def _evidence(dispute: Dispute) -> dict[str, str]:
    files = dispute.files.exclude(stripe_id=None).values_list("purpose", "stripe_id")
    return {**dispute.evidence, **{purpose: str(file) for purpose, file in files}}


def _retrieve(dispute: Dispute) -> stripe.Dispute:
    with translated_errors():
        return get_client().v1.disputes.retrieve(dispute.stripe_id)


def _call(dispute: Dispute, params: Any, options: Any) -> stripe.Dispute:
    return get_client().v1.disputes.update(dispute.stripe_id, params, options)


def _find(dispute: Dispute, _attempt: ApiOperation) -> stripe.Dispute | None:
    current = _retrieve(dispute)
    return current if current.evidence_details.submission_count else None


def _settle(dispute: Dispute, _submitted: stripe.Dispute) -> Dispute:
    with own_transaction():
        unsubmitted = Dispute.objects.filter(pk=dispute.pk, submitted_at=None)
        if unsubmitted.update(submitted_at=clock.now()):
            fields = sorted(_evidence(dispute))
            audit.record("dispute.evidence_submitted", dispute, fields=fields)
    dispute.refresh_from_db()
    return dispute


SUBMIT = operations.register(
    operations.Operation(
        kind="dispute.submit",
        model=Dispute,
        call=_call,
        find=_find,
        settle=_settle,
        # Stripe takes evidence once, and staff may have changed it since: they submit it again.
        resolution=operations.always(Resolution.LOOK_UP),
    )
)
