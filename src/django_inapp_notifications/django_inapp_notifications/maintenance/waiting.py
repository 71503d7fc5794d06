"""What needs attention: dead letters, and channels that are paused after failures."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from .. import clock
from ..channels import all_channels
from ..models import ChannelState, Delivery, Digest, Status


@dataclass(frozen=True)
class Task:
    """A sentence, and the list of the rows that it is about."""

    text: str
    url: str


def waiting_tasks(user: Any) -> list[Task]:
    """What needs attention now, as far as this user may view it in the admin."""
    return [*_failed(user), *_paused(user)]


def _failed(user: Any) -> list[Task]:
    tasks = []
    for model, words in ((Delivery, _deliveries), (Digest, _digests)):
        if _may_view(user, model):
            count = model._default_manager.filter(status=Status.FAILED).count()
            if count:
                tasks.append(Task(words(count), f"{_list_of(model)}?status__exact=failed"))
    return tasks


def _deliveries(count: int) -> str:
    text = ngettext("%(n)d delivery failed.", "%(n)d deliveries failed.", count)
    return text % {"n": count}


def _digests(count: int) -> str:
    return ngettext("%(n)d digest failed.", "%(n)d digests failed.", count) % {"n": count}


def _paused(user: Any) -> list[Task]:
    if not _may_view(user, ChannelState):
        return []
    rows = ChannelState.objects.filter(open_until__gt=clock.now()).order_by("channel")
    return [Task(_paused_channel(row.channel), _list_of(ChannelState)) for row in rows]


def _paused_channel(name: str) -> str:
    channel = all_channels().get(name)
    words = {"channel": channel.label if channel else name}
    return gettext("The channel “%(channel)s” is paused after failures.") % words


def _may_view(user: Any, model: Any) -> bool:
    return bool(user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"))


def _list_of(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
