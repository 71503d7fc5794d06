"""The pages of the letterbox. They are there in the demo only, whose mail anybody may read."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin

from .letters import Letter, newest, read

#: A mail brings its own styles, and nothing else: no script, no picture from elsewhere. Its links
#: open in a page of their own.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)


@login_not_required
@never_cache
def letter_list(request: HttpRequest) -> HttpResponse:
    return render(request, "letterbox/letter_list.html", {"letters": newest()})


@login_not_required
@never_cache
def letter_detail(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "letterbox/letter_detail.html", {"letter": _letter(name)})


@login_not_required
@never_cache
@xframe_options_sameorigin
def letter_html(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001
    """Return the HTML part, for the frame of the page."""
    html = _letter(name).html.replace("<head>", '<head><base target="_blank">', 1)
    return HttpResponse(html, headers={"Content-Security-Policy": POLICY})


def _letter(name: str) -> Letter:
    letter = read(name)
    if letter is None:
        raise Http404
    return letter
