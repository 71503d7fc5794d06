"""Every page of the site: it answers, it holds nothing inline, and it keeps to the policy."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.views.defaults import server_error

from accounts.models import User
from config.csp import ContentSecurityPolicyMiddleware, content_security_policy
from tournaments import art
from tournaments.models import Game, Tournament

PUBLIC = ["/", "/tournaments/", "/tournaments/?game=mosskeep", "/tournaments/?game=nonsense"]
PUBLIC += ["/coaching/", "/venues/", "/help/", "/accounts/login/", "/accounts/signup/"]
PRIVATE = ["/accounts/profile/", "/notifications/", "/payments/cancel/", "/venues/bookings/"]


class InlineFinder(HTMLParser):
    """Collects what a strict policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        self.found += [f"{tag} {name}" for name in names if name.startswith("on")]
        self.found += [f"{tag} style"] * ("style" in names or tag == "style")
        runs = tag == "script" and names.get("type") != "application/json"
        self.found += ["inline script"] * (runs and "src" not in names)


def inline_in(response: Any) -> list[str]:
    finder = InlineFinder()
    finder.feed(response.content.decode())
    return finder.found


@pytest.fixture
def seeded(db: None) -> None:
    call_command("seed", quiet=True)


@pytest.fixture
def member(seeded: None) -> Client:
    client = Client()
    client.force_login(User.objects.get(username="player"))
    return client


@pytest.mark.parametrize("url", PUBLIC)
def test_a_visitor_can_see(seeded: None, url: str) -> None:
    response = Client().get(url)
    assert response.status_code == 200
    assert inline_in(response) == []


@pytest.mark.parametrize("url", [*PUBLIC[:7], *PRIVATE])
def test_a_member_can_see(member: Client, url: str) -> None:
    response = member.get(url)
    assert response.status_code == 200
    assert inline_in(response) == []


def test_every_tournament_has_a_page_and_a_picture(member: Client) -> None:
    for tournament in Tournament.objects.all():
        page = member.get(tournament.get_absolute_url())
        assert inline_in(page) == []
        picture = re.search(r"/tournaments/art/[\w.-]+", page.content.decode())
        assert picture
        assert member.get(picture[0])["Content-Type"] == "image/svg+xml"


@pytest.mark.parametrize("game", Game.values)
def test_a_picture_is_the_same_each_time_and_holds_no_style(game: str) -> None:
    assert art.cover(game, 7) == art.cover(game, 7)
    assert art.cover(game, 7) != art.cover(game, 8)
    assert "style=" not in art.cover(game, 7)


@pytest.mark.parametrize("url", PRIVATE)
def test_a_visitor_is_asked_to_log_in_for(seeded: None, url: str) -> None:
    assert Client().get(url).url == f"/accounts/login/?next={url}"


def test_the_list_costs_no_more_queries_for_more_tournaments(
    member: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(5):
        member.get("/tournaments/")


def test_the_list_begins_with_what_starts_soonest(seeded: None) -> None:
    upcoming = Client().get("/tournaments/").context["upcoming"]
    assert upcoming == sorted(upcoming, key=lambda each: each.starts_at)


def test_an_address_that_is_not_there_gets_the_sites_own_page(db: None) -> None:
    response = Client().get("/nowhere/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_a_form_without_a_token_gets_the_sites_own_page(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/accounts/login/", {"username": "a", "password": "b"})
    assert response.status_code == 403
    assert "out of date" in response.content.decode()


def test_the_page_for_an_error_needs_no_database(rf: Any) -> None:
    page = server_error(rf.get("/")).content.decode()
    assert "Something broke on our side" in page


def test_signing_up_logs_in(db: None) -> None:
    client = Client()
    fields = {"username": "newcomer", "password1": "long-and-odd-7", "password2": "long-and-odd-7"}
    response = client.post("/accounts/signup/", fields, follow=True)
    assert response.redirect_chain == [("/tournaments/", 302)]
    assert "Welcome, newcomer" in response.content.decode()


def test_the_profile_decides_in_which_zone_times_are_shown(member: Client) -> None:
    fields = {"display_name": "Nightjar", "email": "", "time_zone": "Asia/Kathmandu"}
    member.post("/accounts/profile/", fields)
    page = member.get(Tournament.objects.get(name="Glyphfall Friday").get_absolute_url())
    assert "23:45" in page.content.decode()


def test_pages_allow_scripts_of_the_site_and_of_stripe_alone(seeded: None, settings: Any) -> None:
    settings.SECURE_CSP = content_security_policy()
    policy = Client().get("/")["Content-Security-Policy"]
    assert "script-src 'self' https://js.stripe.com https://*.js.stripe.com;" in policy
    assert "style-src 'self';" in policy
    assert "unsafe" not in policy


def test_the_policy_for_the_sandbox_names_the_sandbox_and_not_stripe() -> None:
    policy = content_security_policy("http://127.0.0.1:1", "http://127.0.0.1:1/js/stripe.js")
    assert policy["script-src"] == ["'self'", "http://127.0.0.1:1"]
    assert "stripe.com" not in str(policy)


def test_a_cdn_may_serve_what_is_static_and_nothing_else() -> None:
    policy = content_security_policy(static_url="https://cdn.example.com/static/")
    allowed = [name for name, sources in policy.items() if "https://cdn.example.com" in sources]
    assert allowed == ["script-src", "style-src", "img-src"]


def test_django_5_gets_the_policy_from_the_sites_own_middleware(settings: Any, rf: Any) -> None:
    settings.SECURE_CSP = {"script-src": ["'self'", "https://a.example"], "base-uri": ["'self'"]}
    middleware = ContentSecurityPolicyMiddleware(lambda request: HttpResponse())
    policy = middleware(rf.get("/"))["Content-Security-Policy"]
    assert policy == "script-src 'self' https://a.example; base-uri 'self'"


def test_help_for_customers_is_linked_and_leads_to_their_pages(member: Client) -> None:
    assert b'href="/help/"' in member.get("/").content
    page = member.get("/help/").content.decode()
    for topic in ("cards", "refunds", "notifications", "security"):
        assert f'href="#{topic}"' in page
        assert f'id="{topic}"' in page
    for path in ("/payments/methods/", "/payments/history/", "/notifications/preferences/"):
        assert f'href="{path}"' in page
