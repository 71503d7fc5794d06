"""Who is meant by `recipients`: one user, any iterable of users or keys, or a QuerySet."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models, router

from ..conf import settings
from ..exceptions import InvalidNotification


def is_one(recipients: Any) -> bool:
    """Whether it is a single user (or key) and not a collection of them."""
    return isinstance(recipients, (models.Model, str, bytes)) or not hasattr(recipients, "__iter__")


def user_key(user: Any) -> Any:
    """The primary key of a user, given as such or as that key; else InvalidNotification."""
    model = get_user_model()
    if getattr(user, "is_anonymous", False):
        raise InvalidNotification(
            "An anonymous visitor has no inbox: check user.is_authenticated before notifying."
        )
    if isinstance(user, models.Model):
        if not isinstance(user, model) or user.pk is None:
            raise InvalidNotification(
                f"{user!r} is not a saved {model._meta.label}, so it cannot be notified."
            )
        return user.pk
    try:
        if user is None or isinstance(user, bytes):
            raise ValueError(user)
        return model._meta.pk.to_python(user)
    except Exception as error:
        raise InvalidNotification(f"{user!r} is neither a user nor the key of one.") from error


def audience_chunks(recipients: Any, using: str) -> Iterator[models.QuerySet[Any]]:
    """Querysets of the users meant, each small enough for one statement, no user twice.

    A QuerySet of users stays whole: the database reads it by itself.
    """
    users = get_user_model()._base_manager.using(using)
    if _is_user_query(recipients, using):
        rows = recipients.using(using).order_by()
        yield rows if _is_plain(rows.query) else users.filter(pk__in=rows.values("pk"))
        return
    for keys in _chunks(_keys(recipients)):
        yield users.filter(pk__in=keys)


def audience_keys(recipients: Any, using: str) -> Iterator[list[Any]]:
    """Chunks of the keys of the users meant, no user twice."""
    if _is_user_query(recipients, using):
        recipients = recipients.using(using).order_by().values_list("pk", flat=True).distinct()
    yield from _chunks(_keys(recipients))


def _keys(recipients: Iterable[Any]) -> Iterator[Any]:
    seen = set()
    for user in [recipients] if is_one(recipients) else _streamed(recipients):
        key = user_key(user)
        if key not in seen:
            seen.add(key)
            yield key


def _streamed(recipients: Iterable[Any]) -> Iterable[Any]:
    # A queryset that the database cannot read by itself must not fill the memory either.
    return (
        recipients.iterator(chunk_size=2000)
        if isinstance(recipients, models.QuerySet)
        else recipients
    )


def _chunks(keys: Iterator[Any]) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for key in keys:
        chunk.append(key)
        if len(chunk) >= settings.NOTIFICATION_CHUNK_SIZE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _is_plain(query: Any) -> bool:
    """Whether it is a condition on the table of users alone, which gives each of them once."""
    joined = len(query.alias_map) > 1 or query.extra_tables
    computed = query.annotations or query.extra or query.group_by
    return not (joined or computed or query.distinct or query.select_for_update)


def _is_user_query(recipients: Any, using: str) -> bool:
    """Whether it can be a subselect: unevaluated users of the same database, not sliced.

    One that names no database is read where users are written: a replica may lag.
    """
    return (
        isinstance(recipients, models.QuerySet)
        and issubclass(recipients.model, get_user_model())
        and recipients._result_cache is None
        and _database_of(recipients) == using
        and not recipients.query.is_sliced
        and not recipients.query.combinator
        and recipients._fields is None  # type: ignore[attr-defined]
    )


def _database_of(recipients: Any) -> str:
    return str(recipients._db or router.db_for_write(recipients.model))
