"""Why a forward pass failed, in the words that help: said only where it is certain."""

from __future__ import annotations

import math
import re
import sys
from typing import Any, cast

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from ._architecture import ModuleNode, Shape
from ._settings import settings_of

_LONGEST = 300
_CONVOLUTIONS = {nn.Conv1d: 1, nn.Conv2d: 2, nn.Conv3d: 3}
_CONVOLUTIONS |= {nn.ConvTranspose1d: 1, nn.ConvTranspose2d: 2, nn.ConvTranspose3d: 3}
_MULTIPLYING = (nn.Linear, *_CONVOLUTIONS, nn.RNNBase, nn.RNNCellBase, nn.MultiheadAttention)
_BATCH_NORMS = {nn.BatchNorm1d: (2, 3), nn.BatchNorm2d: (4,), nn.BatchNorm3d: (5,)}
_NORMS = (nn.LayerNorm, nn.GroupNorm, *_BATCH_NORMS)
_NARROW = (torch.float16, torch.bfloat16)
_AXES = {1: "N, C, L", 2: "N, C, H, W", 3: "N, C, D, H, W"}
# What needs a tensor's values has names of its own in Python.
_SPOKEN = {"aten::_local_scalar_dense": "aten::_local_scalar_dense (.item(), `if tensor:`, int())"}

# A user's own mistake has nothing to do with that device.
_ABOUT_META = re.compile(r"\bmeta\b", re.IGNORECASE)
# Two ways in which torch says that a function was given something else first.
_NO_TENSOR = re.compile(
    r"got \((?!Tensor|Parameter)([\w.]+),|position 1\) must be Tensor, not ([\w.]+)"
)
_ONLY_SHAPES = (
    "and there are only shapes; describe(…, execute=True) runs a copy of the model to find the rest"
)


def explain(module: nn.Module, node: ModuleNode, error: Exception) -> str:
    """Return why a module failed: what it was given and what it expects, or torch's own words.

    Args:
        module: the module, or a copy of it.
        node: its node, with the shapes of its inputs.
        error: what it raised.
    """
    lead = f"{node.type}({settings_of(module)}) was given "
    is_given = node.input_shapes and not "".join(node.input_names[:1]).startswith("[0][")
    other = _NO_TENSOR.search(words_of(error)) if isinstance(error, TypeError) else None
    if other and not is_given and type(module).__module__.startswith("torch.nn."):
        name = (other[1] or other[2]).rpartition(".")[2]
        return f"{lead}no tensor, but an object of type {name}; it expects a tensor"
    for shape, dtype in zip(node.input_shapes[:1], node.input_dtypes, strict=False):
        reason = _about_shape(module, shape) or _about_dtype(module, dtype)
        if reason:
            return f"{lead}{list(shape)}{reason}"
    return one_line(error)


def refuse_dtypes(operator: str, dtypes: list[torch.dtype]) -> None:
    """Raise as a call with contents would where a product is given tensors of several dtypes.

    Norms take narrow numbers with weights that are not.

    Raises:
        RuntimeError: the dtypes differ.
    """
    first, *others = dtypes
    wanted = {first}
    if "norm" in operator and first in _NARROW:
        wanted.add(torch.float32)
    if not wanted.issuperset(others) and not may_cast():
        told = ", ".join(str(each).removeprefix("torch.") for each in dict.fromkeys(dtypes))
        raise RuntimeError(f"{operator} needs tensors of one dtype, got {told}")


def explain_value(operator: Any, error: Exception) -> str | None:
    """Return that an operator needs values, which a tensor without contents does not have."""
    tags = getattr(operator, "tags", ())
    if torch.Tag.data_dependent_output in tags or torch.Tag.dynamic_output_shape in tags:
        name = operator.name()
        return f"{_SPOKEN.get(name, name)} needs the values of a tensor, {_ONLY_SHAPES}"
    if is_about_meta(error):
        return f"the values of a tensor are needed, {_ONLY_SHAPES} ({one_line(error)})"
    if operator is not None and isinstance(error, NotImplementedError):
        return f"{operator.name()} has no rule for shapes alone, {_ONLY_SHAPES}"
    return None


def one_line(error: BaseException) -> str:
    """Return an error's class and text, shortened."""
    if isinstance(error, RecursionError):
        return f"RecursionError: nested deeper than Python's stack ({sys.getrecursionlimit():,})"
    text = " ".join(words_of(error).split())
    if is_scripts(error):  # where it was comes first, at length
        text = text.rpartition("Error: ")[2] or text
    return f"{type(error).__name__}: {text[:_LONGEST]}" if text else type(error).__name__


def is_about_meta(error: BaseException) -> bool:
    """Tell whether it is only because a tensor has no contents that something failed."""
    return _ABOUT_META.search(words_of(error)) is not None


def is_scripts(error: BaseException) -> bool:
    """Tell whether an error is what TorchScript's interpreter made of another."""
    return "TorchScript interpreter" in words_of(error)


def words_of(error: BaseException) -> str:
    """Return an error's text; that of a user's class may fail itself."""
    try:
        return str(error)
    except Exception:  # whatever it raises
        return ""


def _about_shape(module: nn.Module, shape: Shape) -> str:
    if any(is_lazy(each) for each in module._parameters.values() if each is not None):
        return ""
    if isinstance(module, nn.Linear):
        return _about_linear(module.in_features, shape)
    for kind, axes in _CONVOLUTIONS.items():
        if isinstance(module, kind):
            return _about_convolution(cast(nn.Conv2d, module).in_channels, axes, shape)
    for kind, dimensions in _BATCH_NORMS.items():
        if isinstance(module, kind):
            return _about_batch_norm(cast(nn.BatchNorm2d, module).num_features, dimensions, shape)
    if isinstance(module, nn.LayerNorm):
        expected = tuple(module.normalized_shape)
        if shape[-len(expected) :] != expected:
            return f", which does not end in {list(expected)}, what it normalises"
    if isinstance(module, nn.RNNBase) and shape and shape[-1] != module.input_size:
        return f", whose last dimension is {shape[-1]}; it expects {module.input_size}"
    return ""


def _about_linear(expected: int, shape: Shape) -> str:
    if not shape:
        return f", a lone number; it expects a last dimension of {expected}"
    if shape[-1] == expected:
        return ""
    reason = f", whose last dimension is {shape[-1]}; it expects {expected}"
    if len(shape) > 2 and math.prod(shape[1:]) == expected:
        return f"{reason}. Flattened to [{shape[0]}, {expected}] it would fit: nn.Flatten()"
    return reason


def _about_convolution(expected: int, axes: int, shape: Shape) -> str:
    if len(shape) not in (axes + 1, axes + 2):
        return f", which has {len(shape)} dimensions; it expects {axes + 2}: [{_AXES[axes]}]"
    place = len(shape) - axes - 1
    if shape[place] == expected:
        return ""
    reason = f", whose dimension {place} (channels) is {shape[place]}; it expects {expected}"
    if len(shape) == axes + 2 and shape[-1] == expected:
        return f"{reason}. Its last dimension is {expected}: are the channels there?"
    return reason


def _about_batch_norm(expected: int, dimensions: tuple[int, ...], shape: Shape) -> str:
    if len(shape) not in dimensions:
        wanted = " or ".join(map(str, dimensions))
        return f", which has {len(shape)} dimensions; it expects {wanted}"
    if shape[1] != expected:
        return f", whose dimension 1 (channels) is {shape[1]}; it expects {expected}"
    return ""


def _about_dtype(module: nn.Module, dtype: str) -> str:
    """Layers that multiply need one dtype; embeddings need whole numbers."""
    if isinstance(module, (nn.Embedding, nn.EmbeddingBag)) and dtype not in ("int32", "int64"):
        return f" of {dtype}; it expects indices of int64 or int32"
    weight = next((each for each in module._parameters.values() if each is not None), None)
    needs_one = isinstance(module, (*_MULTIPLYING, *_NORMS))
    if needs_one and weight is not None and not is_lazy(weight) and not may_cast():
        expected = str(weight.dtype).removeprefix("torch.")
        mixes = isinstance(module, _NORMS) and getattr(torch, dtype) in _NARROW
        if expected != dtype and not mixes:
            return f" of {dtype}; its weights are {expected}"
    return ""


def may_cast() -> bool:
    """Tell whether autocast is on. Within an operation it says it is not, but not how deep."""
    torch.autocast_increment_nesting()
    if torch.autocast_decrement_nesting():
        return True
    return any(torch.is_autocast_enabled(device) for device in ("cpu", "cuda"))
