"""Look at a model and leave no trace: eval mode, no gradients, and everything put back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ..tap import unchanged_randomness


@contextmanager
def guard(modules: Iterable[nn.Module]) -> Iterator[None]:
    """Run the body with `modules` in eval mode and without gradients, then restore them exactly.

    Put back in any case: the training flag of every submodule (each its own, so a frozen BatchNorm
    stays frozen), buffers and other tensor attributes in value and identity, other attributes and
    hooks in identity, and the global random generators of torch, numpy and `random`. Flags are set
    directly: a user's `train()` or `eval()` is not called, for it may do more than set flags.

    To be entered on the thread that trains the modules.
    """
    with ExitStack() as stack:
        stack.enter_context(unchanged_randomness())
        for module in _every(modules):
            stack.callback(_Remembered(module).restore)
            module.training = False
        stack.enter_context(torch.no_grad())
        yield


def _every(modules: Iterable[nn.Module]) -> Iterable[nn.Module]:
    return {id(each): each for module in modules for each in module.modules()}.values()


class _Remembered:
    """One module's own state: its attributes by identity, its tensors (parameters aside) by value."""

    def __init__(self, module: nn.Module) -> None:
        self._module = module
        self._attributes = dict(vars(module))
        self._tables = {
            name: (table, dict(table))
            for name, table in self._attributes.items()
            if isinstance(table, dict)
        }
        buffers = vars(module)["_buffers"].values()
        tensors = [each for each in self._attributes.values() if isinstance(each, Tensor)]
        self._values = [
            (tensor, tensor._version, tensor.detach().clone())  # noqa: SLF001
            for tensor in [*buffers, *tensors]
            if tensor is not None and _can_change(tensor)
        ]

    def restore(self) -> None:
        """Put back whatever is not as it was; what is untouched is not written to."""
        attributes = vars(self._module)
        _restore_table(attributes, self._attributes)
        for table, entries in self._tables.values():
            _restore_table(table, entries)
        for tensor, version, value in self._values:
            if tensor._version != version:  # noqa: SLF001
                # `.data` leaves the version alone, which autograd checks.
                tensor.data.copy_(value)


def _restore_table(table: dict[Any, Any], entries: dict[Any, Any]) -> None:
    same = len(table) == len(entries) and all(
        key in table and table[key] is value for key, value in entries.items()
    )
    if not same:
        table.clear()
        table.update(entries)


def _can_change(tensor: Tensor) -> bool:
    lazy = isinstance(tensor, nn.parameter.UninitializedTensorMixin)
    return not (lazy or tensor.is_meta or tensor.is_inference())
