"""`describe` against torchinfo, and that it leaves no trace."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torchinfo
import torchvision
from torch import Tensor, nn
from torch.nn.utils import parametrizations

import torchloupe as tl

MODELS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "resnet18": (torchvision.models.resnet18, (1, 3, 32, 32)),
    "mobilenet_v3_small": (torchvision.models.mobilenet_v3_small, (1, 3, 32, 32)),
    "squeezenet1_1": (torchvision.models.squeezenet1_1, (1, 3, 64, 64)),
    "lstm": (lambda: nn.LSTM(4, 5, 2, batch_first=True), (1, 3, 4)),
}


@pytest.mark.parametrize("name", MODELS)
def test_against_torchinfo(name: str) -> None:
    make, shape = MODELS[name]
    model = make()
    found = tl.describe(model, torch.zeros(shape))
    expected = torchinfo.summary(model, input_size=shape, verbose=0, depth=20)
    assert found.failure == ""
    assert (found.parameters, found.trainable) == (
        expected.total_params,
        expected.trainable_params,
    )
    assert found.parameter_bytes == expected.total_param_bytes
    ours = {node.path: node for _, node in found.root.walk()}
    modules = {id(module): path for path, module in model.named_modules()}
    compared = 0
    for layer in expected.summary_list:
        node = ours[modules[layer.layer_id]]
        if layer.is_leaf_layer and layer.output_size and name != "lstm":
            assert node.output_shapes == (tuple(layer.output_size),)
            assert node.input_shapes == (tuple(layer.input_size),)
            compared += 1
    assert compared > 10 or name == "lstm"
    assert sum(node.own_parameters for node in ours.values()) == expected.total_params


def test_shapes_of_several_outputs() -> None:
    found = tl.describe(nn.LSTM(4, 5, 2, batch_first=True), torch.zeros(2, 3, 4))
    assert found.root.input_shapes == ((2, 3, 4),)
    assert found.root.output_shapes == ((2, 3, 5), (2, 2, 5), (2, 2, 5))


def test_keywords_and_nested_inputs() -> None:
    class Model(nn.Module):
        def forward(self, pair: Any, *, scale: Tensor) -> dict[str, Tensor]:
            return {"sum": pair["a"] + pair["b"][0] * scale}

    found = tl.describe(
        Model(), {"a": torch.ones(2), "b": [torch.ones(2)]}, scale=torch.tensor(3.0)
    )
    assert found.failure == ""
    assert found.root.output_shapes == ((2,),)
    assert len(found.root.input_shapes) == 3


def test_shared_modules_are_counted_once() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(3, 3)
            self.again = self.first
            self.tied = nn.Linear(3, 3, bias=False)
            self.tied.weight = self.first.weight

        def forward(self, x: Tensor) -> Tensor:
            return self.tied(self.again(self.first(x)))

    found = tl.describe(Twice(), torch.zeros(1, 3))
    first, again, tied = found.root.children
    assert (found.parameters, found.root.parameters) == (12, 12)
    assert (first.calls, again.shared_with, again.children) == (2, "first", [])
    assert (tied.parameters, tied.shared_with) == (9, None)


def test_a_failing_forward_keeps_the_tree_and_names_the_module() -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.Sequential(nn.ReLU(), nn.Linear(5, 2)), nn.ReLU())
    found = tl.describe(model, torch.zeros(2, 4))
    nodes = {node.path: node for _, node in found.root.walk()}
    assert list(nodes) == ["", "0", "1", "1.0", "1.1", "2"]
    assert nodes["1.0"].output_shapes == ((2, 3),)
    assert nodes["1.1"].output_shapes == nodes["2"].output_shapes == ()
    assert nodes["1.1"].failed
    assert [path for path, node in nodes.items() if node.failed] == ["1.1"]
    assert "Shapes end at 1.1: " in found.failure
    assert found.failure in str(found)


def test_a_failure_that_the_model_catches_is_none() -> None:
    class Careful(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.wrong, self.right = nn.Linear(9, 9), nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            try:
                x = self.wrong(x)
            except RuntimeError:
                pass
            return self.right(x)

    found = tl.describe(Careful(), torch.zeros(1, 2))
    assert found.failure == ""
    assert found.root.output_shapes == ((1, 2),)
    assert found.root.children[1].output_shapes == ((1, 2),)


def test_what_cannot_be_traced() -> None:
    found = tl.describe(_DataDependent(), torch.zeros(2, 4))
    assert "Shapes end at the model: aten::_local_scalar_dense (.item()" in found.failure
    assert found.root.output_shapes == ()


class _DataDependent(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x if x.sum() > 0 else -x


def test_without_an_example() -> None:
    found = tl.describe(nn.Linear(2, 3))
    assert (found.failure, found.root.output_shapes, found.parameters) == ("", (), 9)
    assert "Linear(2 → 3)" in str(found)


def _disturbing() -> nn.Module:
    """A model in which a trace could disturb much: flags, buffers, random numbers, hooks."""

    class Disturbing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.BatchNorm1d(4)
            self.frozen = nn.BatchNorm1d(4).eval()
            self.drop = nn.Dropout()
            self.spectral = parametrizations.spectral_norm(nn.Linear(4, 4))
            self.old = nn.utils.spectral_norm(nn.Linear(4, 4))
            self.steps: list[int] = []

        def forward(self, x: Tensor) -> Tensor:
            self.steps.append(1)
            random.random()
            np.random.random()
            noise = torch.randn(4)
            return self.old(self.spectral(self.drop(self.frozen(self.norm(x))))) + noise

    return Disturbing()


def test_it_leaves_no_trace() -> None:
    model = _disturbing()
    calls: list[str] = []
    for module in (model, model.norm):
        module.register_forward_hook(lambda *_: calls.append("hook"))
        module.register_forward_pre_hook(lambda *_: calls.append("pre"))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    identities = {name: id(value) for name, value in model.state_dict(keep_vars=True).items()}
    flags = [each.training for each in model.modules()]
    hooks = [len(each._forward_hooks) + len(each._forward_pre_hooks) for each in model.modules()]
    rng = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    found = tl.describe(model, torch.zeros(3, 4))
    assert found.failure == ""
    assert found.root.output_shapes == ((3, 4),)
    assert torch.equal(torch.get_rng_state(), rng[0])
    assert (np.random.get_state()[1].tolist(), random.getstate()) == rng[1:]
    assert (calls, model.steps) == ([], [])
    assert [each.training for each in model.modules()] == flags
    assert hooks == [
        len(each._forward_hooks) + len(each._forward_pre_hooks) for each in model.modules()
    ]
    after = model.state_dict(keep_vars=True)
    assert all(torch.equal(value, before[name]) for name, value in after.items())
    assert identities == {name: id(value) for name, value in after.items()}


def test_a_hooks_owner_is_not_copied() -> None:
    class Owner:
        def hook(self, *_: Any) -> None: ...

        def __deepcopy__(self, memo: Any) -> Any:
            raise AssertionError("this could be a data set")

    model = nn.Linear(2, 2)
    model.register_forward_hook(Owner().hook)
    assert tl.describe(model, torch.zeros(1, 2)).failure == ""


def test_bfloat16_and_frozen() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 2)).to(torch.bfloat16)
    model[0].requires_grad_(False)
    found = tl.describe(model, torch.zeros(1, 4, dtype=torch.bfloat16))
    assert (found.parameters, found.trainable, found.parameter_bytes) == (30, 10, 60)
    assert [node.trainable for _, node in found.root.walk()] == [10, 0, 10]
    assert found.failure == ""


def test_not_a_model() -> None:
    with pytest.raises(TypeError, match="model: expected a torch.nn.Module, got function"):
        tl.describe(lambda x: x)  # type: ignore[arg-type]


def test_as_data_and_back() -> None:
    class Failing(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise ValueError("not today")

    inner = nn.Linear(4, 4)
    model = nn.Sequential(inner, nn.Sequential(nn.ReLU(), inner), Failing())
    found = tl.describe(model, torch.zeros(1, 4))
    again = tl.Architecture.from_dict(json.loads(json.dumps(found.to_dict())))
    assert str(again) == str(found)
    assert again.failure == found.failure != ""
    assert [node.path for _, node in again.root.walk()] == [
        node.path for _, node in found.root.walk()
    ]
    assert tl.Architecture.from_dict(found.to_dict()) == found


@pytest.mark.parametrize("modules", [[], [(0, 0)], [(1,)], [(0, 2)]])
def test_data_that_are_no_tree(modules: list[Any]) -> None:
    node = tl.describe(nn.ReLU()).to_dict()
    depths = [depth for each in modules for depth in each]
    node["modules"] = [{**node["modules"][0], "depth": depth} for depth in depths]
    with pytest.raises(ValueError, match="modules: "):
        tl.Architecture.from_dict(node)
