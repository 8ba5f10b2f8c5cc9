"""Describe a model without running it: shapes come from a weightless copy on the meta device."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.utils import _pytree as pytree

from ._architecture import Architecture, ModuleNode, Shape
from ._rng import unchanged_randomness
from ._settings import settings_of


def describe(model: nn.Module, *inputs: Any, **kwargs: Any) -> Architecture:
    """Describe every module of a model: class, settings, shapes, parameters.

    With an example input, `model(*inputs, **kwargs)` is traced on a copy whose tensors have shapes
    but no contents (the meta device), in eval mode. The model itself, its hooks, flags and the
    random generators are left alone, and no memory for weights is taken. What cannot be traced
    (data-dependent code, lazy parameters) is told in `failure`; the tree is there all the same,
    with shapes up to the module that failed.

    Raises:
        TypeError: `model` is not a module.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"model: expected a torch.nn.Module, got {type(model).__name__}")
    nodes: dict[str, ModuleNode] = {}
    root = _tree(model, "", {}, nodes)
    parameters = [each for each in model.parameters() if not is_lazy(each)]
    failure = ""
    if inputs or kwargs:
        with unchanged_randomness():
            failure = _trace(model, inputs, kwargs, nodes)
    return Architecture(
        root,
        sum(each.numel() for each in parameters),
        sum(each.numel() for each in parameters if each.requires_grad),
        sum(each.numel() * each.element_size() for each in parameters),
        failure,
    )


def _tree(
    module: nn.Module, path: str, seen: dict[int, str], nodes: dict[str, ModuleNode]
) -> ModuleNode:
    """Build the nodes below one module; a module met again is a leaf that says where it was."""
    node = ModuleNode(path, type(module).__name__, settings_of(module))
    nodes[path] = node
    own = {id(each): each for each in module.parameters(recurse=False) if not is_lazy(each)}
    every = {id(each): each for each in module.parameters() if not is_lazy(each)}
    node.own_parameters = sum(each.numel() for each in own.values())
    node.parameters = sum(each.numel() for each in every.values())
    node.trainable = sum(each.numel() for each in every.values() if each.requires_grad)
    node.shared_with = seen.get(id(module))
    if node.shared_with is not None:
        return node
    seen[id(module)] = path
    for name, child in _children(module):
        node.children.append(_tree(child, f"{path}.{name}" if path else name, seen, nodes))
    return node


def _children(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Every child by every name (`named_children` would skip a module's second name)."""
    return ((name, child) for name, child in module._modules.items() if child is not None)


def _trace(
    model: nn.Module, inputs: tuple[Any, ...], kwargs: dict[str, Any], nodes: dict[str, ModuleNode]
) -> str:
    """Run a weightless copy and write shapes into the nodes; return what went wrong."""
    if any(is_lazy(each) for each in [*model.parameters(), *model.buffers()]):
        return "Shapes appear after the first step: lazy parameters have none yet."
    try:
        weightless = _weightless(model)
        arguments, named = pytree.tree_map_only(Tensor, _to_meta, (inputs, kwargs))
    except Exception as error:  # a user's __deepcopy__ may raise anything
        return f"No shapes: the model could not be copied ({_one_line(error)})."
    active: list[ModuleNode] = []
    _record(weightless, nodes, active)
    try:
        with torch.no_grad(), torch.device("meta"):
            weightless(*arguments, **named)
    except Exception as error:  # a user's forward may raise anything
        node = active[-1] if active else nodes[""]
        node.failed = _one_line(error)
        return f"Shapes end at {node.path or 'the model'}: {node.failed}"
    return ""


def _weightless(model: nn.Module) -> nn.Module:
    """Copy the structure of a model with every tensor on the meta device."""
    memo: dict[int, Any] = {}
    for module in model.modules():
        for tensor in _tensors_of(module):
            memo.setdefault(id(tensor), _to_meta(tensor))
        for name, hooks in vars(module).items():
            if name.endswith("_hooks") and isinstance(hooks, dict):
                memo[id(hooks)] = _without_users(cast(dict[int, Any], hooks))
    weightless = copy.deepcopy(model, memo)
    for module in weightless.modules():
        module.training = False
    return weightless


def _without_users(hooks: dict[int, Any]) -> dict[int, Any]:
    """Keep torch's own hooks, without which weight_norm or spectral_norm have no weight.

    A user's may write into the user's own lists, and copying one may copy all that it refers to.
    """
    own = type(hooks)()
    own.update({k: v for k, v in hooks.items() if type(v).__module__.startswith("torch.")})
    return own


def _tensors_of(module: nn.Module) -> Iterator[Tensor]:
    yield from (each for each in module.parameters(recurse=False))
    yield from (each for each in module.buffers(recurse=False))
    yield from (each for each in vars(module).values() if isinstance(each, Tensor))


def _to_meta(tensor: Tensor) -> Tensor:
    empty = torch.empty_like(tensor.detach(), device="meta")
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(empty, requires_grad=tensor.requires_grad)
    return empty


def _record(model: nn.Module, nodes: dict[str, ModuleNode], active: list[ModuleNode]) -> None:
    """Put hooks on the copy (it is thrown away afterwards) that write shapes into the nodes."""
    for path, module in model.named_modules():
        node = nodes[path]

        def before(_: nn.Module, inputs: Any, kwargs: Any, node: ModuleNode = node) -> None:
            active.append(node)
            if not node.calls:
                node.input_shapes = _shapes((inputs, kwargs))
            node.calls += 1

        def after(_: nn.Module, __: Any, output: Any, node: ModuleNode = node) -> None:
            while active.pop() is not node:  # a call within failed, and the failure was caught
                continue
            if not node.output_shapes:
                node.output_shapes = _shapes(output)

        module.register_forward_pre_hook(before, with_kwargs=True, prepend=True)
        module.register_forward_hook(after)


def _shapes(values: Any) -> tuple[Shape, ...]:
    leaves = pytree.tree_leaves(values)
    return tuple(tuple(each.shape) for each in leaves if isinstance(each, Tensor))


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}"
