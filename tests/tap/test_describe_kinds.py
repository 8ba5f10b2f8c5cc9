"""The kinds of modules that are not plain layers: each is handled, or named."""

from __future__ import annotations

import warnings
import weakref
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, fx, nn
from torch.nn.utils import parametrizations, parametrize, prune

import torchloupe as tl
from tests.tap.described import nodes_of, unique_total


def test_lazy_modules_are_told_and_stay_lazy() -> None:
    model = nn.Sequential(nn.LazyConv2d(3, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(5))
    found = tl.describe(model, torch.zeros(2, 1, 8, 8))
    assert found.failure == ""
    assert found.root.output_shapes == ((2, 5),)
    assert found.parameters == 0
    nodes = nodes_of(found)
    model(torch.zeros(2, 1, 8, 8))  # still lazy until here
    later = tl.describe(model, torch.zeros(2, 1, 8, 8))
    for path in ("0", "1", "3"):
        count = nodes_of(later)[path].parameters
        assert nodes[path].note == f"lazy: {count:,} parameters after the first call"
    assert (nodes["0"].type, nodes["0"].settings) == ("LazyConv2d", "1 → 3, 3×3")
    assert later.flops == found.flops > 0


def test_a_lazy_module_without_an_example() -> None:
    model = nn.LazyLinear(3)
    found = tl.describe(model)
    assert found.root.note == "lazy: no parameters before the first call"
    assert type(model) is nn.LazyLinear
    assert isinstance(model.weight, nn.UninitializedParameter)


class Doubled(nn.Module):
    def forward(self, weight: Tensor) -> Tensor:
        return 2 * weight


def test_parametrisations_are_read_from_the_originals() -> None:
    model = nn.Sequential(
        parametrizations.spectral_norm(nn.Linear(6, 6)),
        parametrizations.weight_norm(nn.Linear(6, 4)),
    )
    parametrize.register_parametrization(model[1], "bias", Doubled())
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = tl.describe(model.train(), torch.zeros(1, 6))
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert found.failure == ""
    assert found.parameters == unique_total(model) == (36 + 6) + (4 + 24 + 4)
    nodes = nodes_of(found)
    assert list(nodes) == [path for path, _ in model.named_modules()]
    assert (nodes["0"].type, nodes["0"].settings) == ("Linear", "6 → 6")
    assert nodes["0"].note == "weight by SpectralNorm"
    assert nodes["1"].note == "weight by WeightNorm, bias by Doubled"
    assert nodes["0.parametrizations.weight"].own_parameters == 36


def test_old_weight_norm_spectral_norm_and_pruning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        normed = nn.utils.weight_norm(nn.Linear(6, 6))
    model = nn.Sequential(normed, nn.utils.spectral_norm(nn.Linear(6, 6)), nn.Linear(6, 6))
    prune.l1_unstructured(model[2], "weight", amount=3)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = tl.describe(model.train(), torch.zeros(1, 6))
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert found.failure == ""
    assert found.root.output_shapes == ((1, 6),)
    assert found.parameters == unique_total(model)
    assert [node.note for node in found.root.children] == [
        "weight by WeightNorm",
        "weight by SpectralNorm",
        "weight by L1Unstructured",
    ]


@pytest.mark.parametrize("in_place", [True, False])
def test_compiled_models_are_described_as_they_were(in_place: bool) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError("it was compiled")

    inner = nn.Sequential(nn.Linear(4, 2))
    model: Any = nn.Sequential(nn.Linear(4, 4), inner)
    if in_place:
        model.compile(backend=fail)
    else:
        model[1] = torch.compile(inner, backend=fail)
        model = torch.compile(model, backend=fail)
    found = tl.describe(model, torch.zeros(1, 4))
    assert found.failure == ""
    assert list(nodes_of(found)) == ["", "0", "1", "1.0"]
    assert found.root.type == "Sequential"
    assert found.root.note.startswith("compiled")
    assert (found.parameters, found.root.output_shapes) == (30, ((1, 2),))


def test_scripted_and_traced_modules() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scripted = torch.jit.script(nn.Sequential(nn.Linear(8, 4), nn.BatchNorm1d(4)))
        traced = torch.jit.trace(nn.Linear(4, 3), torch.zeros(1, 4))
    for model in (nn.Sequential(scripted, traced), scripted):
        before = {name: value.clone() for name, value in model.state_dict().items()}
        found = tl.describe(model, torch.zeros(2, 8))
        assert found.failure == ""
        assert found.parameters == unique_total(model)
        assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
        assert all(each.training for each in model.modules())
    assert (found.root.note, found.root.settings) == ("scripted: calls within are not seen", "")
    assert (found.root.type, found.root.output_shapes) == ("Sequential", ((2, 4),))
    assert found.flops == 2 * 2 * 8 * 4


def test_graph_modules() -> None:
    model = fx.symbolic_trace(nn.Sequential(nn.Linear(8, 4), nn.Sequential(nn.ReLU())))
    found = tl.describe(model, torch.zeros(2, 8))
    assert (found.failure, found.root.output_shapes) == ("", ((2, 4),))
    assert nodes_of(found)["1.0"].calls == 1


def test_data_parallel_is_described_without_devices() -> None:
    found = tl.describe(nn.DataParallel(nn.Linear(4, 2)), torch.zeros(2, 4))
    assert (found.root.type, found.root.note) == ("DataParallel", "one copy is described")
    assert nodes_of(found)["module"].output_shapes == ((2, 2),)


def test_data_parallel_with_devices() -> None:
    """As it is where there are some: its own forward would look for the weights there."""
    model = nn.DataParallel(nn.Linear(4, 2))
    model.device_ids, model.src_device_obj = [0, 1], torch.device("cuda:0")
    with pytest.raises((RuntimeError, AssertionError)):
        model(torch.zeros(2, 4))
    found = tl.describe(model, torch.zeros(2, 4))
    assert (found.failure, found.root.output_shapes) == ("", ((2, 2),))


def test_what_a_user_writes_in_extra_repr_is_asked_of_the_copy() -> None:
    """Seen to fail when the model itself was asked, with and without an example."""

    class Curious(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.asked = 0

        def extra_repr(self) -> str:
            self.asked += 1
            return f"asked={self.asked}"

        def forward(self, x: Tensor) -> Tensor:
            return x

    class Counting(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.computed = 0

        def forward(self, weight: Tensor) -> Tensor:
            self.computed += 1
            return weight

    counting = Counting()
    bilinear = nn.Bilinear(2, 2, 2)  # its extra_repr looks at its bias
    parametrize.register_parametrization(bilinear, "bias", counting)
    curious, computed = Curious(), counting.computed
    for found in (tl.describe(curious), tl.describe(curious, torch.zeros(1))):
        assert (found.root.settings, curious.asked) == ("asked=1", 0)
    tl.describe(bilinear)
    assert counting.computed == computed


def test_quantised_modules_are_named() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = torch.ao.quantization.quantize_dynamic(
            nn.Sequential(nn.Linear(8, 4), nn.ReLU()), {nn.Linear}
        )
    found = tl.describe(model, torch.zeros(2, 8))
    assert "quantized::linear_dynamic has no rule for shapes alone" in found.failure
    node = nodes_of(found)["0"]
    assert node.failed
    assert "quantised" in node.note
    found = tl.describe(model, torch.zeros(2, 8), execute=True)
    assert (found.method, found.failure, found.root.output_shapes) == ("real", "", ((1, 4),))


class LowRank(nn.Module):
    """As LoRA wraps a layer: frozen, with a small trainable detour."""

    def __init__(self, base: nn.Linear, rank: int) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.down = nn.Parameter(torch.zeros(rank, base.in_features))
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + x @ self.down.T @ self.up.T


def test_low_rank_wrappers() -> None:
    found = tl.describe(nn.Sequential(LowRank(nn.Linear(8, 6), 2)), torch.zeros(1, 8))
    node = nodes_of(found)["0"]
    assert (node.parameters, node.own_parameters, node.trainable) == (54 + 28, 28, 28)
    assert node.own_flops == 2 * (8 * 2 + 2 * 6)
    assert nodes_of(found)["0.base"].trainable == 0
    assert "28 trainable" in str(found)


def test_patched_forwards_call_the_copy() -> None:
    """Closures, bound methods and partials refer to modules; those of the copy are to be meant."""
    calls: list[str] = []

    class Counting(nn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            if self.weight.device.type != "meta":
                calls.append("the model itself")
            return super().forward(x)

    for patch in ("closure", "method", "partial"):
        model = nn.Sequential(Counting(4, 4), Counting(4, 4))
        layer, before = model[1], model[1].forward
        if patch == "closure":
            layer.forward = lambda x, layer=None, before=before: before(x)
            layer.forward = _closing_over(before)
        elif patch == "method":
            layer.before = before
            layer.forward = lambda x: x
            layer.forward = before
        else:
            layer.forward = partial(Counting.forward, layer)
        found = tl.describe(model, torch.zeros(1, 4))
        assert (found.failure, calls) == ("", [])


def _closing_over(before: Any) -> Any:
    return lambda x: before(x)


def test_an_unregistered_module_that_is_compiled() -> None:
    """No node is made for it, so nothing but the copy itself leaves the compilation out."""

    def fail(*_: Any) -> None:
        raise AssertionError("it was compiled")

    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.hidden = [nn.Linear(4, 4)]
            self.hidden[0].compile(backend=fail)

        def forward(self, x: Tensor) -> Tensor:
            return self.hidden[0](x)

    found = tl.describe(Odd(), torch.zeros(1, 4))
    assert (found.failure, found.method) == ("", "meta")


def test_unregistered_modules_tensors_and_weak_references() -> None:
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.hidden = [nn.Linear(4, 4)]
            self.table = {"scale": torch.full((4,), 2.0)}
            self.offset = torch.ones(4)
            self.layer = nn.Linear(4, 4)
            self.layer.parent = weakref.ref(self)

        def forward(self, x: Tensor) -> Tensor:
            assert self.layer.parent() is self
            x = self.hidden[0](self.layer(x)) * self.table["scale"] + self.offset
            self.table["seen"] = x
            self.offset += 1
            return x

    model = Odd()
    found = tl.describe(model, torch.zeros(1, 4))
    assert (found.failure, found.root.output_shapes) == ("", ((1, 4),))
    assert set(model.table) == {"scale"}
    assert torch.equal(model.offset, torch.ones(4))


def test_classes_that_keep_less_than_torchs_own() -> None:
    """Seen to fail when settings and `parameters` were taken for granted: their error came out."""

    class Bare(nn.Linear):
        def __init__(self) -> None:
            nn.Module.__init__(self)
            self.weight = nn.Parameter(torch.ones(2, 4))
            self.register_parameter("bias", None)

    class Patch(nn.Conv2d):
        def __init__(self) -> None:
            nn.Module.__init__(self)
            vars(self).update(in_channels=1, out_channels=1, kernel_size=1, stride=1)

        def forward(self, x: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
            return x

    class Trained(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(Patch(), Bare())

        def parameters(self) -> Any:  # type: ignore[override]
            return filter(lambda each: each.requires_grad, super().parameters())

        def forward(self, x: Tensor) -> Tensor:
            return self.body(x)

    model = nn.Sequential(Trained())
    found = tl.describe(model, torch.zeros(1, 4))
    assert (found.failure, found.root.output_shapes, found.flops) == ("", ((1, 2),), 16)
    assert not tl.ComputationGraph(model, torch.zeros(1, 4)).failure
