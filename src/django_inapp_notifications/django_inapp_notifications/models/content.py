"""What a notification says: written once, however many people receive it."""

from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .. import clock
from ..content import rendering
from ..content.links import MAX_LENGTH
from ..content.params import ParamsDecoder, ParamsEncoder
from ..content.text import TITLE_LENGTH, one_line


class Priority(models.TextChoices):
    LOW = "low", pgettext_lazy("priority", "Low")
    NORMAL = "normal", pgettext_lazy("priority", "Normal")
    HIGH = "high", pgettext_lazy("priority", "High")
    # Passes quiet hours and digests.
    URGENT = "urgent", pgettext_lazy("priority", "Urgent")


class Message(models.Model):
    """The content of one notify() call.

    Actor and target are loose references ("app.model" and a key as text, with the name that they
    had), so that a message outlives what it is about and never slows its deletion.
    """

    type = models.CharField(_("type"), max_length=64)
    title = models.CharField(_("title"), max_length=TITLE_LENGTH)
    text = models.TextField(_("text"), blank=True)
    action_url = models.CharField(_("action URL"), max_length=MAX_LENGTH, blank=True)
    priority = models.CharField(
        _("priority"), max_length=10, choices=Priority, default=Priority.NORMAL
    )
    actor_model = models.CharField(_("model of the actor"), max_length=100, blank=True)
    actor_key = models.CharField(_("key of the actor"), max_length=64, blank=True)
    actor_name = models.CharField(_("actor"), max_length=255, blank=True)
    target_model = models.CharField(_("model of the target"), max_length=100, blank=True)
    target_key = models.CharField(_("key of the target"), max_length=64, blank=True)
    target_name = models.CharField(_("target"), max_length=255, blank=True)
    # Notifications with the same key become one line of an inbox; "type:key".
    group_key = models.CharField(_("key of the group"), max_length=200, blank=True)
    # What the type's templates render the texts from, for readers of other languages.
    params = models.JSONField(
        _("parameters"), default=dict, blank=True, encoder=ParamsEncoder, decoder=ParamsDecoder
    )
    # The sender gave no title: it is rendered by the type's templates for each reader.
    from_templates = models.BooleanField(_("rendered by templates"), default=False)
    # The caller's own data; never shown.
    metadata = models.JSONField(_("metadata"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    # Names of channels that the sender asked for; null leaves it to the type.
    channels = models.JSONField(_("channels"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), default=clock.now)
    send_at = models.DateTimeField(_("send at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    canceled_at = models.DateTimeField(_("canceled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(fields=["created_at"], name="din_message_created"),
            models.Index(fields=["target_model", "target_key"], name="din_message_target"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def shown_title(self) -> str:
        """In the active language, where the type has templates."""
        return rendering.title_of(self)

    @property
    def shown_text(self) -> str:
        """In the active language, where the type has templates."""
        return rendering.text_of(self)


class DedupeKey(models.Model):
    """Says that a recipient already has what this key stands for.

    A table of its own, so that notifications without a key pay nothing for it.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False
    )
    # "type:key", or its hash when that is long: keys are scoped by type.
    key = models.CharField(max_length=200)
    message = models.ForeignKey(Message, models.CASCADE, related_name="+")
    # Hash of the content, to tell a repetition from a mistake.
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recipient", "key"], name="din_dedupe_once")]

    def __str__(self) -> str:
        return self.key


def reference(thing: Any) -> tuple[str, str, str]:
    """The loose reference to a model instance: ("app.model", key, name). Three "" for None."""
    if thing is None:
        return "", "", ""
    if not isinstance(thing, models.Model):
        return "", "", one_line(thing)
    return thing._meta.label_lower, str(thing.pk)[:64], one_line(thing)
