"""Names that change the direction of text stay among themselves."""

import pytest
from django.core import mail

from django_inapp_notifications.channels.base import Outgoing
from django_inapp_notifications.channels.push import payload
from django_inapp_notifications.content.bidi import balance, isolate
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.models import NotificationGroup
from django_inapp_notifications.services import notify
from django_inapp_notifications.types import NotificationType, register

RLO, LRE, PDF = "\u202e", "\u202a", "\u202c"
RLI, FSI, PDI = "\u2067", "\u2068", "\u2069"
EVIL = f"ana{RLO}gnp.exe"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("\u05d0\u05d1\u200f!", "\u05d0\u05d1\u200f!"),  # Hebrew, with a mark
        (f"a{RLO}b", "ab"),
        (f"a{RLO}b{PDF}c", f"a{RLO}b{PDF}c"),
        (f"a{PDF}b{PDI}c", "abc"),
        (f"{RLI}a{LRE}b{PDI}c", f"{RLI}ab{PDI}c"),
        (f"{RLI}a{LRE}b{PDF}{PDI}c", f"{RLI}a{LRE}b{PDF}{PDI}c"),
        (f"{LRE}a{RLI}b{PDF}c", "abc"),
        (f"{RLO}a\n{PDF}b", "a\nb"),
    ],
)
def test_what_is_opened_is_closed_on_its_own_line(text, expected):
    assert balance(text) == expected


def test_a_part_of_a_sentence_is_isolated_only_if_it_must_be():
    assert isolate("Ana") == "Ana"
    assert isolate(f"{RLO}x{PDF}") == f"{FSI}{RLO}x{PDF}{PDI}"
    assert isolate(f"x{PDI}{RLO}") == "x"


def test_the_rest_of_a_senders_sentence_is_not_reversed(user):
    message = notify(user, "tournament", title=f"{EVIL} won", message=f"{EVIL}\nsecond").message
    assert message.title == "anagnp.exe won"
    assert message.text == "anagnp.exe\nsecond"


def test_a_title_that_is_cut_is_still_closed(user):
    title = "x" * 250 + RLO + "y" * 50 + PDF
    assert RLO not in notify(user, "tournament", title=title).message.title


def test_templates_get_actor_target_and_params_isolated(user):
    register(NotificationType("cup"))
    closed = f"{RLO}live{PDF}"
    params = {"name": closed, "day": "Saturday"}
    message = notify(user, "cup", params=params, actor=closed).message
    assert message.title == f"{FSI}{closed}{PDI} Yes"
    assert message.text == f"Begins <on> Saturday with {FSI}{closed}{PDI}"


def test_names_of_a_group_are_isolated():
    group = NotificationGroup(actors=[f"{RLO}a{PDF}", EVIL], count=2)
    assert group.names == f"{FSI}{RLO}a{PDF}{PDI} and anagnp.exe"
    group.count = 3
    assert group.names == f"{FSI}{RLO}a{PDF}{PDI} and 2 others"


def test_what_a_screen_reader_says_of_a_row_is_isolated(own_client, send):
    title = f"{RLO}a{PDF}"
    send(title)
    assert f"Delete “{FSI}{title}{PDI}”" in own_client.get("/notifications/").text


def test_subjects_and_pushes_that_are_cut_are_closed(user):
    title = "x" * 115 + RLO + "y" * 60 + PDF
    notify(user, "mail", title=title)
    deliver_due()
    assert RLO not in mail.outbox[0].subject
    pushed = payload(Outgoing(user, title, "t" * 390 + RLO + "y" * 90 + PDF, "", "key", []))
    assert RLO not in pushed["title"]
    assert RLO not in pushed["text"]
