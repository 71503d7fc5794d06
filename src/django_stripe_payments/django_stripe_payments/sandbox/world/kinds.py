"""The kinds of objects that the sandbox has. Each declares itself next to its shape."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Kind:
    #: What ``object`` says.
    name: str
    #: How ids begin.
    prefix: str
    #: Path of a field that holds an id -> kind that it names; "" is none of the sandbox's, and
    #: "*" any.
    expandable: Mapping[str, str] = field(default_factory=dict)
    #: Lists that an object only has when ``expand`` asks: field -> their kind and its back-link.
    includable: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    #: The fields that a publishable key sees; None: all of them.
    public: Collection[str] | None = None
    #: Where the API answers for it, below ``/v1/``; the name in the plural if it is empty.
    path: str = ""

    @property
    def collection(self) -> str:
        """The last part of the address of its list."""
        return (self.path or f"{self.name}s").rsplit("/", 1)[-1]

    @property
    def url(self) -> str:
        """The address of its list."""
        return f"/v1/{self.path or f'{self.name}s'}"


_KINDS: dict[str, Kind] = {}


def declare(kind: Kind) -> Kind:
    """Make a kind known, and return it."""
    _KINDS[kind.name] = kind
    return kind


def find(name: str) -> Kind | None:
    return _KINDS.get(name)


def of_collection(part: str) -> Kind | None:
    """Return the kind that a part of an address lists, as ``refunds`` does."""
    return next((kind for kind in _KINDS.values() if kind.collection == part), None)
