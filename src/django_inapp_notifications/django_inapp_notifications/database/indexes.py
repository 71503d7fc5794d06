"""An index that is partial where the database has partial indexes, and whole where it has not."""

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement


class PartialIndex(models.Index):
    """Covers `fields` of the rows `where`; without partial indexes, all rows by `otherwise`.

    Django's own conditional index is left out entirely on MySQL and MariaDB.
    """

    def __init__(
        self, *, fields: list[str], where: models.Q, otherwise: list[str], name: str
    ) -> None:
        super().__init__(fields=fields, name=name)
        self.where = where
        self.otherwise = otherwise

    def create_sql(
        self,
        model: type[models.Model],
        schema_editor: BaseDatabaseSchemaEditor,
        using: str = "",
        **kwargs: Any,
    ) -> Statement:
        if schema_editor.connection.features.supports_partial_indexes:
            index = models.Index(fields=self.fields, name=self.name, condition=self.where)
        else:
            index = models.Index(fields=self.otherwise, name=self.name)
        return index.create_sql(model, schema_editor, using=using, **kwargs)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "where": self.where, "otherwise": self.otherwise}
