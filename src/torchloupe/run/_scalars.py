"""What `log` takes: one number a name."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_LONGEST_NAME = 200


def check_name(name: object) -> str:
    """Return a channel's name or raise an error that says what is wrong with it."""
    if not isinstance(name, str):
        raise TypeError(f"name: expected a string, got {type(name).__name__}")
    if not name.strip():
        raise ValueError(f"name: expected some text, got {name!r}")
    if len(name) > _LONGEST_NAME:
        raise ValueError(
            f"name: expected at most {_LONGEST_NAME} characters, got {len(name)} ({name[:40]!r}…)"
        )
    return name


def check_step(step: object, name: str = "step") -> int:
    """Return a step (an int of at least 0) or raise an error that names it."""
    if isinstance(step, bool) or not isinstance(step, numbers.Integral):
        raise TypeError(f"{name}: expected an int, got {type(step).__name__}")
    if not 0 <= int(step) < 2**53:
        raise ValueError(f"{name}: expected 0 <= {name} < 2**53, got {step}")
    return int(step)


def check_indices(indices: object, name: str) -> NDArray[np.int64]:
    """Return indices, rising and each once, or raise an error that names them; None is none."""
    if indices is None:
        return np.zeros(0, np.int64)
    array = np.asarray(indices)
    if not array.size:
        return np.zeros(0, np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        found = f"{array.dtype} of shape {list(array.shape)}"
        raise TypeError(f"{name}: expected indices [K], got {found}")
    if array.min() < 0:
        raise ValueError(f"{name}: expected indices of at least 0, got {array.min()}")
    if array.max() >= 2**63:
        raise ValueError(f"{name}: expected indices below 2**63, got {array.max()}")
    return np.unique(array.astype(np.int64))


def merge(values: object, scalars: dict[str, Any]) -> dict[str, Any]:
    """Join the mapping and the keywords of one `log` call.

    Raises:
        TypeError: `values` is not a mapping.
        ValueError: a name stands in both.
    """
    if not isinstance(values, Mapping):
        raise TypeError(f"values: expected a mapping of names, got {type(values).__name__}")
    twice = sorted(str(name) for name in values.keys() & scalars.keys())
    if twice:
        raise ValueError(f"values: {twice[0]!r} is given twice")
    return {**values, **scalars}


def read_number(name: str, value: object) -> float | Tensor:
    """Return one float, or, of an accelerator's tensor, a detached copy to be read later.

    Raises:
        TypeError, ValueError: not one real number; the message names it.
    """
    if isinstance(value, Tensor):
        return _read_tensor(name, value)
    if isinstance(value, (bool, np.bool_)):
        return float(value)
    if isinstance(value, numbers.Real):
        try:
            return float(value)
        except OverflowError:
            raise ValueError(f"{name}: {value!r} does not fit into a float") from None
    if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind in "biuf":
        return float(value.reshape(())[()])
    shape = f" of shape {list(value.shape)}" if isinstance(value, np.ndarray) else ""
    raise TypeError(f"{name}: expected one real number, got {type(value).__name__}{shape}")


def _read_tensor(name: str, value: Tensor) -> float | Tensor:
    if value.is_cpu and value.layout is torch.strided:
        try:
            return float(value.item())
        except (RuntimeError, TypeError):  # more than one, or complex
            pass
    if value.numel() != 1:
        raise TypeError(
            f"{name}: expected one number, got a tensor of shape {list(value.shape)}; "
            "log its .mean(), say"
        )
    if value.is_complex() or value.layout != torch.strided or value.is_meta:
        raise TypeError(f"{name}: expected one real number, got {describe_tensor(value)}")
    # `.item()` would make an accelerator finish all its work first.
    return float(value.item()) if value.is_cpu else value.detach().clone()


def describe_tensor(value: Tensor) -> str:
    """Name a tensor's dtype, layout and device."""
    return f"a tensor of dtype {value.dtype}, layout {value.layout}, device {value.device}"


def text_of(value: float) -> str:
    """Format a value as people read it: four significant digits."""
    if not math.isfinite(value):
        return str(value)
    return f"{value:.4g}"
