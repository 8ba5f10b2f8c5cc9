"""Functions that a model keeps refer to the copy's modules, wherever they are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from types import MethodType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import torchloupe as tl
from torchloupe.tap._copy import ModelCopy
from torchloupe.tap._weightless import on_meta


def by_list(model: Any, norm: nn.Module) -> None:
    model.steps = [lambda x: norm(x)]


def by_default(model: Any, norm: nn.Module) -> None:
    model.steps = [lambda x, norm=norm: norm(x)]


def by_keyword_default(model: Any, norm: nn.Module) -> None:
    def step(x: Tensor, *, norm: nn.Module = norm) -> Tensor:
        return norm(x)

    model.steps = {"only": step}


def by_two_decorators(model: Any, norm: nn.Module) -> None:
    model.steps = [_decorated(_decorated(norm.__call__))]


def by_partial(model: Any, norm: nn.Module) -> None:
    model.steps = [partial(lambda net, x: net(x), norm)]


def by_a_list_that_is_closed_over(model: Any, norm: nn.Module) -> None:
    norms = [norm]
    model.steps = [lambda x: norms[0](x)]


def by_a_method_of_a_function(model: Any, norm: nn.Module) -> None:
    model.step = MethodType(lambda self, x: norm(x), model)
    model.steps = [lambda x: model.step(x)]


def by_recursion(model: Any, norm: nn.Module) -> None:
    def step(x: Tensor, times: int = 2) -> Tensor:
        return step(norm(x), times - 1) if times else x

    model.steps = [step]


def _decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def inner(*args: Any) -> Any:
        return function(*args)

    return inner


class Stepping(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(4)
        self.steps: Any = []

    def forward(self, x: Tensor) -> Tensor:
        for step in self.steps.values() if isinstance(self.steps, dict) else self.steps:
            x = step(x)
        return x


@pytest.mark.parametrize("execute", [False, True])
@pytest.mark.parametrize(
    "keep",
    [
        by_list,
        by_default,
        by_keyword_default,
        by_two_decorators,
        by_partial,
        by_a_list_that_is_closed_over,
        by_a_method_of_a_function,
        by_recursion,
    ],
)
def test_a_model_is_left_alone_whose_functions_call_its_modules(
    keep: Callable[[Any, nn.Module], None], execute: bool
) -> None:
    """Seen to fail when functions were taken as they are: batches were counted by the model."""
    model = Stepping()
    keep(model, model.norm)
    found = tl.describe(model, torch.rand(2, 4), execute=execute)
    assert (found.failure, found.root.output_shapes) == ("", ((2, 4),))
    assert found.root.children[0].calls >= 1
    assert int(model.norm.num_batches_tracked) == 0
    assert model.norm.training


def test_functions_that_share_a_variable_still_do() -> None:
    def counting(layer: nn.Module) -> tuple[Any, Any]:
        count = 0

        def add(x: Tensor) -> Tensor:
            nonlocal count
            count += 1
            return layer(x)

        return add, lambda: (count, layer)

    model: Any = nn.Identity()
    model.add, model.read = counting(nn.Linear(2, 2))
    made: Any = ModelCopy(model, on_meta).model
    made.add(torch.zeros(1, 2, device="meta"))
    assert made.read()[0] == 1
    assert model.read()[0] == 0


def test_a_module_in_an_object_with_slots_is_copied_without_its_hooks() -> None:
    """Seen to fail when slots were not looked into: the user's hook was called."""

    @dataclass(slots=True)
    class Holder:
        layer: nn.Module

    class Holding(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.held = Holder(nn.Linear(4, 2))

        def forward(self, x: Tensor) -> Tensor:
            return self.held.layer(x)

    model, seen = Holding(), list[int]()
    model.held.layer.register_forward_hook(lambda *_: seen.append(1))
    found = tl.describe(model, torch.zeros(1, 4))
    assert (found.failure, found.method, found.root.output_shapes) == ("", "meta", ((1, 2),))
    assert not seen
