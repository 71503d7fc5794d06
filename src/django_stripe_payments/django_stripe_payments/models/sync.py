import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..database.primary import Stored


class SyncCursor(Stored):
    """How far a list at Stripe was read: everything older has been seen."""

    name = models.CharField(_("list"), max_length=64, unique=True)
    # Creation time of the newest object that was read, by Stripe's clock.
    created = models.DateTimeField(_("read up to"))

    class Meta:
        verbose_name = _("sync cursor")
        verbose_name_plural = _("sync cursors")

    def __str__(self) -> str:
        return self.name


class SyncRun(Stored):
    """One reconciliation with Stripe: its progress and its findings.

    ``running`` is True until the run is finished, then NULL. NULLs are distinct on every
    database, so that there is at most one unfinished run.
    """

    running = models.BooleanField(_("running"), null=True, unique=True, editable=False)
    started_at = models.DateTimeField(_("started"), default=clock.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    # Objects created at Stripe since then are compared.
    since = models.DateTimeField(_("compared since"))
    options = models.JSONField(_("options"), default=dict)
    step = models.CharField(_("step"), max_length=64, blank=True)
    # The last Stripe id, or key of a row, that the step completed.
    position = models.CharField(_("position"), max_length=255, blank=True)
    # Kind of object → name of the count → number.
    counts = models.JSONField(_("counts"), default=dict)
    # Which process works on it, and its last heartbeat.
    token = models.UUIDField(null=True, editable=False)
    owner = models.CharField(_("process"), max_length=255, blank=True)
    heartbeat_at = models.DateTimeField(_("last heartbeat"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("sync run")
        verbose_name_plural = _("sync runs")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"

    def assign_to(self, owner: str) -> uuid.UUID:
        """Name the process that works on the run from now on; the row is not saved."""
        self.owner, self.token = owner, uuid.uuid4()
        return self.token


class SyncFinding(Stored):
    """One difference between Stripe and this site that a run found."""

    class Outcome(models.TextChoices):
        # Written before the repair, so that a crash does not lose it.
        STARTED = "started", _("repair in progress")
        REPAIRED = "repaired", _("repaired")
        # Only a person can decide it.
        NEEDS_REVIEW = "needs_review", _("needs review")

    run = models.ForeignKey(
        SyncRun, on_delete=models.CASCADE, related_name="findings", verbose_name=_("run")
    )
    # "payment_intent", "refund", "event", "operation" and so on.
    kind = models.CharField(_("kind"), max_length=32)
    # Of the object at Stripe, or of our own row where Stripe has none.
    object_id = models.CharField(_("ID"), max_length=255)
    # "missing", "different", "undelivered", "orphan" and so on.
    problem = models.CharField(_("problem"), max_length=32)
    outcome = models.CharField(
        _("outcome"), max_length=16, choices=Outcome.choices, default=Outcome.STARTED
    )
    detail = models.TextField(_("details"), blank=True)
    created_at = models.DateTimeField(_("found"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering = ["id"]
        constraints = [
            # A run that was killed and is resumed records the same finding once.
            models.UniqueConstraint(
                fields=["run", "kind", "object_id", "problem"], name="stripe_one_finding_per_run"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}: {self.problem}"
