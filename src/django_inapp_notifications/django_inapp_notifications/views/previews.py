"""Staff previews of each type, rendered with its sample parameters. Others get a 404."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from .. import types
from ..channels.base import Outgoing
from ..channels.mail import render_mail
from ..content.params import copy_params
from ..content.rendering import text_of, title_of
from ..exceptions import UnknownType
from ..models import Message
from ..types import NotificationType
from .access import for_owner


def for_staff(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not getattr(request.user, "is_staff", False):
            raise Http404
        return view(request, *args, **kwargs)

    return for_owner(checked)


@for_staff
@require_safe
def type_list(request: HttpRequest) -> HttpResponse:
    context = {"types": types.all_types()}
    return render(request, "django_inapp_notifications/previews.html", context)


@for_staff
@require_safe
def type_preview(request: HttpRequest, slug: str) -> HttpResponse:
    outgoing = _outgoing(request, slug)
    subject, text, _ = render_mail(outgoing, unsubscribe="")
    context = {"kind": types.get(slug), "outgoing": outgoing, "subject": subject, "text": text}
    return render(request, "django_inapp_notifications/preview.html", context)


@for_staff
@require_safe
@xframe_options_sameorigin
def mail_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """The HTML of a mail, sandboxed so that none of its scripts run on this site."""
    html = render_mail(_outgoing(request, slug), unsubscribe="")[2]
    policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src https: data:"
    return HttpResponse(html, headers={"Content-Security-Policy": policy})


def _outgoing(request: HttpRequest, slug: str) -> Outgoing:
    try:
        kind: NotificationType = types.get(slug)
    except UnknownType as error:
        raise Http404 from error
    message = Message(type=slug, title=str(kind), text=str(kind.description))
    message.params = copy_params(kind.sample)
    link = request.build_absolute_uri("/")
    title, text = title_of(message), text_of(message)
    return Outgoing(request.user, title, text, link, "preview", [message])
