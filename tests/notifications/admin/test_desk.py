"""The admin as a support desk: find a person's notification, see why it left and what it said."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.models import ChannelState, Delivery, Digest, Status
from django_inapp_notifications.services import notify

ADMIN = "/admin/django_inapp_notifications/"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
OPTIONS = {"runOnly": {"type": "tag", "values": RULES}}
#: The navigation on the left is Django's own.
WITHOUT_NAVIGATION = "document.querySelector('#nav-sidebar')?.remove()"


@pytest.fixture
def staff(make_user):
    return make_user("root", is_staff=True, is_superuser=True)


@pytest.fixture
def desk(staff):
    client = Client()
    client.force_login(staff)
    return client


@pytest.fixture
def letters(make_user):
    """Ada's and Bea's mail, sent."""
    ada = make_user("ada", first_name="Augusta", last_name="King")
    bea = make_user("bea")
    notify(ada, "mail", title="Entry confirmed", message="Your place is safe.", dedupe_key="cup-7")
    notify(bea, "mail", title="Entry refunded", group_key="cup-8")
    Delivery.objects.update(not_before=timezone.now())
    deliver_due()
    return Delivery.objects.in_bulk(field_name="pk")


def rows(page):
    """The text of each row of a list."""
    body = page.split('id="result_list"')[1].split("</table>")[0] if "result_list" in page else ""
    return [re.sub(r"<[^>]+>|\s+", " ", each) for each in body.split("<tr>")[2:]]


@pytest.mark.parametrize("model", ["delivery", "notification"])
@pytest.mark.parametrize(
    "words", ["ada", "ada@example.com", "Augusta", "king", "Entry confirmed", "cup-7"]
)
def test_what_a_person_received_is_found(desk, letters, model, words):
    found = rows(desk.get(f"{ADMIN}{model}/", {"q": words}).text)
    assert len(found) == 1
    assert "Entry confirmed" in found[0]


@pytest.mark.parametrize("model", ["delivery", "notification"])
@pytest.mark.parametrize(("words", "count"), [("mail", 2), ("cup-8", 1), ("nothing", 0)])
def test_types_and_keys_are_searched(desk, letters, model, words, count):
    assert len(rows(desk.get(f"{ADMIN}{model}/", {"q": words}).text)) == count


@pytest.mark.parametrize(
    "model", ["notificationsettings", "notificationpreference", "preferencechange", "digest"]
)
def test_the_other_lists_are_searched_by_person(desk, letters, model):
    assert desk.get(f"{ADMIN}{model}/", {"q": "ada@example.com"}).status_code == 200


@pytest.mark.parametrize("model", ["delivery", "notification", "message"])
def test_the_newest_comes_first(desk, letters, model):
    found = rows(desk.get(f"{ADMIN}{model}/").text)
    assert "refunded" in found[0]
    assert "confirmed" in found[1]


def test_each_reason_of_the_filter_has_words(desk, letters):
    Delivery.objects.filter(recipient__username="bea").update(reason="quiet_hours")
    page = desk.get(f"{ADMIN}delivery/").text
    sidebar = page.split('id="changelist-filter"')[1]
    links = re.findall(r"<a href=\"([^\"]*)\"[^>]*>\s*(.*?)\s*</a>", sidebar, re.DOTALL)
    assert all(text for _, text in links)
    named = {text: url for url, text in links}
    assert len(rows(desk.get(f"{ADMIN}delivery/{named['No reason']}").text)) == 1
    waiting = named["Waits for the end of quiet hours"].replace("&amp;", "&")
    assert len(rows(desk.get(f"{ADMIN}delivery/{waiting}").text)) == 1


class TestADelivery:
    @pytest.fixture
    def delivery(self, letters):
        return Delivery.objects.get(recipient__username="ada")

    def test_its_page_says_what_was_sent_and_why(self, desk, delivery):
        page = desk.get(f"{ADMIN}delivery/{delivery.pk}/change/").text
        assert "Your place is safe." in page
        assert f"{ADMIN}notification/{delivery.notification_id}/change/" in page
        assert "email: Sent" in page
        assert not re.search(r"\d\d:\d\d:\d\d\.\d+", page)

    def test_its_notification_leads_to_it(self, desk, delivery):
        page = desk.get(f"{ADMIN}notification/{delivery.notification_id}/change/").text
        assert f"{ADMIN}delivery/{delivery.pk}/change/" in page
        assert "View on site" not in page

    def test_its_mail_is_shown_in_a_sandbox_without_the_unsubscribe_link(self, desk, delivery):
        response = desk.get(f"{ADMIN}delivery/{delivery.pk}/mail/")
        assert "Your place is safe." in response.text
        assert response["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert "unsubscribe" not in response.text

    def test_looking_changes_nothing(self, desk, delivery):
        before = Delivery.objects.values().get(pk=delivery.pk)
        desk.get(f"{ADMIN}delivery/{delivery.pk}/change/")
        desk.get(f"{ADMIN}delivery/{delivery.pk}/mail/")
        assert Delivery.objects.values().get(pk=delivery.pk) == before

    def test_its_mail_needs_the_permission(self, delivery, make_user):
        client = Client()
        client.force_login(make_user("intern", is_staff=True))
        assert client.get(f"{ADMIN}delivery/{delivery.pk}/mail/").status_code == 403

    def test_one_that_cannot_be_rendered_says_so(self, desk, delivery, settings, tmp_path):
        folder = tmp_path / "notifications" / "mail"
        folder.mkdir(parents=True)
        (folder / "email.txt").write_text("{% no_such_tag %}")
        settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
        settings.DEBUG = True  # or the template that was found before is remembered
        page = desk.get(f"{ADMIN}delivery/{delivery.pk}/change/")
        assert page.status_code == 200
        assert "be rendered any more" in page.text


class TestWhatWaits:
    @pytest.fixture
    def trouble(self, letters, user):
        Delivery.objects.update(status=Status.FAILED)
        Digest.objects.create(
            recipient=user, channel="email", frequency="daily", period="x", status=Status.FAILED
        )
        ChannelState.objects.create(
            channel="email", failures=5, open_until=timezone.now() + timedelta(hours=1)
        )

    @pytest.mark.parametrize("where", ["", "delivery/", "digest/", "channelstate/"])
    def test_it_stands_at_the_head(self, desk, trouble, where):
        page = desk.get(f"{ADMIN}{where}").text
        assert "2 deliveries failed." in page
        assert "1 digest failed." in page
        assert "The channel “E-mail” is paused after failures." in page
        target = f"{ADMIN}delivery/?status__exact=failed"
        assert target in page
        assert len(rows(desk.get(target).text)) == 2

    def test_nothing_is_said_where_nothing_waits(self, desk, letters):
        assert "errornote" not in desk.get(ADMIN).text

    def test_it_is_for_those_who_may_view_it(self, trouble, make_user):
        from django.contrib.auth.models import Permission

        intern = make_user("intern", is_staff=True)
        intern.user_permissions.add(Permission.objects.get(codename="view_digest"))
        client = Client()
        client.force_login(intern)
        page = client.get(ADMIN).text
        assert "1 digest failed." in page
        assert "deliveries failed" not in page


def test_the_start_page_groups_the_models(desk):
    page = desk.get(ADMIN).text
    groups = re.findall(r"<h2>(.*?)</h2>", page)
    assert groups == ["Notifications", "Delivery", "Preferences", "Statistics"]
    links = re.findall(r'<li><a href="[^"]+/(\w+)/">', page)
    assert len(links) == len(set(links)) == 12


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_pages_are_accessible(browser, live_server, staff, letters):
    # The matrix, which runs no browser, does not install it.
    from axe_playwright_python.sync_playwright import Axe

    Delivery.objects.filter(recipient__username="bea").update(status=Status.FAILED)
    client = Client()
    client.force_login(staff)
    context = browser.new_context(base_url=live_server.url, reduced_motion="reduce")
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page, found = context.new_page(), {}
    delivery = Delivery.objects.first()
    paths = ["", "delivery/", f"delivery/{delivery.pk}/change/", "delivery/numbers/", "message/"]
    paths += ["notification/", f"notification/{delivery.notification_id}/change/", "channelstate/"]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for path in paths:  # loaded anew, because Django fades colors from one to the other
            page.goto(f"{ADMIN}{path}")
            page.evaluate(WITHOUT_NAVIGATION)
            violations = Axe().run(page, options=OPTIONS).response["violations"]
            found[path, scheme] = [(each["id"], each["nodes"][0]["html"]) for each in violations]
    context.close()
    assert {where: each for where, each in found.items() if each} == {}
