"""The description of this API, generated when the package is built and served as it is."""

from __future__ import annotations

import json
from importlib.resources import files

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def schema(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Return the OpenAPI 3.1 document, with the path under which this site has the API."""
    document = json.loads((files(__package__) / "openapi.json").read_text())
    root = reverse("django_stripe_payments_api:list").rstrip("/")
    document["servers"] = [{"url": root}]
    text = json.dumps(document)
    return HttpResponse(text, content_type="application/openapi+json;version=3.1")
