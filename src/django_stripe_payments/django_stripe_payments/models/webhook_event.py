from django.db import models
from django.utils.translation import gettext_lazy as _


class WebhookEvent(models.Model):
    """An event that Stripe signed, stored once however often it is delivered.

    ``applied_at`` is set with the changes that the event made, ``finished_at`` when every
    receiver of what it made true has run. Until ``leased_until`` one process works on it, and
    others leave it alone. The payload is kept without client secrets, and is empty once it was
    pruned.

    A thin event names its object and carries none: its payload gets the object, as it was when
    it was fetched, when the event is applied.
    """

    class Origin(models.TextChoices):
        # Stripe posted it to the endpoint.
        ENDPOINT = "endpoint", _("delivered")
        # A reconciliation found it in Stripe's list.
        SYNC = "sync", _("found by a sync")

    stripe_id = models.CharField(_("event id"), max_length=255, unique=True)
    # Who was first to bring it.
    origin = models.CharField(
        _("came by"), max_length=16, choices=Origin.choices, default=Origin.ENDPOINT
    )
    type = models.CharField(_("type"), max_length=255, db_index=True)
    # For a thin event the id of the snapshot event that tells of the same change, once known.
    snapshot_id = models.CharField(_("snapshot event"), max_length=255, blank=True)
    api_version = models.CharField(_("API version"), max_length=64, blank=True)
    account = models.CharField(_("connected account"), max_length=255, blank=True)
    object_id = models.CharField(_("object"), max_length=255, blank=True, db_index=True)
    livemode = models.BooleanField(_("live"), default=False)
    payload = models.JSONField(_("payload"))
    # Informs only: Stripe's clock has seconds, and deliveries come in any order.
    created = models.DateTimeField(_("created at Stripe"))
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, db_index=True)
    leased_until = models.DateTimeField(_("worked on until"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("failed attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    pruned_at = models.DateTimeField(_("payload pruned"), null=True, blank=True)

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        ordering = ["-id"]
        # What still has a payload, in the order of its arrival: what stripe_prune walks along.
        indexes = [models.Index(fields=["pruned_at", "id"], name="stripe_event_payloads")]

    def __str__(self) -> str:
        return f"{self.type} {self.stripe_id}"

    @property
    def is_thin(self) -> bool:
        """Whether Stripe sent a notification without the object (``v2.core.event``)."""
        return self.type.startswith(("v1.", "v2."))

    @property
    def snapshot_type(self) -> str:
        """The type as snapshot events name it: ``payment_intent.succeeded`` for thin ones too."""
        return self.type.removeprefix("v1.")

    @property
    def change_id(self) -> str:
        """What the snapshot event and the thin event of one change have in common."""
        return self.snapshot_id or self.stripe_id

    @property
    def request_id(self) -> str:
        """Stripe's id of the request that caused the event; empty where none did, or is known."""
        cause = self.payload.get("request") or (self.payload.get("reason") or {}).get("request")
        return str(cause.get("id") or "") if isinstance(cause, dict) else ""

    @property
    def data_object(self) -> dict[str, object]:
        """The object of the event: as it was when Stripe made the event, or when it was fetched.

        Of an event that was pruned, or is thin and not applied yet, only the id is known.
        """
        value: dict[str, object] = self.payload.get("data", {}).get("object")
        return value if value is not None else {"id": self.object_id}
