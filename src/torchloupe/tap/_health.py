"""How does each module do? Activations, gradients, updates and time, at a price one sets."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from ._activations import Activations
from ._door import need_flag, need_module
from ._forward import move_to
from ._probe import Answer, Probe
from ._timing import time_modules
from ._tree import held_by


class Health(Probe):
    """Measure each module of a model: what flows through it, what it learns, how long it takes.

    Without inputs, what needs no forward pass is measured: gradients, updates and weights. With an
    example, one forward pass of it is made in eval mode, and uncompiled. All are float64 [M], one a
    module in the order of `named_modules`, NaN where there is nothing to measure:

    * `gradient`: the Euclidean norm of the gradients of the module's own parameters, as they are at
      the boundary; unknown where the loop has cleared them by then.
    * `update`: how far one step moved its own parameters, relative to their norm. It is measured
      over the step that follows an evaluation, of which the parameters are copied meanwhile. What
      is told then says in its details that all the rest is one boundary old (`behind`).
    * `weight`: the norm of its own parameters.
    * `mean`, `spread`: mean and standard deviation of its output.
    * `dead`: the share of its output's units that are zero for the whole example. Units are the
      channels of [N, C, H, …], the features of [N, F] and [N, T, F], and the channels of [N, C, L]
      after a `Conv1d` and its like, up to where the shape changes.
    * `broken`: how many of its parameters, gradients and outputs are NaN or infinite.
    * `seconds`: how long a call of it took, those within included, least of three; with `timing`.

    Args:
        model: the module to look at.
        *inputs: one example to call `model(*inputs)` with; kept, not copied.
        timing: time the modules as well: four more forward passes.

    Raises:
        TypeError: `model` is not a module or `timing` not a bool.
    """

    name = "health"
    kind = "health"

    def __init__(self, model: nn.Module, *inputs: Any, timing: bool = False) -> None:
        self._model = need_module(model, "model")
        self._inputs = inputs
        self._timing = need_flag(timing, "timing")
        self._before: dict[str, list[Tensor]] | None = None
        self._updates: dict[str, float] = {}
        self._found: dict[str, dict[str, float]] = {}

    @property
    def modules(self) -> Sequence[nn.Module]:
        """The model."""
        return [self._model]

    @property
    def subject(self) -> tuple[nn.Module, Any] | None:
        """The model and its example, if that is a single tensor."""
        lone = len(self._inputs) == 1 and isinstance(self._inputs[0], Tensor)
        return (self._model, self._inputs[0][:1]) if lone else None

    @property
    def goes_on(self) -> bool:
        """Whether the next boundary tells how far a step moved the parameters."""
        return self._before is not None

    def evaluate(self, should_stop: Callable[[], bool]) -> Answer | None:
        """Measure once; at the boundary after that, compare the parameters."""
        named = dict(self._model.named_modules())
        if self._before is not None:
            before, self._before = self._before, None
            self._updates = _distances(named, before)
            return self._answer(named, self._found, behind=1)
        found = self._measure(named, should_stop)
        if found is None:
            return None
        self._found = found
        self._before = {path: _copies(module) for path, module in named.items()}
        return self._answer(named, found)

    def peek(self) -> Answer | None:
        """Measure what can be measured at one boundary, and leave the next evaluation as it is."""
        named = dict(self._model.named_modules())
        found = self._measure(named, lambda: False)
        return None if found is None else self._answer(named, found)

    def _answer(
        self, named: dict[str, nn.Module], found: dict[str, dict[str, float]], behind: int = 0
    ) -> Answer:
        columns = {**found, "update": self._updates}
        arrays = {key: _column(values, named) for key, values in columns.items()}
        return Answer("health", arrays, {"paths": list(named), "behind": behind})

    def _measure(
        self, named: dict[str, nn.Module], should_stop: Callable[[], bool]
    ) -> dict[str, dict[str, float]] | None:
        weights, gradients, broken = _parameters(named)
        found = {"weight": weights, "gradient": gradients, "broken": broken}
        if not self._inputs:
            return found
        inputs = pytree.tree_map_only(
            Tensor, lambda each: move_to(each, [self._model]), self._inputs
        )
        with _uncompiled():
            if self._timing:
                found["seconds"] = time_modules(self._model, inputs, named, should_stop)
            if should_stop():
                return None
            with Activations(named) as activations:
                self._model(*inputs)
        flowed = activations.measured()
        for path, count in flowed.pop("broken").items():
            broken[path] = broken.get(path, 0.0) + count
        return {**found, **flowed}


def _uncompiled() -> AbstractContextManager[object]:
    """Run what `torch.compile` made as it was: compiled, it would be so anew for each hook."""
    # To import it takes seconds; torch before 2.6 knows no stance.
    if "torch._dynamo" not in sys.modules or not hasattr(torch.compiler, "set_stance"):
        return nullcontext()
    return torch.compiler.set_stance("force_eager")


def _column(values: dict[str, float], named: dict[str, nn.Module]) -> NDArray[np.float64]:
    return np.array([values.get(path, math.nan) for path in named], np.float64)


def _parameters_of(module: nn.Module) -> Iterator[Tensor]:
    # Not `parameters`, which users give other arguments and other contents.
    return (tensor for _, tensor, is_parameter in held_by(module) if is_parameter)


def _own(module: nn.Module) -> Iterator[Tensor]:
    """A module's own parameters that hold numbers one can measure."""
    for each in _parameters_of(module):
        if each.is_meta or each.layout != torch.strided or not each.numel():
            continue
        if each.element_size() == 1:  # torch does not calculate in 8 bits
            continue
        if each.is_floating_point() or each.is_complex():
            yield each.detach()


def _copies(module: nn.Module) -> list[Tensor]:
    return [each.clone() for each in _own(module)]


def _norm(tensors: Sequence[Tensor]) -> Tensor:
    """The norm of all of them together, float32 at least, on their device."""
    norms = [torch.linalg.vector_norm(each, dtype=_wide(each)) for each in tensors]
    return torch.linalg.vector_norm(torch.stack(norms))


def _wide(tensor: Tensor) -> torch.dtype:
    if tensor.is_complex():
        return torch.complex128 if tensor.dtype == torch.complex128 else torch.complex64
    return torch.float64 if tensor.dtype == torch.float64 else torch.float32


def _slopes(module: nn.Module) -> list[Tensor]:
    """The gradients of a module's own parameters, as far as there are any."""
    found = [each.grad for each in _parameters_of(module)]
    return [each.detach() for each in found if each is not None and each.layout == torch.strided]


def _parameters(
    named: dict[str, nn.Module],
) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Return norms of parameters and gradients, and how many of their numbers are not finite."""
    own = {path: list(_own(module)) for path, module in named.items()}
    slopes = {path: _slopes(module) for path, module in named.items()}
    weights = _numbers({path: _norm(each) for path, each in own.items() if each})
    gradients = _numbers({path: _norm(each) for path, each in slopes.items() if each})
    # A norm is finite only if all its numbers are, so that hardly ever any need be looked at.
    broken = dict.fromkeys(weights, 0.0)
    for path in weights:
        if not math.isfinite(weights.get(path, 0.0) + gradients.get(path, 0.0)):
            odd = [(~torch.isfinite(each)).sum() for each in own[path] + slopes[path]]
            broken[path] = float(sum(each.item() for each in odd))
    return weights, gradients, broken


def _distances(named: dict[str, nn.Module], before: dict[str, list[Tensor]]) -> dict[str, float]:
    """Return how far parameters moved, relative to where they were."""
    moved = {}
    for path, module in named.items():
        then, now = before.get(path), list(_own(module))
        if then and [each.shape for each in then] == [each.shape for each in now]:
            apart = [new.to(old.device) - old for old, new in zip(then, now, strict=True)]
            moved[path] = _norm(apart) / _norm(then)
    return _numbers(moved)


def _numbers(found: dict[str, Tensor]) -> dict[str, float]:
    """Read numbers off their devices, in one go each."""
    if not found:
        return {}
    devices = {each.device for each in found.values()}
    read: dict[str, float] = {}
    for device in devices:
        paths = [path for path, each in found.items() if each.device == device]
        values = torch.stack([found[path] for path in paths]).cpu().tolist()
        read.update(zip(paths, values, strict=True))
    return read
