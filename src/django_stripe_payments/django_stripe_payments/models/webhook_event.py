from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..database.primary import Stored


class WebhookEvent(Stored):
    """An event that Stripe signed, stored once however often it is delivered.

    ``applied_at`` is set with the changes that the event made, ``finished_at`` when every
    receiver of what it made true has run. Until ``leased_until`` one process works on it, and
    others leave it alone. The payload is kept without client secrets, and is empty once it was
    pruned.

    A thin event arrives without its object: the object is fetched and added to the payload when
    the event is applied.
    """

    class Origin(models.TextChoices):
        # Stripe posted it to the endpoint.
        ENDPOINT = "endpoint", _("delivered")
        # A reconciliation found it in Stripe's list.
        SYNC = "sync", _("found by sync")

    stripe_id = models.CharField(_("event ID"), max_length=255, unique=True)
    # How the event first arrived.
    origin = models.CharField(
        _("origin"), max_length=16, choices=Origin.choices, default=Origin.ENDPOINT
    )
    type = models.CharField(_("type"), max_length=255, db_index=True)
    # For a thin event: the id of the snapshot event of the same change, once known.
    snapshot_id = models.CharField(_("snapshot event"), max_length=255, blank=True)
    api_version = models.CharField(_("API version"), max_length=64, blank=True)
    account = models.CharField(_("connected account"), max_length=255, blank=True)
    object_id = models.CharField(_("object"), max_length=255, blank=True, db_index=True)
    livemode = models.BooleanField(_("live mode"), default=False)
    payload = models.JSONField(_("payload"))
    # For information only: it has whole seconds, and deliveries arrive in any order.
    created = models.DateTimeField(_("created at Stripe"))
    received_at = models.DateTimeField(_("received"), default=clock.now, editable=False)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)
    # Finished without anything that applies its type; ``stripe_deliver --unhandled`` applies it
    # once something does.
    unhandled = models.BooleanField(_("unhandled"), default=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, db_index=True)
    leased_until = models.DateTimeField(_("worked on until"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("failed attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    pruned_at = models.DateTimeField(_("payload pruned"), null=True, blank=True)

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        permissions = [("close_webhookevent", _("Can close webhook events by hand"))]
        ordering = ["-id"]
        # For stripe_prune: rows that still have a payload, in order of arrival.
        indexes = [models.Index(fields=["pruned_at", "id"], name="stripe_event_payloads")]

    def __str__(self) -> str:
        return f"{self.type} {self.stripe_id}"

    @property
    def is_thin(self) -> bool:
        """Whether Stripe sent a notification without the object (``v2.core.event``)."""
        return self.type.startswith(("v1.", "v2."))

    @property
    def snapshot_type(self) -> str:
        """The type of the snapshot event: ``payment_intent.succeeded`` for thin ones too."""
        return self.type.removeprefix("v1.")

    @property
    def change_id(self) -> str:
        """The id that the snapshot event and the thin event of one change share."""
        return self.snapshot_id or self.stripe_id

    @property
    def request_id(self) -> str:
        """Stripe's id of the request that caused the event; "" if none did or it is unknown."""
        reason = self.payload.get("reason")
        cause = self.payload.get("request") or (isinstance(reason, dict) and reason.get("request"))
        return str(cause.get("id") or "") if isinstance(cause, dict) else ""

    @property
    def data_object(self) -> dict[str, object]:
        """The object of the event: as of the event, or as of the fetch for a thin event.

        After pruning, and before a thin event is applied, it has only the id.
        """
        data = self.payload.get("data")
        value = data.get("object") if isinstance(data, dict) else None
        return value if isinstance(value, dict) else {"id": self.object_id}
