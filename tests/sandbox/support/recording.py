"""Parameters that write down which of them a handler reads."""

from collections.abc import Iterator
from typing import Any


class Recording(dict[str, Any]):
    """A hash of parameters; ``read`` collects the paths that were looked at, also inside."""

    def __init__(self, data: dict[str, Any], read: set[str], path: str = "") -> None:
        super().__init__()
        self.read, self.path = read, path
        for name, value in data.items():
            self[name] = self._wrap(self._full(name), value)

    def _full(self, name: str) -> str:
        return f"{self.path}[{name}]" if self.path else name

    def _wrap(self, path: str, value: Any) -> Any:
        if isinstance(value, dict):
            return Recording(value, self.read, path)
        return value

    def _note(self, name: object) -> None:
        self.read.add(self._full(str(name)))

    def __getitem__(self, name: str) -> Any:
        self._note(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._note(name)
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._note(name)
        return super().get(name, default)

    def __iter__(self) -> Iterator[str]:
        for name in super().__iter__():
            self._note(name)
            yield name

    def keys(self) -> Any:
        return list(self)

    def items(self) -> Any:
        return [(name, super(Recording, self).__getitem__(name)) for name in self]

    def values(self) -> Any:
        return [value for _, value in self.items()]

    def __or__(self, other: Any) -> Any:
        return {**dict(self.items()), **other}

    def __ror__(self, other: Any) -> Any:
        return {**other, **dict(self.items())}
