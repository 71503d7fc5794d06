"""The templates of the documentation parse, and the settings that it names are there."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import engines
from django.template.loader import get_template
from django.urls import get_resolver, reverse

from tests.docs.pages import PAGES, ROOT, Block, all_blocks, name_of

MARKUP = all_blocks("html", "html+django", "django")
SETTING = re.compile(r"\b(?:STRIPE|NOTIFICATION)_[A-Z][A-Z_]+[A-Z]\b")
# Settings of the packages that one moves from.
OTHERS = {"STRIPE_LIVE_MODE", "STRIPE_LIVE_SECRET_KEY", "STRIPE_TEST_SECRET_KEY"}


@pytest.mark.parametrize("block", MARKUP, ids=str)
def test_a_template_parses(block: Block) -> None:
    engines["django"].from_string(block.text)


@pytest.mark.parametrize("block", MARKUP, ids=str)
def test_a_template_names_what_is_there(block: Block) -> None:
    for path in re.findall(r"{% static '([^']+)'", block.text):
        assert finders.find(path), path
    for name in re.findall(r"{% include \"([^\"]+)\"", block.text):
        get_template(name)
    for name in re.findall(r"{% url ['\"]([^'\"]+)['\"] *%}", block.text):
        reverse(name)
    for name in re.findall(r"{% url ['\"]([^'\"]+)['\"]", block.text):
        namespace, _, view = name.rpartition(":")
        resolver = get_resolver()
        if namespace:
            resolver = resolver.namespace_dict[namespace][1]
        assert view in resolver.reverse_dict, name


@pytest.mark.parametrize("source", PAGES, ids=name_of)
def test_a_setting_that_is_named_exists(source: Path) -> None:
    named = set(SETTING.findall(source.read_text())) - OTHERS
    assert sorted(name for name in named if not hasattr(settings, name)) == []


def test_the_reference_is_made_from_every_module_that_it_is_about() -> None:
    """It is printed from the sources by directives, and cannot be stale."""
    reference = "".join(page.read_text() for page in PAGES if page.parent.name == "reference")
    for app in ("django_stripe_payments", "django_inapp_notifications"):
        assert f"{{settings}} src/{app}/{app}/conf.py" in reference
        package = ROOT / "src" / app / app
        signals = next(iter(package.glob("signals.py")), package / "signals" / "__init__.py")
        assert f"{{signals}} {signals.relative_to(ROOT).as_posix()}" in reference
        assert f"{{commands}} src/{app}/{app}/management/commands" in reference
        modules = sorted((package / "checks").glob("[!_]*.py"))
        assert modules
        for checks in modules:
            assert f"{{checks}} {checks.relative_to(ROOT).as_posix()}" in reference
