"""One module's own state, remembered so that a forward pass in between leaves no trace."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

_Container = dict[Any, Any] | list[Any] | set[Any] | deque[Any]


class Remembered:
    """A module's flag and attributes by identity, its tensors (parameters aside) by value."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self._training = module.training
        self._attributes = dict(vars(module))
        values = list(self._attributes.values())
        self._containers = [
            (each, cast(Iterable[Any], each.copy()))
            for each in values
            if isinstance(each, (dict, list, set, deque))
        ]
        self._generators = [found for each in values if (found := _rewind_of(each))]
        self._tensors = [_Value(each) for each in self._own_tensors(module) if _can_change(each)]

    def restore(self) -> None:
        """Put back whatever is not as it was; what is untouched is not written to."""
        _restore(vars(self.module), self._attributes)
        if self.module.training != self._training:  # a scripted module keeps it elsewhere
            self.module.training = self._training
        for container, entries in self._containers:
            _restore(container, entries)
        for rewind in self._generators:
            rewind()
        for tensor in self._tensors:
            tensor.restore()

    def _own_tensors(self, module: nn.Module) -> Iterable[Tensor]:
        """Buffers, attributes, and what lists and dictionaries of the module hold."""
        groups: list[Iterable[Any]] = [module.buffers(recurse=False), self._attributes.values()]
        for _, entries in self._containers:
            groups.append(entries.values() if isinstance(entries, dict) else entries)
        found = {id(each): each for group in groups for each in group if isinstance(each, Tensor)}
        return [each for each in found.values() if not isinstance(each, nn.Parameter)]


class _Value:
    """A tensor's contents."""

    def __init__(self, tensor: Tensor) -> None:
        self._tensor = tensor
        self._contents = tensor.detach().clone()

    def restore(self) -> None:
        tensor, contents = self._tensor, self._contents
        if tensor.shape != contents.shape:
            tensor.data = contents
        elif not _equal(tensor, contents):
            # `.data` leaves the version alone, which autograd checks.
            tensor.data.copy_(contents)


def _equal(tensor: Tensor, other: Tensor) -> bool:
    # By value: a write through `.data` does not show in the version.
    try:
        return torch.equal(tensor, other)
    except (RuntimeError, NotImplementedError):  # some dtypes and layouts cannot be compared
        return False


def _restore(container: _Container, entries: Any) -> None:
    if isinstance(container, dict):
        table = cast(Mapping[Any, Any], entries)
        same = container.keys() == table.keys() and all(
            container[key] is value for key, value in table.items()
        )
        if not same:
            container.clear()
            container.update(table)
    elif isinstance(container, set):
        if container != entries:
            container.clear()
            container.update(entries)
    elif len(container) != len(entries) or any(
        one is not other for one, other in zip(container, entries, strict=True)
    ):
        container.clear()
        container.extend(entries)


def _rewind_of(value: object) -> Callable[[], object] | None:
    """Return a function that puts a random generator back; None for anything else."""
    if isinstance(value, torch.Generator):
        state = value.get_state()
        return lambda: value.set_state(state)
    if isinstance(value, np.random.Generator):
        bits, state = value.bit_generator, value.bit_generator.state
        return lambda: setattr(bits, "state", state)
    if isinstance(value, np.random.RandomState):
        legacy = value.get_state()
        return lambda: value.set_state(legacy)
    if isinstance(value, random.Random):
        python = value.getstate()
        return lambda: value.setstate(python)
    return None


def _can_change(tensor: Tensor) -> bool:
    return not (is_lazy(tensor) or tensor.is_meta or tensor.is_inference())
