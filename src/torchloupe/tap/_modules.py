"""Which modules will a function call? Those have to be guarded while it runs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, cast

from torch import nn

# Enough for what people write; a bound on what a tangle of objects can cost.
_MOST_VALUES = 1_000
_MOST_ITEMS = 64
# These call no module of the user's that they were not given.
_NOT_FOLLOWED = ("torch", "torchvision", "numpy", "torchloupe")


def modules_of(function: Callable[..., Any]) -> list[nn.Module]:
    """Find the modules that a function will call, as far as names tell.

    A module is itself. Otherwise followed are the variables that the function's code names
    (global, enclosed, or attributes of objects it names), the functions among them likewise, the
    object of a method, the arguments of a `functools.partial`, and the items of collections.
    """
    search = _Search()
    search.look_at(function, frozenset())
    return list(search.found.values())


class _Search:
    """Follows values, each once, and collects modules."""

    def __init__(self) -> None:
        self.found: dict[int, nn.Module] = {}
        self._seen: set[tuple[int, frozenset[str]]] = set()

    def look_at(self, value: Any, names: frozenset[str]) -> None:
        """Follow a value met in code that uses these names."""
        if isinstance(value, nn.Module):
            self.found[id(value)] = value
            return
        key = id(value), names
        if key in self._seen or len(self._seen) > _MOST_VALUES or _is_plain(value):
            return
        self._seen.add(key)
        for each, used in _followed(value, names):
            self.look_at(each, used)


def _followed(value: Any, names: frozenset[str]) -> Iterable[tuple[Any, frozenset[str]]]:
    """Yield what a value refers to, with the names by which that is used."""
    if isinstance(value, MethodType):
        yield value.__self__, names | _names_in(getattr(value.__func__, "__code__", None))
        yield value.__func__, names
    elif isinstance(value, FunctionType):
        own = _names_in(value.__code__)
        yield from ((each, own) for each in _variables_of(value, own))
    elif isinstance(value, functools.partial):
        bound = cast("functools.partial[Any]", value)
        parts = [bound.func, *bound.args, *bound.keywords.values()]
        yield from ((each, names) for each in parts)
    elif isinstance(value, Mapping):
        items = list(cast(Mapping[Any, Any], value).values())[:_MOST_ITEMS]
        yield from ((each, names) for each in items)
    elif isinstance(value, (list, tuple, set, frozenset)):
        items = list(cast(Iterable[Any], value))[:_MOST_ITEMS]
        yield from ((each, names) for each in items)
    elif isinstance(value, ModuleType):
        yield from ((vars(value)[name], names) for name in names if name in vars(value))
    else:
        yield from _followed_in_object(value, names)


def _followed_in_object(value: Any, names: frozenset[str]) -> Iterable[tuple[Any, frozenset[str]]]:
    """Follow an object's attributes and methods that are used by name, and its `__call__`."""
    attributes = getattr(value, "__dict__", {})
    yield from ((attributes[name], names) for name in names if name in attributes)
    for name in (*names, "__call__"):
        found = _in_class(type(value), name)
        if isinstance(found, property):
            found = found.fget
        if isinstance(found, (classmethod, staticmethod)):
            found = cast(Any, found).__func__
        if isinstance(found, FunctionType):
            used = _names_in(found.__code__)
            yield found, used
            if not used <= names:
                yield value, names | used


def _in_class(kind: type, name: str) -> Any:
    return next((vars(each)[name] for each in kind.__mro__ if name in vars(each)), None)


def _variables_of(function: FunctionType, names: frozenset[str]) -> Iterable[Any]:
    yield from (function.__globals__[name] for name in names if name in function.__globals__)
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # a variable that is not assigned yet
            continue
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    wrapped = getattr(function, "__wrapped__", None)
    if wrapped is not None:
        yield wrapped


def _names_in(code: CodeType | None) -> frozenset[str]:
    """Return every name that code uses, that of its inner functions included."""
    if code is None:
        return frozenset()
    inner = (_names_in(each) for each in code.co_consts if isinstance(each, CodeType))
    return frozenset(code.co_names).union(*inner)


def _is_plain(value: Any) -> bool:
    """Tell whether a value cannot lead to a user's module."""
    if isinstance(value, (FunctionType, type, ModuleType)):
        home = value.__name__ if isinstance(value, ModuleType) else value.__module__
    else:
        home = type(value).__module__
    root = (home or "").partition(".")[0]
    return isinstance(value, (str, bytes, int, float, type(None))) or root in _NOT_FOLLOWED
