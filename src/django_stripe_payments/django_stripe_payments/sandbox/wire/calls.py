"""One call of the API, and its answer."""

import json
from collections.abc import Callable, Iterable, Mapping
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
    #: The API version that the caller names; "" if it names none.
    version: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    filename: str
    content_type: str
    content: bytes


#: Takes the world, the call and the ``{id}`` parts of the path; returns the object to answer.
Handler = Callable[..., Resource]


#: Parameters that every call takes.
EVERYWHERE = ("expand",)


@dataclass(frozen=True, slots=True)
class Route:
    """``pattern`` is a path with ``{id}`` for each part that varies."""

    method: str
    pattern: str
    handler: Handler
    #: The SDK's typed parameters of this call; None takes no parameter at all.
    model: type | None = None
    #: The parameters that the handler reads: ``"shipping"`` is the whole hash, and
    #: ``"card[exp_year]"`` is one part of it. The sandbox refuses the others by name.
    reads: tuple[str, ...] = ()
    #: A browser may call it with a publishable key.
    publishable: bool = False
    #: Parameters that only Stripe.js sends.
    extra: tuple[str, ...] = ()

    def plays(self, path: str) -> bool:
        """Return whether the handler reads this parameter, a part of it, or what holds it."""
        return any(
            path == name or path.startswith(f"{name}[") or name.startswith(f"{path}[")
            for name in (*self.reads, *self.extra, *EVERYWHERE)
        )


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes
    headers: Mapping[str, str]
    #: The connection breaks instead: the call was executed, its answer is lost.
    cut: bool = False

    def json(self) -> Any:
        return json.loads(self.body)


def within(holder: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return the paths of parameters that a hash holds: ``card[cvc]`` as ``holder[card][cvc]``."""
    split = (name.partition("[") for name in names)
    return tuple(f"{holder}[{first}]{bracket}{rest}" for first, bracket, rest in split)


def encode(data: Any) -> bytes:
    """JSON laid out like Stripe's, with two spaces."""
    return json.dumps(data, indent=2, ensure_ascii=False).encode()
