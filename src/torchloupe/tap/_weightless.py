"""Tensors that stand for a model's: without contents, or clones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy


def on_meta(tensor: Tensor) -> Tensor:
    """Return a tensor of the same shape, strides and dtype on the meta device."""
    if is_lazy(tensor):
        return _lazy(tensor)
    return _as_parameter(tensor, _empty(tensor, torch.device("meta")))


def fake_in(mode: Any) -> Callable[[Tensor], Tensor]:
    """Return what turns tensors into fake ones, which claim to be on the device of the original."""

    def fake(tensor: Tensor) -> Tensor:
        if is_lazy(tensor):
            return _lazy(tensor)
        with mode:
            return _as_parameter(tensor, _empty(tensor, tensor.device))

    return fake


def cloned(tensor: Tensor) -> Tensor:
    """Return a tensor with the same contents and memory of its own."""
    if is_lazy(tensor):
        return _lazy(tensor, tensor.device)
    return _as_parameter(tensor, tensor.detach().clone())


def _empty(tensor: Tensor, device: torch.device) -> Tensor:
    plain = type(tensor) in (Tensor, nn.Parameter) and tensor.layout is torch.strided
    if plain and not tensor.is_quantized and not tensor.is_nested:
        return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device=device)
    return torch.empty_like(tensor.detach(), device=device)


def _as_parameter(tensor: Tensor, made: Tensor) -> Tensor:
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(made, requires_grad=tensor.requires_grad)
    if tensor.requires_grad and tensor.is_leaf:
        return made.requires_grad_()
    return made


def _lazy(tensor: Tensor, device: torch.device | str = "meta") -> Tensor:
    kind: Any = type(tensor)
    if isinstance(tensor, nn.Parameter):
        return kind(requires_grad=tensor.requires_grad, device=device, dtype=tensor.dtype)
    return kind(device=device, dtype=tensor.dtype)
