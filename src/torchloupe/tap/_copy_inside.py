"""What values consist of, as far as a copy of a model has to know."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, cast

import torch
from torch import nn

# Values that cannot change: both models may have them.
FIXED = {int, float, complex, bool, str, bytes, type(None), type, slice, range, torch.Size}
FIXED |= {torch.dtype, torch.device, torch.layout, torch.memory_format}
FIXED |= {FunctionType, BuiltinFunctionType}
HOOKS = frozenset(name for name in vars(nn.Module()) if name.endswith("_hooks"))


def inside(value: Any) -> Iterator[Any]:
    """Yield what a value consists of, as far as that can hold a tensor or a module."""
    held = getattr(value, "__dict__", None) or {}
    if isinstance(value, nn.Module):
        yield from _inside_module(value, held)
    elif isinstance(value, MethodType):
        yield value.__self__
    elif isinstance(value, partial):
        yield from (value.func, value.args, value.keywords)
    elif not isinstance(value, (type, FunctionType)):
        yield from held.values()
        if isinstance(value, dict):
            yield from cast(dict[Any, Any], value).values()
        elif isinstance(value, (list, tuple, set, frozenset, deque)):
            yield from cast(list[Any], value)


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
