"""One call of the API, and its answer."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .forms import Params
from .keys import Key
from .resource import Resource


@dataclass(slots=True)
class Call:
    """A call as its handler sees it."""

    method: str
    path: str
    params: Params
    key: Key
    #: The ``{id}`` parts of the path, in order.
    arguments: tuple[str, ...] = ()
    files: Mapping[str, "Upload"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Upload:
    filename: str
    content_type: str
    content: bytes


#: Takes the world, the call and the ``{id}`` parts of the path; returns the object to answer.
Handler = Callable[..., Resource]


@dataclass(frozen=True, slots=True)
class Route:
    """``pattern`` is a path with ``{id}`` for each part that varies."""

    method: str
    pattern: str
    handler: Handler
    #: The SDK's typed parameters of this call; None takes no parameter but ``expand``.
    model: type | None = None
    #: A browser may call it with a publishable key.
    publishable: bool = False
    #: Parameters that only Stripe.js sends.
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes
    headers: Mapping[str, str]
    #: The connection breaks instead: the call was executed, its answer is lost.
    cut: bool = False

    def json(self) -> Any:
        return json.loads(self.body)


def encode(data: Any) -> bytes:
    """JSON laid out like Stripe's, with two spaces."""
    return json.dumps(data, indent=2, ensure_ascii=False).encode()
