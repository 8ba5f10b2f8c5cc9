"""Describe a model without running it: shapes come from a copy whose tensors have no contents."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ._architecture import Architecture
from ._copy import ModelCopy, NotCopied, unwrapped
from ._diagnosis import explain, explain_value, words_of
from ._rng import unchanged_randomness
from ._settings import settings_of
from ._tensors import first_samples, named_arguments, size_of
from ._trace import Trace
from ._tree import Tree
from ._weightless import cloned, fake_in, on_meta

_LONGEST_PATH = 120


def describe(
    model: nn.Module, /, *inputs: Any, execute: bool = False, **kwargs: Any
) -> Architecture:
    """Describe every module of a model: class, settings, shapes, parameters, operations.

    With an example input, `model(*inputs, **kwargs)` is traced on a copy whose tensors have shapes
    but no contents (the meta device, or fake tensors where that does not do), in eval mode. The
    model itself, its hooks, its flags and the random generators are left alone, and no memory for
    weights is taken. Hooks that users registered are not called.

    What cannot be traced is told in `failure`. The tree is there all the same, with shapes up to
    the module that failed, which is marked. Without an example the tree is of the modules alone.

    Args:
        model: the model. One that `torch.compile` made is described as it was before.
        *inputs: an example of what it is called with. Tensors may be on any device, also meta.
        execute: where a forward pass needs the values of its tensors (a detection model that keeps
            some boxes), run it once for real: on a copy of the model, in eval mode, so that it
            takes as much memory again. If all tensors among the arguments are batches of one
            length, only their first sample is used; other arguments as they are.
        **kwargs: its keyword arguments. One that is called `execute` has to go by its place.

    Raises:
        TypeError: `model` is not a module, or it has a parameter `execute` itself.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"model: expected a torch.nn.Module, got {type(model).__name__}")
    if execute and _has_parameter(unwrapped(model), "execute"):
        raise TypeError("execute: the model's forward has that parameter too; pass it by its place")
    tree = Tree(model)
    # Tensors that are made in inference mode could not be differentiated.
    with unchanged_randomness(), torch.inference_mode(mode=False):
        description = _Description(tree, inputs, kwargs)
        if inputs or kwargs:
            description.find_shapes(execute=execute)
    root = tree.root
    trace = description.trace
    return Architecture(
        root,
        root.parameters,
        root.trainable,
        root.parameter_bytes,
        description.failure,
        root.buffers,
        root.buffer_bytes,
        trace.flops if trace else 0,
        sum(size_of(each) for _, each in named_arguments(inputs, kwargs)),
        trace.activation_bytes if trace else 0,
        trace.method if trace else "",
    )


class _Description:
    """Fills a tree with what copies of the model tell."""

    def __init__(self, tree: Tree, inputs: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        self.trace: Trace | None = None
        self.failure = ""
        self._tree = tree
        self._inputs, self._kwargs = inputs, dict(kwargs)
        self._model = tree.places[0][1]
        asks_copy = any(not _is_safe_to_ask(module) for _, module in tree.modules())
        self._weightless = self._copied(on_meta) if inputs or kwargs or asks_copy else None
        for node, module in tree.places:
            node.settings = _settings(module, self._weightless)

    def find_shapes(self, *, execute: bool) -> None:
        """Trace on meta, else with fake tensors, else for real if that was asked for."""
        self._attempt("meta", self._weightless, torch.device("meta"))
        if self.trace is not None and _wants_a_device(self.trace):
            from torch._subclasses.fake_tensor import FakeTensorMode  # takes a second, once

            mode = FakeTensorMode(allow_non_fake_inputs=True, allow_fallback_kernels=False)
            self._attempt("fake", self._copied(fake_in(mode)), mode)
        if self.failure and execute:
            self._execute()
        if self.trace is not None:
            self.trace.write()
            self._complete(self.trace)

    def _execute(self) -> None:
        """Run it on the first sample; if that fails, on all: what was cut may be no batch."""
        whole = self._inputs, self._kwargs
        cut = first_samples(*whole)
        for self._inputs, self._kwargs in (whole,) if cut is None else (cut, whole):
            self._attempt("real", self._copied(cloned), nullcontext())
            if not self.failure:
                return

    def _copied(self, convert: Callable[[Tensor], Tensor]) -> ModelCopy | None:
        try:
            return ModelCopy(self._model, convert)
        except NotCopied as error:
            if self._inputs or self._kwargs:
                self.failure = f"No shapes: the model could not be copied ({error})."
            return None

    def _attempt(self, method: str, copy: ModelCopy | None, mode: Any) -> None:
        """Trace once; keep the trace if it got further than those before, or is no mere trace."""
        if copy is None:
            return
        trace = Trace(method)
        for node, module in self._tree.modules():
            if copy.has(module):
                trace.watch(copy.of(module), node)
        try:
            inputs, kwargs = copy.value(self._inputs), copy.value(self._kwargs)
        except NotCopied as error:
            self.failure = f"No shapes: {error}"
            return
        with mode:
            trace.run(copy.model, inputs, kwargs)
        is_better = trace.error is None or method == "real"
        if self.trace is None or is_better or trace.steps > self.trace.steps:
            self.trace = trace
            self.failure = "" if trace.error is None else self._told(trace, trace.error, copy)
            self._learn_lazy(copy)

    def _told(self, trace: Trace, error: Exception, copy: ModelCopy) -> str:
        node = trace.failed or self._tree.root
        module = copy.of(next(module for each, module in self._tree.places if each is node))
        trace.write()
        text = explain_value(trace.operator, error) if trace.method != "real" else None
        trace.reason = text or explain(module, node, error)
        place = node.path if len(node.path) <= _LONGEST_PATH else f"…{node.path[-_LONGEST_PATH:]}"
        return f"Shapes end at {place or 'the model'}: {trace.reason}"

    def _learn_lazy(self, copy: ModelCopy) -> None:
        """Say what lazy modules become: the copy has had its first call."""
        for node, module in self._tree.modules():
            if not node.note.startswith("lazy") or not copy.has(module):
                continue
            made = [each for each in copy.of(module)._parameters.values() if each is not None]
            if not any(map(is_lazy, made)):
                count = sum(each.numel() for each in made)
                node.note = f"lazy: {count:,} parameters after the first call"
                node.settings = settings_of(copy.of(module))

    def _complete(self, trace: Trace) -> None:
        for node, _ in reversed(self._tree.places):
            if not node.calls and node.children:
                node.flops = sum(child.flops for child in node.children)
        if trace.error is not None:
            (trace.failed or self._tree.root).failed = trace.reason


def _settings(module: nn.Module, copy: ModelCopy | None) -> str:
    if isinstance(module, torch.jit.ScriptModule):
        return ""
    if _is_safe_to_ask(module):
        return settings_of(module)
    return settings_of(copy.of(module)) if copy is not None and copy.has(module) else ""


def _is_safe_to_ask(module: nn.Module) -> bool:
    """Tell whether a module's own `extra_repr` changes nothing.

    A user's may, and reading a parametrised weight computes it: those are asked of the copy.
    """
    torchs = type(module).extra_repr.__module__.startswith("torch.")
    return torchs and "parametrizations" not in module._modules


def _wants_a_device(trace: Trace) -> bool:
    """Tell whether it is the meta device that the model did not stand."""
    if trace.error is None:
        return False
    shape_unknown = torch.Tag.dynamic_output_shape in getattr(trace.operator, "tags", ())
    return not shape_unknown and "meta" in words_of(trace.error).lower()


def _has_parameter(model: nn.Module, name: str) -> bool:
    try:
        return name in inspect.signature(model.forward).parameters
    except (TypeError, ValueError):  # scripted, or built in
        return False
