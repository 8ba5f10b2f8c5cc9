"""What the probes accept: checked when they are made, so that nothing fails at a step boundary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from ..reduce import as_images, encode_labels, to_array

Function = TypeVar("Function", bound=Callable[..., Any])


def need_callable(value: Function, name: str) -> Function:
    """Return a module or function, or raise a TypeError that names the argument."""
    if not callable(value):
        raise TypeError(f"{name}: expected a module or a function, got {type(value).__name__}")
    return value


def need_flag(value: bool, name: str) -> bool:
    """Return a bool, or raise a TypeError that names the argument."""
    if not isinstance(value, bool):
        raise TypeError(f"{name}: expected True or False, got {type(value).__name__}")
    return value


def need_module(value: nn.Module, name: str) -> nn.Module:
    """Return a module, or raise a TypeError that names the argument."""
    if not isinstance(value, nn.Module):
        raise TypeError(f"{name}: expected a torch.nn.Module, got {type(value).__name__}")
    return value


def need_positive(value: int, name: str) -> int:
    """Return an int of at least 1, or raise an error that names the argument."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}: expected an int, got {type(value).__name__}")
    if value < 1:
        raise ValueError(f"{name}: expected at least 1, got {value}")
    return value


def need_data(values: Tensor, name: str, *, copy: bool = True) -> Tensor:
    """Return samples [N, …] with N >= 1 as a tensor without gradient, copied if asked.

    Raises:
        TypeError: not a dense tensor or array.
        ValueError: no samples.
    """
    tensor = values
    if isinstance(values, np.ndarray):
        tensor = torch.from_numpy(to_array(values, name=name))
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name}: expected a tensor [N, …], got {type(values).__name__}")
    if tensor.layout != torch.strided or tensor.is_meta:
        what = "on the meta device" if tensor.is_meta else f"of layout {tensor.layout}"
        raise TypeError(f"{name}: expected a dense tensor with data, got one {what}")
    if not tensor.dim() or not len(tensor):
        raise ValueError(f"{name}: expected at least one sample [N, …], got {list(tensor.shape)}")
    return tensor.detach().clone() if copy else tensor.detach()


def need_labels(labels: Any, count: int, name: str = "labels") -> Any:
    """Return an owned copy of labels, one a sample, or None; raise an error that names them."""
    if labels is None:
        return None
    encode_labels(labels, count, name=name)
    if isinstance(labels, Tensor):
        return labels.detach().cpu().clone()
    return labels.copy() if isinstance(labels, np.ndarray) else list(labels)


def need_images(values: Tensor, name: str) -> Tensor:
    """Return images [N, C, H, W] or [N, H, W], copied, or raise an error that names them."""
    tensor = need_data(values, name)
    as_images(tensor[:1], name=name)
    return tensor
