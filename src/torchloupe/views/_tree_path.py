"""How Python reaches a module from its parent: `model.layer3[2].conv1`."""

from __future__ import annotations

import json
import keyword
from collections.abc import Iterator, Mapping
from typing import Any

from ..tap import ModuleNode

_CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")


def steps_of(root: ModuleNode, model: Any = None) -> Iterator[tuple[ModuleNode, str]]:
    """Yield each node with what leads to it from its parent, parents first; "" for the root.

    Joined behind the model's name they are an expression whose value is that very module.

    Args:
        root: the tree.
        model: the model itself. Without it containers are known by their classes' names.
    """
    yield root, ""
    waiting = [(root, model)]
    while waiting:
        parent, module = waiting.pop()
        modules = _modules_in(module)
        names = [child.name for child in parent.children] if modules is None else list(modules)
        places = {name: place for place, name in enumerate(names)}
        kind = parent.type if module is None else _container_of(module)
        for child in parent.children:
            yield child, _step(kind, child.name, places.get(child.name, -1))
        found = modules or {}
        waiting.extend((child, found.get(child.name)) for child in reversed(parent.children))


def _modules_in(module: Any) -> Mapping[str, Any] | None:
    found = getattr(module, "_modules", None)
    return found if isinstance(found, Mapping) else None


def _container_of(module: Any) -> str:
    """Return which of torch's containers a module is and is indexed as; "" if none."""
    kind = type(module)
    for each in kind.__mro__:
        if each.__name__ in _CONTAINERS and each.__module__ == "torch.nn.modules.container":
            same = kind.__getitem__ is each.__getitem__
            return each.__name__ if same else ""
    return ""


def _step(kind: str, name: str, place: int) -> str:
    if kind in ("Sequential", "ModuleList") and name == str(place):
        return f"[{name}]"
    if kind == "ModuleDict":
        return f"[{json.dumps(name, ensure_ascii=False)}]"
    if name.isidentifier() and not keyword.iskeyword(name):
        return f".{name}"
    return f".get_submodule({json.dumps(name, ensure_ascii=False)})"
