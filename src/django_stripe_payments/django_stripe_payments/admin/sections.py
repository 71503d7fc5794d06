"""Sections that apps add to the admin page of an object, below its own fields and rows.

An app registers a section in the ``ready()`` of its config::

    from django_stripe_payments.admin import sections

    sections.register(
        sections.Section(
            name="topups",
            model=Customer,
            title=_("Top-ups"),
            headers=[_("Amount"), _("Status")],
            rows=lambda request, customer: [(each.amount, each.status) for each in ...],
            permission="shop.view_topup",
        )
    )

The import is only possible in ``ready()``, or later: see Django's app loading.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ..logs.redaction import redacted_traceback
from ..registry import Registry

logger = logging.getLogger(__name__)

TEMPLATE = "admin/django_stripe_payments/section.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section of the page of one object.

    Attributes:
        name: its unique name, which is also the anchor on the page.
        model: whose page it is on.
        title: its translatable title.
        rows: returns what the template gets as ``rows``: with the default template, one sequence
            of values for each row, links among them as safe strings. A section without rows is
            not shown.
        headers: the translatable titles of the columns.
        permission: which permission it takes to see it, as "app_label.codename".
        template: renders the section, from "section", "rows" and "object".
    """

    name: str
    model: type[Model]
    title: str | Promise
    rows: Callable[[HttpRequest, Any], Iterable[Any]]
    permission: str
    headers: Sequence[str | Promise] = ()
    template: str = TEMPLATE


_registry: Registry[Section] = Registry("section")

register = _registry.register
unregister = _registry.unregister
registered = _registry.registered


def rendered(request: HttpRequest, row: Model) -> list[SafeString]:
    """Return the sections of an object's page that the user may see, as HTML.

    A section that raises is logged, and says so in its place.
    """
    allowed = [
        section
        for section in registered().values()
        if isinstance(row, section.model) and request.user.has_perm(section.permission)
    ]
    return [html for section in allowed if (html := _render(section, request, row))]


def _render(section: Section, request: HttpRequest, row: Model) -> SafeString:
    context: dict[str, Any] = {"section": section, "object": row}
    try:
        context["rows"] = list(section.rows(request, row))
        if not context["rows"]:
            return SafeString()
        return render_to_string(section.template, context, request)
    except Exception as error:
        logger.error("Section %s failed\n%s", section.name, redacted_traceback(error))
        problem = _("This section could not be loaded.")
        return render_to_string(TEMPLATE, {"section": section, "problem": problem}, request)
