"""Write the OpenAPI document of each app's REST API into its package.

    python -m release.openapi            write them (./dev openapi)
    python -m release.openapi --check    fail if a committed one is not what would be written

The documents are generated here and not on a site: what a site has set for drf-spectacular would
change them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

#: The package of an API → its title.
APIS = {
    "django_stripe_payments.api": "Payments",
    "django_inapp_notifications.api": "Notifications",
}

SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "",
    "DISABLE_ERRORS_AND_WARNINGS": False,
    "ENUM_NAME_OVERRIDES": {},
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    # Texts without allow_blank have a minLength.
    "ENFORCE_NON_BLANK_FIELDS": True,
    "SECURITY": [{"session": []}, {"token": []}],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
            "token": {"type": "http", "scheme": "bearer"},
        }
    },
    "AUTHENTICATION_WHITELIST": [],
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    is_check = parser.parse_args(arguments).check
    set_up()
    stale = []
    for package, title in APIS.items():
        path, text = path_of(package), generate(package, title)
        if is_check and (not path.exists() or path.read_text() != text):
            stale.append(str(path.relative_to(ROOT)))
        elif not is_check:
            path.write_text(text)
            print(f"openapi: {path.relative_to(ROOT)}")
    for name in stale:
        print(f"openapi: {name} is not what the code says. Run ./dev openapi.", file=sys.stderr)
    return 1 if stale else 0


def set_up() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.types.settings")
    django.setup()


def path_of(package: str) -> Path:
    """Return the file of a package's document."""
    app = package.partition(".")[0]
    return ROOT / "src" / app / package.replace(".", "/") / "openapi.json"


def generate(package: str, title: str) -> str:
    """Return the document as text, the same on every Python and Django."""
    from importlib import import_module

    from django.utils.translation import override
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.settings import patched_settings

    urls = import_module(f"{package}.urls")
    with override("en"), patched_settings({**SETTINGS, "TITLE": title}):
        document = SchemaGenerator(patterns=urls.urlpatterns).get_schema(public=True)
    return json.dumps(complete(document), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """Add what only the view that serves the document knows: where the API is."""
    # The view replaces it by the path under which the site has mounted the API.
    document["servers"] = [{"url": "/"}]
    return json.loads(json.dumps(document, default=str))


if __name__ == "__main__":
    sys.exit(main())
