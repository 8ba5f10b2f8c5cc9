"""Calling a user's model: where it lives, what it returned, in batches that can be stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy


def parameters_ready(modules: Sequence[nn.Module]) -> bool:
    """Tell whether every parameter and buffer has a shape (lazy modules get theirs later)."""
    return not any(is_lazy(tensor) for module in modules for tensor in _tensors(module))


def device_of(modules: Sequence[nn.Module]) -> torch.device:
    """Return the device of the first parameter or buffer; the CPU if there is none."""
    for module in modules:
        for tensor in _tensors(module):
            return tensor.device
    return torch.device("cpu")


def move_to(batch: Tensor, modules: Sequence[nn.Module]) -> Tensor:
    """Copy a batch to the model: its device, and its dtype where both are floating point.

    Always a copy, for some models work on what they are given in place.
    """
    for module in modules:
        for tensor in _tensors(module):
            floating = tensor.is_floating_point() and batch.is_floating_point()
            return batch.to(tensor.device, tensor.dtype if floating else batch.dtype, copy=True)
    return batch.clone()


def run_batches(
    function: Callable[[Tensor], Any],
    data: Tensor,
    *,
    modules: Sequence[nn.Module],
    batch_size: int,
    should_stop: Callable[[], bool],
) -> Tensor | None:
    """Apply `function` to `data` [N, …] in batches and join the outputs on the CPU.

    Returns:
        The outputs [N, …], or None if `should_stop()` said so between two batches.
    """
    outputs: list[Tensor] = []
    for batch in data.split(batch_size):
        if should_stop():
            return None
        outputs.append(first_tensor(function(move_to(batch, modules))).cpu())
    return torch.cat(outputs)


def first_tensor(output: Any, *, like: Tensor | None = None) -> Tensor:
    """Pick the tensor that a model's output means.

    A tensor is itself; of a tuple, list, mapping or dataclass, the first tensor, or, with `like`,
    the first that has as many elements a sample as `like` (a reconstruction among a VAE's outputs).

    Raises:
        TypeError: there is no such tensor.
    """
    tensors = list(_flatten(output))
    if like is not None:
        tensors = [each for each in tensors if _per_sample(each) == _per_sample(like)] or tensors
    if not tensors:
        raise TypeError(f"output: expected a tensor or a collection of them, got {type(output)}")
    return tensors[0]


def first_pair(output: Any) -> tuple[Tensor, Tensor]:
    """Pick the first two tensors of a model's output, a mean and its log-variance.

    Raises:
        TypeError, ValueError: there are no two, or they differ in shape.
    """
    tensors = list(_flatten(output))
    if len(tensors) < 2:
        raise TypeError(f"output: expected a mean and a log-variance, got {len(tensors)} tensors")
    shapes = [list(each.shape) for each in tensors[:2]]
    if shapes[0] != shapes[1]:
        raise ValueError(f"output: expected a mean and a log-variance alike, got shapes {shapes}")
    return tensors[0], tensors[1]


def _tensors(module: nn.Module) -> Iterator[Tensor]:
    return chain(module.parameters(), module.buffers())


def _per_sample(tensor: Tensor) -> int:
    return tensor[0].numel() if tensor.dim() and len(tensor) else 0


def _flatten(output: Any) -> Iterator[Tensor]:
    if isinstance(output, Tensor):
        yield output
    elif isinstance(output, Mapping):
        for value in cast(Mapping[Any, Any], output).values():
            yield from _flatten(value)
    elif isinstance(output, (tuple, list)):
        for value in cast(Sequence[Any], output):
            yield from _flatten(value)
    elif hasattr(output, "__dataclass_fields__"):
        for name in output.__dataclass_fields__:
            yield from _flatten(getattr(output, name))
