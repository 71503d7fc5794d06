"""A database that cannot store an emoji is refused by a sentence."""

from collections.abc import Iterator

import pytest
from django.core.checks import run_checks
from django.db import connection

from django_inapp_notifications.doctor.examine import configuration
from django_inapp_notifications.models import Message

# ALTER TABLE commits.
pytestmark = pytest.mark.django_db(transaction=True)

E024 = "django_inapp_notifications.E024"


def run_sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def reported() -> list[str]:
    return [each.msg for each in run_checks(databases=["default"]) if each.id == E024]


@pytest.fixture
def restored() -> Iterator[None]:
    yield
    run_sql("SET NAMES utf8mb4")
    run_sql(f"ALTER TABLE {Message._meta.db_table} CONVERT TO CHARACTER SET utf8mb4")


@pytest.mark.mariadb
@pytest.mark.usefixtures("restored")
class TestCharacterSets:
    def test_a_connection_in_utf8mb3_is_not_supported(self) -> None:
        run_sql("SET NAMES utf8mb3")
        (sentence,) = reported()
        assert "'utf8mb3', which is not supported" in sentence

    def test_nor_is_a_table(self) -> None:
        run_sql(f"ALTER TABLE {Message._meta.db_table} CONVERT TO CHARACTER SET utf8mb3")
        assert len(reported()) == 1
        assert any("E024" in finding.problem for finding in configuration())


def test_what_holds_an_emoji_is_fine() -> None:
    assert reported() == []
    message = Message.objects.create(type="match", title="Table 4 🏆")
    message.refresh_from_db()
    assert message.title == "Table 4 🏆"
