"""Values that tests share and none can change, so that no test depends on those that ran before it."""

from __future__ import annotations

import copy
from typing import Any, NoReturn


def _refuse(*_: object, **__: object) -> NoReturn:
    raise TypeError("tests share this value; change a copy of it")


class _Dict(dict[str, Any]):
    """A mapping whose copies can be changed, and which itself cannot."""

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce_ex__(self, _: object) -> tuple[Any, ...]:
        return dict, (dict(self),)

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return {key: copy.deepcopy(value, memo) for key, value in self.items()}


class _List(list[Any]):
    """A list whose copies can be changed, and which itself cannot."""

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __reduce_ex__(self, _: object) -> tuple[Any, ...]:
        return list, (list(self),)

    def __deepcopy__(self, memo: dict[int, Any]) -> list[Any]:
        return [copy.deepcopy(value, memo) for value in self]


def frozen(value: Any) -> Any:
    """A value as JSON has it that nothing can change."""
    if isinstance(value, dict):
        return _Dict({key: frozen(item) for key, item in value.items()})
    return _List(frozen(item) for item in value) if isinstance(value, list) else value
