"""Copies of functions that refer to a model, in their closures or their defaults."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import partial
from types import CellType, FunctionType, MethodType
from typing import Any, cast

from torch import Tensor, nn

_FOLLOWED = (list, tuple, dict, set, partial, FunctionType, MethodType)


def referred_by(function: FunctionType) -> Iterator[Any]:
    """Yield what a function's closure and defaults hold, as far as that can lead to a module.

    Other objects are not followed: they may be whole programs that a function only reports to.
    """
    held = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    held.extend(cell.cell_contents for cell in function.__closure__ or () if _is_set(cell))
    yield from (each for each in held if type(each) in _FOLLOWED or _is_copied(each))


class FunctionCopies:
    """Functions to stand for those that refer to modules or tensors; all others stay themselves.

    Args:
        copies: the copy of each module, tensor and function, by its identity; functions are added.
    """

    def __init__(self, copies: dict[int, Any]) -> None:
        self._copies = copies
        self._cells: dict[int, tuple[CellType, CellType]] = {}
        self._begun: list[tuple[FunctionType, FunctionType]] = []

    def begin(self, function: FunctionType) -> None:
        """Make the copy of a function, with nothing in its closure yet, for others to refer to."""
        if not _leads_to_model(function):
            return
        cells = [
            self._cells.setdefault(id(cell), (cell, CellType()))[1]
            for cell in function.__closure__ or ()
        ]
        made = FunctionType(
            function.__code__,
            function.__globals__,
            function.__name__,
            function.__defaults__,
            tuple(cells),
        )
        made.__kwdefaults__ = function.__kwdefaults__
        made.__dict__.update(vars(function))
        self._copies[id(function)] = made
        self._begun.append((function, made))

    def finish(self) -> None:
        """Let the copies refer to copies; all modules have theirs now."""
        for old, new in self._cells.values():
            if _is_set(old):
                new.cell_contents = self.referred(old.cell_contents)
        for function, made in self._begun:
            if function.__defaults__:
                made.__defaults__ = tuple(map(self.referred, function.__defaults__))
            if function.__kwdefaults__:
                named = function.__kwdefaults__.items()
                made.__kwdefaults__ = {name: self.referred(each) for name, each in named}

    def referred(self, value: Any) -> Any:
        """Return what stands for a value that a function refers to."""
        if isinstance(value, MethodType):
            function, owner = value.__func__, value.__self__
            return MethodType(self.referred(function), self._copies.get(id(owner), owner))
        if _is_copied(value) or isinstance(value, FunctionType):
            return self._copies.get(id(value), value)
        return copy.deepcopy(value, self._copies) if _leads_to_model(value) else value


def _is_copied(value: Any) -> bool:
    return isinstance(value, (nn.Module, Tensor))


def _is_set(cell: CellType) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:  # a variable that is not assigned yet
        return False
    return True


def _leads_to_model(value: Any) -> bool:
    """Tell whether a module or a tensor is found by following what functions refer to."""
    waiting, seen = [value], set[int]()
    while waiting:
        each = waiting.pop()
        if _is_copied(each):
            return True
        if type(each) not in _FOLLOWED or id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, FunctionType):
            waiting.extend(referred_by(each))
        elif isinstance(each, MethodType):
            waiting.extend((each.__self__, each.__func__))
        elif isinstance(each, partial):
            bound = cast("partial[Any]", each)
            waiting.extend((bound.func, *bound.args, *bound.keywords.values()))
        else:
            waiting.extend(each.values() if isinstance(each, dict) else each)
    return False
