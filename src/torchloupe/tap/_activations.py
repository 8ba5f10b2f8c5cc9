"""What flows out of each module of a model in one forward pass, as a few numbers."""

from __future__ import annotations

import math
from contextlib import ExitStack
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor, nn
from torch._C._functorch import (  # pyright: ignore[reportMissingModuleSource]
    is_functorch_wrapped_tensor,
)
from torch.utils import _pytree as pytree


class _Sums(NamedTuple):
    """Sums over the finite values of an output; tensors, so that no device is waited for."""

    count: Tensor
    mean: Tensor
    squares: Tensor  # of the distances from the mean
    broken: Tensor  # how many are not finite
    idle: Tensor  # bool [units], those that are zero everywhere


class Activations:
    """Sums up every module's output while it is entered; leaves no hook behind.

    Args:
        named: the modules by path. One that several paths lead to is measured at the first.
    """

    def __init__(self, named: dict[str, nn.Module]) -> None:
        self._named = named
        self._hooks = ExitStack()
        self._sums: dict[str, _Sums] = {}
        # What modules over [N, C, L] gave: those that keep the shape give the same.
        self._signals: set[torch.Size] = set()

    def __enter__(self) -> Self:
        for path, module in self._named.items():
            if isinstance(module, torch.jit.ScriptModule):  # takes no hooks of Python's
                continue
            # First of the hooks, so that it sees what the module itself returned.
            handle = module.register_forward_hook(self._seen(path), prepend=True)
            self._hooks.callback(handle.remove)
        return self

    def __exit__(self, *_: object) -> None:
        self._hooks.close()

    def measured(self) -> dict[str, dict[str, float]]:
        """Return mean, spread, dead and broken by path; several calls count as one."""
        found: dict[str, dict[str, float]] = {"mean": {}, "spread": {}, "dead": {}, "broken": {}}
        for path, sums in self._sums.items():
            read = [sums.count, sums.mean, sums.squares, sums.broken, sums.idle.float().mean()]
            count, mean, squares, broken, dead = torch.stack(
                [each.to(sums.mean.dtype) for each in read]
            ).tolist()
            found["mean"][path] = mean if count else math.nan
            found["spread"][path] = math.sqrt(squares / count) if count else math.nan
            found["dead"][path], found["broken"][path] = dead, broken
        return found

    def _seen(self, path: str) -> Any:
        def note(module: nn.Module, _: Any, output: Any) -> None:
            for each in pytree.tree_leaves(output):
                if isinstance(each, Tensor) and each.is_floating_point() and _is_plain(each):
                    # A number a sample, or a lone one, is one unit.
                    each = each.detach() if each.dim() > 1 else each.detach().reshape(-1, 1)
                    sums = _summed(each, self._unit_axis(module, each))
                    before = self._sums.get(path)
                    self._sums[path] = sums if before is None else _added(before, sums)
                    return

        return note

    def _unit_axis(self, module: nn.Module, output: Tensor) -> int:
        """Channels come second in what has places, features last in sequences and vectors."""
        if output.dim() != 3:
            return 1 if output.dim() > 3 else output.dim() - 1
        if type(module).__name__.endswith("1d"):  # as torch names what works on [N, C, L]
            self._signals.add(output.shape)
        return 1 if output.shape in self._signals else 2


def _is_plain(tensor: Tensor) -> bool:
    if is_functorch_wrapped_tensor(tensor):  # one sample within a vmap
        return False
    return tensor.layout == torch.strided and not tensor.is_meta and tensor.numel() > 0


def _summed(output: Tensor, unit_axis: int) -> _Sums:
    finite = torch.isfinite(output)
    values = torch.where(finite, output, 0).to(torch.promote_types(output.dtype, torch.float32))
    count = finite.sum()
    mean = values.sum() / count.clamp(min=1)
    squares = torch.where(finite, values - mean, 0).square().sum()
    idle = ((output == 0) | ~finite).movedim(unit_axis, 0).flatten(1).all(1)
    return _Sums(count, mean, squares, (~finite).sum(), idle)


def _added(one: _Sums, other: _Sums) -> _Sums:
    """Join two calls' sums, after Chan, Golub and LeVeque 1983."""
    count = one.count + other.count
    apart, share = other.mean - one.mean, other.count / count.clamp(min=1)
    squares = one.squares + other.squares + apart.square() * one.count * share
    idle = one.idle & other.idle if one.idle.shape == other.idle.shape else one.idle
    return _Sums(count, one.mean + apart * share, squares, one.broken + other.broken, idle)
