"""Which modules a function will call, in the forms in which people write functions."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import torchloupe as tl
from torchloupe.tap import modules_of

GLOBAL = nn.Linear(2, 2)
OTHER = nn.Linear(2, 2)


class Trainer:
    """A plain object that holds a model."""

    def __init__(self) -> None:
        self.model = nn.Linear(2, 2)
        self.unused = nn.Linear(2, 2)

    def evaluate(self) -> Tensor:
        return self.model(torch.ones(1, 2))

    @property
    def score(self) -> Tensor:
        return self.evaluate().mean()

    def __call__(self) -> Tensor:
        return self.evaluate()


def _helper() -> Tensor:
    return GLOBAL(torch.ones(1, 2))


def _cases() -> dict[str, tuple[Callable[..., Any], list[nn.Module]]]:
    local, trainer = nn.Linear(2, 2), Trainer()
    parts = {"a": [local, (GLOBAL,)]}
    run = tl.Run()
    space = ModuleType("space")
    space.net = local  # type: ignore[attr-defined]

    def nested() -> Tensor:
        def inner() -> Tensor:
            return GLOBAL(torch.ones(1, 2))

        return inner()

    @functools.wraps(nested)
    def wrapped() -> Tensor:
        return local(nested())

    def default(model: nn.Module = local) -> Tensor:
        return model(torch.ones(1, 2))

    return {
        "module": (local, [local]),
        "method": (local.forward, [local]),
        "closure": (lambda: local(torch.ones(1, 2)), [local]),
        "global": (lambda: GLOBAL(torch.ones(1, 2)), [GLOBAL]),
        "global in a generator": (lambda: sum(GLOBAL(x) for x in [torch.ones(2)]), [GLOBAL]),
        "global in a lambda": (lambda: (lambda: GLOBAL(torch.ones(2)))(), [GLOBAL]),
        "inner function": (nested, [GLOBAL]),
        "through a function": (lambda: _helper(), [GLOBAL]),
        "partial": (functools.partial(local, torch.ones(2)), [local]),
        "partial argument": (functools.partial(lambda m: m, m=local), [local]),
        "collections": (lambda: parts["a"][0](torch.ones(2)), [local, GLOBAL]),
        "attribute": (lambda: trainer.model(torch.ones(2)), [trainer.model]),
        "object's method": (trainer.evaluate, [trainer.model]),
        "object's method by name": (lambda: trainer.evaluate(), [trainer.model]),
        "property": (lambda: trainer.score, [trainer.model]),
        "callable object": (trainer, [trainer.model]),
        "python module": (lambda: space.net(torch.ones(2)), [local]),
        "decorated": (wrapped, [local, GLOBAL]),
        "default": (default, [local]),
        "torch": (lambda: F.mse_loss(torch.ones(2), torch.ones(2)), []),
        "builtin": (len, []),
        "run": (lambda: run.step, []),
    }


@pytest.mark.parametrize("form", _cases())
def test_found(form: str) -> None:
    function, expected = _cases()[form]
    assert {id(each) for each in modules_of(function)} == {id(each) for each in expected}


def test_a_cell_that_makes_a_new_model() -> None:
    """A function probe guards what its names mean when it is called."""
    space: dict[str, Any] = {"torch": torch}
    exec("def look(): return model(torch.ones(4, 2)).mean()", space)
    space["model"] = nn.BatchNorm1d(2)
    run = tl.Run(budget=None).probe(space["look"], every=1)
    space["model"] = new = nn.BatchNorm1d(2)
    list(run.track(range(2)))
    assert run.problems == []
    assert new.num_batches_tracked == 0
    assert new.training


def test_tangles_end() -> None:
    class Knot:
        def __init__(self) -> None:
            self.me, self.many = self, [self] * 1000

        def turn(self) -> Any:
            return self.me.many[0].turn()

    knot = Knot()
    assert modules_of(knot.turn) == []
    assert modules_of(lambda: knot.me.turn()) == []
    assert modules_of(sys.exit) == []


def test_a_variable_that_is_not_there_yet() -> None:
    def look() -> Any:
        return later()

    assert modules_of(look) == []
    later = nn.Linear(1, 1)
    assert modules_of(look) == [later]
