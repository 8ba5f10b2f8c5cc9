"""Run a copy of a model and write down every call of its modules."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from ._architecture import ModuleNode
from ._flops import OperationCounter
from ._tensors import Named, dtype_name, named_arguments, named_tensors, size_of
from ._tree import held_by


@dataclass(slots=True)
class _Calls:
    """What the calls of one module were like."""

    calls: int = 0
    order: int = 0
    input: list[Any] = field(default_factory=list)
    output: list[Any] = field(default_factory=list)
    flops: int = 0
    own_flops: int = 0
    activation_bytes: int = 0
    own_activation_bytes: int = 0
    open: int = 0


class Trace:
    """One forward pass of a copy of a model.

    Attributes:
        method: which tensors it ran on: `"meta"`, `"fake"` or `"real"`.
        error: what it raised, if anything.
        failed: the innermost module that raised it.
        operator: the operator that raised it, if one did.
        reason: why, in words; empty if nothing was raised.
        flops: floating-point operations of all calls.
        activation_bytes: memory of all tensors that modules returned, each counted once.
    """

    def __init__(self, method: str) -> None:
        self.method = method
        self.error: Exception | None = None
        self.failed: ModuleNode | None = None
        self.operator: Any = None
        self.reason = ""
        self.flops = 0
        self.activation_bytes = 0
        self._calls: dict[int, _Calls] = {}
        self._nodes: dict[int, ModuleNode] = {}
        self._active: list[_Calls] = []
        self._raised: dict[int, tuple[Exception, ModuleNode]] = {}
        self._storages: dict[int, Any] = {}
        self._begun = 0
        self._returns = 0
        self._watched: list[nn.Module] = []

    @property
    def steps(self) -> int:
        """How many calls came back: of two that failed, the one that got further tells more."""
        return self._returns

    def watch(self, module: nn.Module, node: ModuleNode) -> None:
        """Have every call of a module (of a copy) written down for a node."""
        calls = self._calls[id(node)] = _Calls()
        self._nodes[id(node)] = node
        self._watched.append(module)
        called = module._call_impl

        def watched(*inputs: Any, **kwargs: Any) -> Any:
            if not calls.calls:
                calls.order, self._begun = self._begun, self._begun + 1
                calls.input = _seen(named_arguments(inputs, kwargs))
            calls.calls += 1
            calls.open += 1
            self._active.append(calls)
            before = self.flops
            try:
                output = called(*inputs, **kwargs)
            except Exception as error:
                self._raised.setdefault(id(error), (error, node))
                raise
            finally:
                self._active.pop()
                calls.open -= 1
                if not calls.open:  # a module within itself counts its operations once
                    calls.flops += self.flops - before
            self._returned(calls, named_tensors(output))
            return output

        # The seam that `module.compile()` uses: unlike hooks it sees which module raised, and what
        # torch's own hooks (weight_norm, lazy modules) do belongs to the module.
        vars(module)["_compiled_call_impl"] = watched

    def run(self, model: nn.Module, inputs: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Call the copy, with gradients enabled, as the operations of training are to be counted.

        Args:
            model: the copy, its modules watched.
            inputs: its arguments, copied likewise.
            kwargs: its keyword arguments.
        """
        for module in self._watched:
            for _, tensor, _ in held_by(module):
                self._is_new(tensor)
        for _, tensor in named_arguments(inputs, kwargs):
            self._is_new(tensor)
        counter = OperationCounter(self._count, has_contents=self.method == "real")
        try:
            with _quiet(), _room(), torch.enable_grad(), counter:
                model(*inputs, **kwargs)
        except Exception as error:  # a user's forward may raise anything
            self._note(error, counter)
        self._storages.clear()

    def write(self) -> None:
        """Write what was seen into the nodes."""
        for key, calls in self._calls.items():
            node = self._nodes[key]
            node.calls, node.order = calls.calls, calls.order if calls.calls else None
            node.flops, node.own_flops = calls.flops, calls.own_flops
            node.activation_bytes = calls.activation_bytes
            node.own_activation_bytes = calls.own_activation_bytes
            nothing = (), (), ()
            node.input_names, node.input_shapes, node.input_dtypes = calls.input or nothing
            node.output_names, node.output_shapes, node.output_dtypes = calls.output or nothing

    def _count(self, operations: int) -> None:
        self.flops += operations
        if self._active:
            self._active[-1].own_flops += operations

    def _returned(self, calls: _Calls, outputs: list[Named]) -> None:
        self._returns += 1
        if not calls.output:
            calls.output = _seen(outputs)
        for _, tensor in outputs:
            calls.activation_bytes += size_of(tensor)
            if self._is_new(tensor):
                calls.own_activation_bytes += _storage_bytes(tensor)
                self.activation_bytes += _storage_bytes(tensor)

    def _is_new(self, tensor: Tensor) -> bool:
        """Tell whether a tensor's memory was not met before; it is kept, lest another gets it."""
        try:
            storage = tensor.untyped_storage()
        except (NotImplementedError, RuntimeError, ValueError):  # sparse, lazy: it has none
            return False
        known = storage._cdata in self._storages
        self._storages[storage._cdata] = storage
        return not known

    def _note(self, error: Exception, counter: OperationCounter) -> None:
        self.error = counter.behind(error)
        if self.error is not error:
            self.operator = counter.failed
        cause: BaseException | None = error
        while cause is not None:  # `raise … from error`: the module that raised first is meant
            if id(cause) in self._raised:
                self.failed = self._raised[id(cause)][1]
            if counter.error is cause:
                self.operator = counter.failed
            cause = cause.__cause__


def _seen(tensors: list[Named]) -> list[Any]:
    names = tuple(name for name, _ in tensors)
    shapes = tuple(tuple(tensor.shape) for _, tensor in tensors)
    return [names, shapes, tuple(dtype_name(tensor) for _, tensor in tensors)]


def _storage_bytes(tensor: Tensor) -> int:
    return tensor.untyped_storage().nbytes()


@contextmanager
def _quiet() -> Iterator[None]:
    """Say nothing of what a forward warns of: it is the user's own pass that should."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _room() -> Iterator[None]:
    """Make room on Python's stack: a watched call takes a frame more than the call itself."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(2 * limit)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
