"""What the addresses answer, and to whom."""

import pytest
from django.template.loader import render_to_string
from django.test import Client

from django_inapp_notifications import inbox
from django_inapp_notifications.models import Folder, Message, Notification

DETAIL = "/notifications/{id}/"
OWN_ROW = [
    "{id}/",
    "{id}/read/",
    "{id}/unread/",
    "{id}/archive/",
    "{id}/snooze/",
    "{id}/unsnooze/",
    "{id}/delete/",
    "{id}/restore/",
]
POSTS = [*OWN_ROW[1:], "mark-all-read/", "bulk/"]
JSON = ["recent/", "unread-count/"]
PAGES = ["", "{id}/"]


def address(path, notification):
    return "/notifications/" + path.format(id=notification.pk)


def reload(notification):
    return Notification.objects.get(pk=notification.pk)


@pytest.mark.parametrize("path", PAGES + POSTS)
def test_an_anonymous_visitor_is_sent_to_the_login(send, path):
    where = address(path, send())
    response = Client().post(where) if path in POSTS else Client().get(where)
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/?next=")


@pytest.mark.parametrize("path", JSON)
def test_a_script_that_is_logged_out_is_told_so(db, path):
    response = Client().get(f"/notifications/{path}")
    assert response.status_code == 401
    assert "error" in response.json()


@pytest.mark.parametrize("path", OWN_ROW)
@pytest.mark.parametrize("staff", [False, True])
def test_another_users_notification_is_not_found(send, make_user, path, staff):
    """Staff look at it in the admin; the inbox is nobody else's."""
    notification = send()
    other = Client()
    other.force_login(make_user("eve", is_staff=staff, is_superuser=staff))
    where = address(path, notification)
    response = other.post(where) if path in POSTS else other.get(where)
    assert response.status_code == 404
    assert not reload(notification).is_read


def test_posts_need_a_csrf_token(user, send):
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post(address("{id}/read/", send())).status_code == 403


def test_answers_are_for_nobody_elses_cache(own_client):
    for path in ["", *JSON]:
        assert "private" in own_client.get(f"/notifications/{path}")["Cache-Control"]


class TestDetail:
    def test_looking_marks_it_read_and_leads_on(self, own_client, send):
        notification = send(action_url="/tournaments/5/")
        response = own_client.get(address(DETAIL[15:], notification))
        assert response["Location"] == "/tournaments/5/"
        assert reload(notification).is_read
        assert reload(notification).clicked_at

    def test_without_an_action_url_it_is_a_page(self, own_client, send):
        response = own_client.get(send("Hi", message="There").get_absolute_url())
        assert response.status_code == 200
        assert "There" in response.text

    def test_a_link_that_is_not_safe_any_more_is_not_followed(self, own_client, send):
        notification = send()
        for url in ["https://evil.example/", "javascript:alert(1)", "//evil.example"]:
            notification.message.action_url = url
            notification.message.save()
            response = own_client.get(notification.get_absolute_url())
            assert response.status_code == 200
            assert "evil" not in response.text
            assert "javascript:" not in response.text

    def test_next_is_followed_only_on_this_site(self, own_client, send):
        url = send().get_absolute_url()
        assert own_client.get(url, {"next": "/after/"})["Location"] == "/after/"
        assert own_client.get(url, {"next": "https://evil.example/"}).status_code == 200

    def test_a_browser_that_prefetches_has_not_read(self, own_client, send):
        notification = send()
        own_client.get(notification.get_absolute_url(), headers={"Sec-Purpose": "prefetch"})
        assert not reload(notification).is_read

    def test_a_deleted_one_is_not_found(self, user, own_client, send):
        notification = send()
        inbox.delete(user, [notification.pk])
        assert own_client.get(notification.get_absolute_url()).status_code == 404


class TestList:
    @pytest.mark.parametrize(
        "query",
        [
            "?before=x",
            "?before=-1",
            f"?before={'9' * 40}",
            "?type=%00",
            "?q=%00",
            "?status=x&priority=x",
            "?undo=x",
        ],
    )
    def test_nonsense_in_the_address_is_ignored(self, own_client, send, query):
        send("Hello")
        response = own_client.get(f"/notifications/{query}")
        assert response.status_code == 200
        assert "Hello" in response.text

    def test_filters_are_taken_from_the_address(self, own_client, send):
        send("Cup")
        send("Lesson", notification_type="coaching")
        text = own_client.get("/notifications/?type=coaching&status=unread").text
        assert "Lesson" in text
        assert "Cup" not in text

    def test_markup_in_any_text_is_inert(self, own_client, send):
        attack = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
        notification = send(attack, message=attack)
        for url in [
            "/notifications/",
            notification.get_absolute_url(),
            f"/notifications/?q={attack}",
        ]:
            text = own_client.get(url).text
            assert "<script>alert" not in text
            assert "<img" not in text

    def test_pages_carry_nothing_inline(self, own_client, send):
        notification = send()
        for url in ["/notifications/", notification.get_absolute_url()]:
            text = own_client.get(url).text
            assert " style=" not in text
            assert "<style" not in text
            assert " on" not in text.split("<body")[1].replace(" on this", "")
            assert text.count("<script") == text.count("<script src=")

    @pytest.mark.parametrize(
        "query", ["", "?before={}", "?type=tournament", "?status=unread", "?status=read"]
    )
    def test_a_page_costs_three_queries_at_most(
        self, own_client, send, query, django_assert_max_num_queries
    ):
        send()
        own_client.get("/notifications/")  # the first visit makes a row for what she has seen
        for _ in range(40):
            last = send()
        with django_assert_max_num_queries(2 + 3):  # two of the session and the user
            assert own_client.get("/notifications/" + query.format(last.pk)).status_code == 200


class TestActions:
    @pytest.mark.parametrize(
        ("path", "folder", "is_read"),
        [
            ("{id}/read/", Folder.INBOX, True),
            ("{id}/unread/", Folder.INBOX, False),
            ("{id}/archive/", Folder.ARCHIVE, False),
            ("{id}/delete/", Folder.DELETED, False),
        ],
    )
    def test_each_does_what_it_says(self, own_client, send, path, folder, is_read):
        notification = send()
        own_client.post(address(path, notification))
        assert (reload(notification).folder, reload(notification).is_read) == (folder, is_read)

    def test_a_form_goes_back_to_where_it_was(self, own_client, send):
        where = address("{id}/read/", send())
        assert (
            own_client.post(where, {"next": "/notifications/?type=x"})["Location"]
            == "/notifications/?type=x"
        )
        assert own_client.post(where, {"next": "//evil.example"})["Location"] == "/notifications/"

    def test_a_script_gets_the_new_count(self, own_client, send):
        send()
        response = own_client.post(
            address("{id}/read/", send()), headers={"Accept": "application/json"}
        )
        assert response.json() == {
            "ok": True,
            "message": "1 notification marked as read.",
            "unread_count": 1,
            "unread_display": "1",
            "unread_label": "Notifications, 1 unread",
            "quiet": False,
        }

    def test_deleting_offers_to_undo(self, own_client, send):
        notification = send()
        page = own_client.post(address("{id}/delete/", notification), follow=True).text
        assert address("{id}/restore/", notification) in page
        own_client.post(address("{id}/restore/", notification))
        assert reload(notification).folder == Folder.INBOX

    def test_marking_all_read_takes_what_was_shown(self, user, own_client, send):
        seen, later = send(), send()
        own_client.post("/notifications/mark-all-read/", {"up_to": seen.pk})
        assert reload(seen).is_read
        assert not reload(later).is_read

    @pytest.mark.parametrize("up_to", ["x", "-1", "9" * 30, "1.5"])
    def test_marking_all_read_refuses_nonsense(self, own_client, up_to):
        assert own_client.post("/notifications/mark-all-read/", {"up_to": up_to}).status_code == 400

    def test_bulk_touches_own_rows_only(self, own_client, send, other_user):
        own, other = send(), send(user=other_user)
        own_client.post("/notifications/bulk/", {"action": "read", "ids": [own.pk, other.pk, "x"]})
        assert reload(own).is_read
        assert not reload(other).is_read

    def test_bulk_refuses_an_unknown_action(self, own_client):
        assert own_client.post("/notifications/bulk/", {"action": "explode"}).status_code == 400


class TestFeeds:
    @pytest.mark.parametrize("path", JSON)
    def test_nothing_new_is_a_304(self, own_client, send, path):
        send()
        first = own_client.get(f"/notifications/{path}")
        again = own_client.get(f"/notifications/{path}", headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        send()
        changed = own_client.get(f"/notifications/{path}", headers={"If-None-Match": first["ETag"]})
        assert changed.status_code == 200

    def test_recent_shows_the_newest_first_and_not_all(self, own_client, send, settings):
        settings.NOTIFICATION_RECENT_COUNT = 2
        for title in "abc":
            send(title)
        data = own_client.get("/notifications/recent/").json()
        assert [each["title"] for each in data["notifications"]] == ["c", "b"]
        assert data["unread_count"] == 3

    def test_json_carries_text_and_only_checked_links(self, own_client, send):
        notification = send("<b>x</b>")
        notification.message.action_url = "javascript:alert(1)"
        notification.message.save()
        (data,) = own_client.get("/notifications/recent/").json()["notifications"]
        assert data["title"] == "<b>x</b>"
        assert data["action_url"] == ""
        assert data["url"] == notification.get_absolute_url()

    def test_the_dropdown_costs_three_queries_at_most(
        self, own_client, send, django_assert_max_num_queries
    ):
        send()
        own_client.get("/notifications/recent/")
        for _ in range(12):
            send()
        with django_assert_max_num_queries(2 + 3):
            own_client.get("/notifications/recent/")


@pytest.mark.parametrize("digits", [19, 30, 5000])
def test_a_number_that_no_database_holds_is_no_notification(own_client, digits):
    number = "9" * digits
    assert own_client.get(f"/notifications/{number}/").status_code == 404
    assert own_client.post(f"/notifications/{number}/read/").status_code == 404
    for query in ("before", "after", "undo"):
        assert own_client.get(f"/notifications/?{query}={number}").status_code == 200
    answer = own_client.post("/notifications/bulk/", {"action": "read", "ids": [number]})
    assert answer.status_code == 302


def test_the_way_to_the_preferences_stands_below_the_heading(own_client):
    page = own_client.get("/notifications/").text
    assert page.index("<h1>") < page.index("/notifications/preferences/")


def test_numbers_for_machines_stay_bare_where_thousands_are_separated(user, own_client, settings):
    settings.USE_THOUSAND_SEPARATOR = True
    settings.NOTIFICATION_PAGE_SIZE = 1
    message = Message.objects.create(type="tournament", title="x")
    for pk in (4001, 4002, 4003):
        Notification.objects.create(pk=pk, recipient=user, message=message, type="tournament")
    page = own_client.get("/notifications/").content.decode()
    assert 'name="ids" value="4003"' in page
    assert 'name="up_to" value="0-4001-1-1"' in page
    assert "before=4003" in page
    assert "after=4002" in own_client.get("/notifications/?before=4003").content.decode()
    numbers = {"show": True, "count": 1000, "poll_seconds": 3600}
    bell = render_to_string("django_inapp_notifications/bell.html", numbers)
    assert 'data-count="1000"' in bell
    assert 'data-poll-seconds="3600"' in bell


def test_a_line_of_the_list_is_escaped_once(send, own_client):
    send(title='"Rock & <Roll>"', message="You & me")
    shown = own_client.get("/notifications/").text
    title = "&quot;Rock &amp; &lt;Roll&gt;&quot;"
    assert f">{title}</a>" in shown
    assert f'aria-label="Delete “{title}”"' in shown
    assert ">You &amp; me</p>" in shown
    assert "&amp;amp;" not in shown


def test_a_long_text_is_cut_in_the_list_and_whole_on_its_page(send, own_client):
    long = send(message="word " * 100)
    assert "word " * 60 not in own_client.get("/notifications/").content.decode()
    detail = own_client.get(f"/notifications/{long.pk}/?stay").content.decode()
    assert "word " * 99 in detail
