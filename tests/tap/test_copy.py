"""Copies share nothing that can change, and do what the model does."""

from __future__ import annotations

import copy
import logging
import threading
import warnings
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.testing._internal.distributed.fake_pg import FakeStore

import torchloupe as tl
from torchloupe.tap import _copy
from torchloupe.tap._copy import ModelCopy, NotCopied
from torchloupe.tap._weightless import cloned, on_meta


def holding(**attributes: Any) -> nn.Module:
    model = nn.Identity()
    vars(model).update(attributes)
    return model


def copied(model: nn.Module, convert: Any = on_meta) -> Any:
    return ModelCopy(model, convert).model


def test_a_random_generator_goes_on_for_itself() -> None:
    model = holding(generator=torch.Generator().manual_seed(5))
    before = model.generator.get_state()
    drawn = torch.rand(3, generator=copied(model).generator)
    assert torch.equal(model.generator.get_state(), before)
    assert torch.equal(drawn, torch.rand(3, generator=model.generator))


def test_what_cannot_be_copied_and_holds_nothing_is_shared() -> None:
    lock, again, log = threading.Lock(), threading.RLock(), logging.getLogger("of a model")
    with Path(__file__).open() as file:
        made = copied(holding(things=[lock, again, log, file, torch]))
    assert all(
        one is other
        for one, other in zip(made.things, (lock, again, log, file, torch), strict=True)
    )


def test_a_function_keeps_all_but_the_modules_that_it_closes_over() -> None:
    def patched(layer: nn.Module) -> Any:
        def forward(x: Tensor, times: int = 2, *, plus: float = 1.0) -> Tensor:
            return layer(x) * times + plus

        forward.note = "mine"  # type: ignore[attr-defined]
        return forward

    layer = nn.Linear(3, 3)
    model = nn.Sequential(layer)
    model.forward = patched(layer)  # type: ignore[method-assign]
    made = copied(model, cloned)
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.zero_()
    x = torch.ones(1, 3)
    assert torch.equal(made(x), made[0](x) * 2 + 1)
    assert not torch.equal(made(x), model(x))
    assert made.forward.note == "mine"


def test_a_variable_that_is_not_assigned_yet_stays_so() -> None:
    def late() -> Any:
        function = lambda x: later(x)
        if function is None:
            later = None
        return function

    function = late()
    assert copied(holding(function=function)).function is function


def test_modules_are_found_in_what_refers_to_them() -> None:
    hidden = nn.Linear(2, 2)
    by_partial = partial(torch.add, hidden.weight, other=hidden.bias)
    made = copied(holding(by_partial=by_partial))
    assert made.by_partial.args[0].is_meta
    assert made.by_partial.keywords["other"].is_meta
    assert copied(holding(bound=nn.Linear(2, 2).forward)).bound.__self__.weight.is_meta
    made = copied(holding(settings=SimpleNamespace(table=torch.ones(2))))
    assert made.settings.table.is_meta


def test_users_hooks_are_left_where_they_are() -> None:
    converted: list[Tensor] = []

    def convert(tensor: Tensor) -> Tensor:
        converted.append(tensor)
        return on_meta(tensor)

    seen = torch.zeros(2)
    model = nn.Linear(2, 2)
    parametrize.register_parametrization(model, "weight", nn.Identity())
    model.register_forward_hook(partial(print, seen))
    made = copied(model, convert)
    assert not made._forward_hooks
    assert not any(each is seen for each in converted)


def test_a_parametrised_layer_is_not_compiled_either() -> None:
    layer = nn.Linear(2, 2)
    parametrize.register_parametrization(layer, "weight", nn.Identity())
    layer.compile(backend="eager")
    assert copied(holding(hidden=[layer])).hidden[0]._compiled_call_impl is None


def test_every_copy_is_in_eval_mode() -> None:
    class Own(nn.Linear):
        def __deepcopy__(self, memo: Any) -> Own:
            made = Own(2, 2)
            memo[id(self)] = made
            return made

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is old
        scripted = torch.jit.script(nn.Sequential(nn.BatchNorm1d(2)))
    model = nn.Sequential(scripted, Own(2, 2), nn.ReLU()).train()
    made = copied(model, cloned)
    assert not any(each.training for each in made.modules())
    assert all(each.training for each in model.modules())


def test_a_compiled_module_that_is_held_is_the_copy_of_what_was_compiled() -> None:
    layer = nn.Linear(2, 2)
    made = copied(holding(hidden=[torch.compile(layer)], table={"same": layer}))
    assert type(made.hidden[0]) is nn.Linear
    assert made.hidden[0] is made.table["same"]


def test_what_several_processes_train_is_described_in_one() -> None:
    """Its own forward would ask the others, of whom the copy knows nothing."""
    torch.distributed.init_process_group("fake", store=FakeStore(), rank=0, world_size=2)
    try:
        model = nn.parallel.DistributedDataParallel(nn.Linear(4, 2))
        found = tl.describe(model, torch.zeros(3, 4))
    finally:
        torch.distributed.destroy_process_group()
    assert (found.failure, found.root.output_shapes) == ("", ((3, 2),))


def test_a_tangle_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_copy, "_MOST_VALUES", 100)
    assert copied(holding(lists=[[1] for _ in range(5)])).lists == [[1]] * 5
    with pytest.raises(NotCopied, match="it holds more than 100 values"):
        copied(holding(lists=[[1] for _ in range(200)]))


@pytest.mark.parametrize("way", ["itself", "shallow"])
def test_a_copy_that_is_no_copy_is_made_anew(way: str) -> None:
    """Seen to fail when it was taken for one: the model stood in eval mode, and counted a batch."""

    class Frozen(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.BatchNorm1d(4)

        def forward(self, x: Tensor) -> Tensor:
            return self.norm(x)

        def __deepcopy__(self, _: Any) -> Frozen:
            return self if way == "itself" else copy.copy(self)

    model = nn.Sequential(Frozen(), nn.Linear(4, 2))
    before = [sorted(vars(each)) for each in model.modules()]
    for execute in (False, True):
        found = tl.describe(model, torch.rand(3, 4), execute=execute)
        assert (found.failure, found.root.output_shapes) == ("", ((3, 2),))
    assert not tl.ComputationGraph(model, torch.rand(3, 4)).failure
    assert all(each.training for each in model.modules())
    assert int(model[0].norm.num_batches_tracked) == 0
    assert [sorted(vars(each)) for each in model.modules()] == before


def test_attributes_of_tensors_go_with_them() -> None:
    """Seen to fail when they did not: a model that works was said to have none of them."""

    class Scaling(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight: Any = nn.Parameter(torch.rand(4, 4))
            self.weight.scale, self.weight.table = 2.0, torch.rand(4)
            self.weight.owner, self.weight.odd = self, (each for each in range(2))

        def forward(self, x: Tensor) -> Tensor:
            weight = self.weight
            return x @ weight.owner.weight * weight.scale + weight.table

    model = Scaling()
    made = copied(model)
    assert made.weight.table.is_meta
    assert made.weight.owner is made
    found = tl.describe(model, torch.zeros(1, 4))
    assert (found.failure, found.method, found.root.output_shapes) == ("", "meta", ((1, 4),))


def test_an_object_that_refuses_to_be_looked_at() -> None:
    class Proxy:
        @property
        def __class__(self) -> Any:  # type: ignore[override]
            raise RuntimeError("not bound yet")

    model = nn.Sequential(nn.Linear(4, 2))
    vars(model)["proxy"] = Proxy()
    found = tl.describe(model, torch.zeros(1, 4))
    assert "not bound yet" in found.failure
    assert found.parameters == 10
