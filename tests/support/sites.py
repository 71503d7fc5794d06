"""Sites that are configured in different ways, and what must hold for a page on each of them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.test.signals import template_rendered
from django.urls import set_script_prefix
from django.utils import translation

from .pairwise import pairwise

#: What a site may set, and what our templates must be right with.
CHOICES: dict[str, list[Any]] = {
    "USE_THOUSAND_SEPARATOR": [False, True],
    "LANGUAGE_CODE": ["en", "de"],
    "USE_TZ": [True, False],
    "FORCE_SCRIPT_NAME": [None, "/shop"],
    "CSRF_HEADER_NAME": ["HTTP_X_CSRFTOKEN", "HTTP_X_OWN_TOKEN"],
    "CSRF_COOKIE_HTTPONLY": [False, True],
    "CSRF_USE_SESSIONS": [False, True],
}
SITES = pairwise(CHOICES)

ATTRIBUTE = re.compile(r"([a-z-]+)=\"([^\"]*)\"")
#: Attributes with an address, and those of our scripts.
ADDRESS = re.compile(r"(?:href|action|formaction|src|data-[a-z-]*)=\"(/[^/\"][^\"]*)\"")
#: Attributes that people hear or read; a number in them may be separated.
WORDS = {"aria-label", "d", "title", "content", "style", "placeholder"}
SEPARATED = re.compile(r"\d[.,\u00a0\u202f]\d{3}(?!\d)")


@contextmanager
def configured(settings: Any, site: dict[str, Any]) -> Iterator[str]:
    """Configure this site for a while, and yield the prefix of its addresses."""
    for name, value in site.items():
        setattr(settings, name, value)
    prefix = site["FORCE_SCRIPT_NAME"] or ""
    set_script_prefix(f"{prefix}/")
    try:
        with translation.override(site["LANGUAGE_CODE"]):
            yield prefix
    finally:
        set_script_prefix("/")


@contextmanager
def rendered_templates() -> Iterator[set[str]]:
    """The names of all templates that are rendered meanwhile."""
    names: set[str] = set()

    def note(sender: Any, template: Any, **named: Any) -> None:
        names.add(template.name)

    template_rendered.connect(note)
    try:
        yield names
    finally:
        template_rendered.disconnect(note)


def shipped_templates(app: str) -> set[str]:
    """The names of the templates in an app's folder."""
    folder = Path(apps.get_app_config(app).path) / "templates"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}


def separated_numbers(html: str) -> list[tuple[str, str]]:
    """Attributes for machines in which a number is separated as for people."""
    return [
        (name, value)
        for name, value in ATTRIBUTE.findall(html)
        if name not in WORDS and SEPARATED.search(value)
    ]


def addresses_without(prefix: str, html: str) -> list[str]:
    """Addresses of this site that lack its prefix. Static files are mounted on their own."""
    found = ADDRESS.findall(html)
    return [each for each in found if not f"{each}/".startswith((f"{prefix}/", "/static/"))]
