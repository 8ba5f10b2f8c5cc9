"""What values consist of, as far as a copy of a model has to know."""

from __future__ import annotations

import copyreg
from collections import deque
from collections.abc import Iterator
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, cast

import torch
from torch import nn

from ._copy_functions import referred_by

# Values that cannot change: both models may have them.
FIXED = {int, float, complex, bool, str, bytes, type(None), type, slice, range, torch.Size}
FIXED |= {torch.dtype, torch.device, torch.layout, torch.memory_format}
FIXED |= {BuiltinFunctionType}
_WITHOUT_SLOTS = {dict, list, tuple, set, frozenset, deque}
HOOKS = frozenset(name for name in vars(nn.Module()) if name.endswith("_hooks"))


def inside(value: Any) -> Iterator[Any]:
    """Yield what a value consists of, as far as that can hold a tensor or a module."""
    held = getattr(value, "__dict__", None) or {}
    if isinstance(value, nn.Module):
        yield from _inside_module(value, held)
    elif isinstance(value, MethodType):
        yield from (value.__self__, value.__func__)
    elif isinstance(value, FunctionType):
        yield from referred_by(value)
    elif isinstance(value, partial):
        yield from (value.func, value.args, value.keywords)
    elif not isinstance(value, type):
        yield from held.values()
        yield from (getattr(value, name, None) for name in _slots_of(type(value)))
        if isinstance(value, dict):
            yield from cast(dict[Any, Any], value).values()
        elif isinstance(value, (list, tuple, set, frozenset, deque)):
            yield from cast(list[Any], value)


def _slots_of(kind: type) -> list[str]:
    """Return the names of a class's slots, as `copy` does."""
    return [] if kind in _WITHOUT_SLOTS else copyreg._slotnames(kind)  # type: ignore[attr-defined]


def _inside_module(module: nn.Module, held: dict[str, Any]) -> Iterator[Any]:
    if isinstance(module, torch.jit.ScriptModule):
        return
    for name, value in held.items():
        kind = type(value)
        if kind in FIXED or name in HOOKS:
            continue
        if name in ("_parameters", "_buffers", "_modules"):
            yield from value.values()
        elif kind is not tuple or not FIXED.issuperset(map(type, value)):
            yield value
