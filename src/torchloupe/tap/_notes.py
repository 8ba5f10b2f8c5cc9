"""What is special about a module, in a few words."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy
from torch.nn.utils import parametrize


def type_of(module: nn.Module) -> str:
    """Return the class's name, as its author wrote it."""
    if isinstance(module, torch.jit.ScriptModule):
        return str(getattr(module, "original_name", type(module).__name__))
    if "parametrizations" in module._modules:
        return parametrize.type_before_parametrizations(module).__name__
    return type(module).__name__


def note_on(module: nn.Module, is_compiled: bool) -> str:
    """Return what else is to be known of a module; nothing of it is called or computed."""
    notes = ["compiled: this is the original"] if is_compiled else []
    if isinstance(module, torch.jit.ScriptModule):
        return ", ".join([*notes, "scripted: calls within are not seen"])
    if module._compiled_call_impl is not None:
        notes.append("compiled")
    if isinstance(module, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
        notes.append("one copy is described")
    tensors = [*module._parameters.values(), *module._buffers.values()]
    if any(is_lazy(each) for each in tensors):
        notes.append("lazy: no parameters before the first call")
    if ".quantized" in type(module).__module__:
        notes.append("quantised: packed weights are not counted")
    return ", ".join([*notes, *_computed_weights(module)])


def _computed_weights(module: nn.Module) -> list[str]:
    """Tell which tensors are computed from others: the others are what is counted."""
    notes: list[str] = []
    parametrizations: Any = module._modules.get("parametrizations")
    for name, steps in (parametrizations._modules if parametrizations else {}).items():
        ways = [type(step).__name__.strip("_") for step in steps]
        notes.append(f"{name} by {' and '.join(ways)}")
    for hook in module._forward_pre_hooks.values():
        if type(hook).__module__.startswith("torch.nn.utils."):
            name = getattr(hook, "name", None) or getattr(hook, "_tensor_name", "")
            notes.append(f"{name} by {type(hook).__name__}")
    return notes
