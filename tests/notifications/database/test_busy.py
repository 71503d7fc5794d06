"""SQLite has one writer at a time: the others wait for it, and go on."""

import sqlite3

import pytest
from django.db import OperationalError

from django_inapp_notifications.database.deadlocks import retry_on_deadlock


@pytest.fixture
def busy(tmp_path):
    """What Django raises while another connection writes: the driver's own error."""
    path = tmp_path / "busy.sqlite3"
    writer = sqlite3.connect(path, isolation_level=None)
    other = sqlite3.connect(path, isolation_level=None, timeout=0)
    writer.execute("CREATE TABLE t (x)")
    writer.execute("BEGIN IMMEDIATE")

    def write():
        try:
            other.execute("INSERT INTO t VALUES (1)")
        except sqlite3.OperationalError as error:
            raise OperationalError(*error.args) from error
        return "written"

    yield writer, write
    writer.close()
    other.close()


@pytest.mark.django_db(transaction=True)
def test_work_that_met_another_writer_is_done_when_that_one_is_done(busy):
    writer, write = busy
    tries = []

    def work():
        tries.append(1)
        if len(tries) == 3:
            writer.execute("COMMIT")
        return write()

    assert retry_on_deadlock("default", work) == "written"
    assert len(tries) == 3


@pytest.mark.django_db
def test_inside_a_transaction_of_the_callers_it_is_tried_once(busy):
    _, write = busy
    with pytest.raises(OperationalError, match="locked"):
        retry_on_deadlock("default", write)
