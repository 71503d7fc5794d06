"""What a visitor reads after a change: Django's messages for forms, a sentence for scripts."""

from collections.abc import Sized
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from ..inbox.feed import count_data
from .access import back_to, wants_json

#: One sentence per change; `n` is the number of notifications that changed.
DONE: dict[str, Any] = {
    "read": ngettext_lazy(
        "%(n)d notification marked as read.", "%(n)d notifications marked as read.", "n"
    ),
    "unread": ngettext_lazy(
        "%(n)d notification marked as unread.", "%(n)d notifications marked as unread.", "n"
    ),
    "archive": ngettext_lazy("%(n)d notification archived.", "%(n)d notifications archived.", "n"),
    "restore": ngettext_lazy(
        "%(n)d notification moved back.", "%(n)d notifications moved back.", "n"
    ),
    "delete": ngettext_lazy("%(n)d notification deleted.", "%(n)d notifications deleted.", "n"),
    "pin": ngettext_lazy("%(n)d notification pinned.", "%(n)d notifications pinned.", "n"),
    "unpin": ngettext_lazy("%(n)d notification unpinned.", "%(n)d notifications unpinned.", "n"),
    "snooze": ngettext_lazy("%(n)d notification snoozed.", "%(n)d notifications snoozed.", "n"),
    "unsnooze": ngettext_lazy(
        "%(n)d notification is back in the inbox.",
        "%(n)d notifications are back in the inbox.",
        "n",
    ),
}


def sentence(name: str, changed: int | Sized) -> str:
    """What a change did, in the active language."""
    count = changed if isinstance(changed, int) else len(changed)
    if not count:
        return _("Nothing needed to be changed.")
    return str(DONE[name.partition("-")[0]] % {"n": count})


def done(request: HttpRequest, text: str, level: int = messages.SUCCESS) -> HttpResponse:
    """JSON with the new count for a script. For a form, a message and the way back.

    A site without django.contrib.messages shows no message; nothing fails.
    """
    if not wants_json(request):
        messages.add_message(request, level, text, fail_silently=True)
        return back_to(request)
    return _for_script(request, text)


def undoable(request: HttpRequest, pk: int, name: str, changed: int | Sized) -> HttpResponse:
    """As done(); a form's page offers to undo the change, and reports it with that offer."""
    if wants_json(request):
        return _for_script(request, sentence(name, changed))
    response = back_to(request)
    parts = urlsplit(response["Location"])
    query = "&".join(filter(None, [parts.query, urlencode({"undo": pk, "did": name})]))
    response["Location"] = urlunsplit(parts._replace(query=query))
    return response


def without_undo(request: HttpRequest) -> str:
    """The address of this page without an offer to undo, which is made once."""
    query: QueryDict = request.GET.copy()
    for name in ("undo", "did"):
        query.pop(name, None)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _for_script(request: HttpRequest, text: str) -> HttpResponse:
    badge = count_data(request.user)
    return JsonResponse(
        {
            "ok": True,
            "message": text,
            "unread_count": badge["count"],
            "unread_display": badge["display"],
            "unread_label": badge["label"],
            "quiet": badge["quiet"],
        }
    )
