"""Buttons on the page of one object: an action of the list, for that object alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Model]
else:
    Base = admin.ModelAdmin


@dataclass(frozen=True, slots=True)
class Button:
    """An action with the confirmation of its own: its name in ``actions``, and its label.

    ``applies`` tells whether an object's page offers it.
    """

    action: str
    label: Any
    applies: Callable[[Any], bool] = bool


class ButtonsAdmin(Base):
    """Offer ``buttons`` on an object's page to users with the permission of their action."""

    buttons: ClassVar[Sequence[Button]] = ()

    def get_urls(self) -> list[URLPattern]:
        page = path(
            "<path:object_id>/do/<slug:action>/",
            self.admin_site.admin_view(self.button_view),
            name=f"{self.opts.app_label}_{self.opts.model_name}_do",
        )
        return [page, *super().get_urls()]

    def button_view(self, request: HttpRequest, object_id: str, action: str) -> HttpResponse:
        """Ask, and after the confirmation do it and return to the object's page."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if action not in {button.action for button in self.allowed_buttons(request)}:
            raise PermissionDenied
        response = self._run(request, row, action)
        return response or HttpResponseRedirect(page_of(row, self.admin_site.name))

    def allowed_buttons(self, request: HttpRequest) -> list[Button]:
        """Return the buttons whose action the user may run."""
        allowed = self.get_actions(request)
        return [button for button in self.buttons if button.action in allowed]

    def button_url(self, row: Any, action: str) -> str:
        """Return the address of the confirmation of an action for one object."""
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_do"
        return reverse(name, args=[quote(row.pk), action])

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None:
            context["buttons"] = [
                (button.label, self.button_url(row, button.action))
                for button in self.allowed_buttons(request)
                if button.applies(row)
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    def _run(self, request: HttpRequest, row: Any, name: str) -> HttpResponse | None:
        rows = self.get_queryset(request).filter(pk=row.pk)
        functions = (each for each in self.actions or () if callable(each))
        named: dict[str, Any] = {getattr(each, "__name__", ""): each for each in functions}
        response: HttpResponse | None
        if name in named:
            response = named[name](self, request, rows)
        else:
            response = getattr(self, name)(request, rows)
        return response


def page_of(row: Model, site: str = "admin") -> str:
    """Return the address of the object's own admin page."""
    name = f"{site}:{row._meta.app_label}_{row._meta.model_name}_change"
    return reverse(name, args=[quote(row.pk)])
