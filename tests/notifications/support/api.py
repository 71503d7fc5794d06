"""A client of the REST API that compares every answer with the committed description."""

import json
from importlib.resources import files
from typing import Any

import jsonschema
from django.test import Client

ROOT = "/api/v1/notifications"

DOCUMENT = json.loads((files("django_inapp_notifications.api") / "openapi.json").read_text())


class ApiClient:
    """Sends JSON; asserts that the description knows the answer, and has its shape."""

    def __init__(self, client: Client | None = None) -> None:
        self.client = client or Client()

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        return self._checked("get", path, self.client.get(ROOT + path, query, headers=headers))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._send("post", path, body, headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._send("put", path, body, headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._send("patch", path, body, headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self._send("delete", path, None, headers)

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        send = getattr(self.client, method)
        data = {} if body is None else {"data": json.dumps(body)}
        answer = send(ROOT + path, content_type="application/json", headers=headers, **data)
        return self._checked(method, path, answer)

    def _checked(self, method: str, path: str, answer: Any) -> Any:
        responses = operation(method, path)["responses"]
        assert str(answer.status_code) in responses, (method, path, answer.status_code)
        content = responses[str(answer.status_code)].get("content", {})
        if not content:
            assert not answer.content
            return answer
        media_type = answer["Content-Type"].partition(";")[0]
        schema = {**content[media_type]["schema"], "components": DOCUMENT["components"]}
        jsonschema.Draft202012Validator(schema).validate(answer.json())
        return answer


def operation(method: str, path: str) -> Any:
    """Return what the description says of a route; an id may stand where it has ``{…}``."""
    for template, operations in DOCUMENT["paths"].items():
        if len(template.split("/")) == len(path.split("/")) and all(
            mine == theirs or theirs.startswith("{")
            for mine, theirs in zip(path.split("/"), template.split("/"), strict=True)
        ):
            return operations[method]
    raise AssertionError(f"{path} is not described")
