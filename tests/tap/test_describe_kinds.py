"""The kinds of modules that are not plain layers: each is handled, or named."""

from __future__ import annotations

import gc
import tracemalloc
import warnings
import weakref
from functools import partial
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn
from torch.nn.utils import parametrizations, parametrize, prune
from torch.utils.flop_counter import FlopCounterMode

import torchloupe as tl


def nodes_of(found: tl.Architecture) -> dict[str, tl.ModuleNode]:
    return {node.path: node for _, node in found.root.walk()}


def unique_total(model: nn.Module) -> int:
    return sum(each.numel() for each in {id(each): each for each in model.parameters()}.values())


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


class Language(nn.Module):
    """Tied weights, a layer that is called twice, one that never is, and a dictionary returned."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10, 8)
        self.body = nn.Linear(8, 8)
        self.unused = nn.Linear(3, 3)
        self.head = nn.Linear(8, 10, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, tokens: Tensor, *, mask: Tensor | None = None) -> dict[str, Any]:
        x = self.body(self.body(self.embedding(tokens)))
        return {"logits": self.head(x if mask is None else x * mask), "loss": None}


def test_tied_weights_repeated_calls_and_dictionaries() -> None:
    model = Language()
    tokens, mask = torch.zeros(2, 5, dtype=torch.int64), torch.ones(8, dtype=torch.float16)
    found = tl.describe(model, tokens, mask=mask)
    nodes = nodes_of(found)
    assert found.parameters == unique_total(model) == 80 + 72 + 12
    assert (nodes["embedding"].tied, nodes["head"].tied) == (
        {"weight": "head.weight"},
        {"weight": "embedding.weight"},
    )
    assert (nodes["body"].calls, nodes["unused"].calls, nodes["unused"].order) == (2, 0, None)
    assert [nodes[path].order for path in ("", "embedding", "body", "head")] == [0, 1, 2, 3]
    assert nodes["body"].flops == 2 * 2 * 10 * 8 * 8
    assert nodes["body"].activation_bytes == 2 * 10 * 8 * 4
    assert found.root.input_names == ("[0]", ".mask")
    assert found.root.input_dtypes == ("int64", "float16")
    assert found.root.output_names == ("['logits']",)
    assert found.root.output == "['logits'] [2, 5, 10]"
    assert found.root.input == "[0] [2, 5], .mask [8]"
    assert found.input_bytes == 10 * 8 + 8 * 2


def test_a_shared_module_is_told_where_it_was_first() -> None:
    inner = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    model = nn.ModuleDict({"a": nn.Sequential(inner, nn.ReLU()), "b": nn.Sequential(inner, inner)})
    whole = nn.Sequential(model["a"], model["b"])
    found = tl.describe(whole, torch.zeros(1, 4))
    nodes = nodes_of(found)
    assert (nodes["1.0"].shared_with, nodes["1.1"].shared_with) == ("0.0", "0.0")
    assert [nodes[path].parameters for path in ("", "0", "0.0", "1", "1.0")] == [40] * 5
    assert (nodes["0.0"].calls, nodes["1.0"].calls) == (3, 0)
    once = 2 * 2 * 16
    assert [nodes[path].flops for path in ("", "0", "1", "0.0")] == [
        3 * once,
        once,
        2 * once,
        3 * once,
    ]
    assert sum(node.own_flops for node in nodes.values()) == found.flops == 3 * once


class Within(nn.Module):
    """Contains itself, and calls itself."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.again = self

    def forward(self, x: Tensor, times: int = 3) -> Tensor:
        return self.again(self.layer(x), times - 1) if times else x


def test_recursion() -> None:
    found = tl.describe(Within(), torch.zeros(1, 4))
    layer, again = found.root.children
    assert (again.shared_with, again.children) == ("", [])
    assert (found.root.calls, layer.calls) == (4, 3)
    assert found.flops == found.root.flops == layer.flops == 3 * 2 * 16
    assert (found.parameters, again.parameters) == (20, 20)


def test_deeper_than_pythons_stack() -> None:
    model: nn.Module = nn.Linear(4, 4)
    for _ in range(2_000):
        model = nn.Sequential(model)
    found = tl.describe(model, torch.zeros(1, 4))
    assert "nested deeper than Python's stack" in found.failure
    assert len(found.failure) < 400
    assert len(str(found)) < 5_000
    assert sum(1 for _ in found.root.walk()) == 2_001
    assert all(node.parameters == 20 for _, node in found.root.walk())
    assert tl.Architecture.from_dict(found.to_dict()) == found


def test_as_deep_as_a_real_pass_can_go() -> None:
    model: nn.Module = nn.Linear(4, 4)
    for _ in range(230):
        model = nn.Sequential(model)
    model(torch.zeros(1, 4))
    assert tl.describe(model, torch.zeros(1, 4)).failure == ""


def test_time_grows_with_the_number_of_modules_alone() -> None:
    """What is done is counted, not timed: reading a module's tensors, and calls of Python."""
    counts = []
    for depth in (100, 200):
        model: nn.Module = nn.Linear(2, 2)
        for _ in range(depth):
            model = nn.Sequential(nn.Linear(2, 2), model)
        counts.append(_count_calls(lambda model=model: tl.describe(model)))
    assert counts[1] < 2.2 * counts[0]


def _count_calls(function: Any) -> int:
    import sys

    calls = 0

    def count(*_: Any) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(None)
    return calls


def test_fifty_thousand_modules() -> None:
    model = nn.Sequential(*[nn.Sequential(nn.PReLU(6, device="meta")) for _ in range(25_000)])
    found = tl.describe(model)
    assert found.parameters == 25_000 * 6
    assert sum(1 for _ in found.root.walk()) == 50_001
    assert len(str(found).splitlines()) < 320
    assert "49,701 modules more" in str(found)


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
    assert found.root.note == "scripted: calls within are not seen"
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


def test_fake_tensors_where_meta_does_not_do() -> None:
    class Reading(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            times = int(torch.tensor(3))
            return self.layer(x.cpu()).repeat(1, times)

    found = tl.describe(Reading(), torch.zeros(2, 4))
    assert (found.failure, found.method, found.root.output_shapes) == ("", "fake", ((2, 12),))
    assert (found.flops, nodes_of(found)["layer"].calls) == (2 * 2 * 16, 1)


def test_models_that_differentiate_within() -> None:
    class Gradient(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(4, 1)

        def forward(self, x: Tensor) -> Tensor:
            x = x.detach().requires_grad_()
            return torch.autograd.grad(self.layer(x).sum(), x)[0]

    model = Gradient()
    with torch.no_grad():
        found = tl.describe(model, torch.zeros(2, 4))
        assert not torch.is_grad_enabled()
    assert (found.failure, found.root.output_shapes) == ("", ((2, 4),))
    assert model.layer.weight.grad is None


class Attention(nn.Module):
    def __init__(self, width: int, heads: int, groups: int) -> None:
        super().__init__()
        self.size = width // heads
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, groups * self.size, bias=False)
        self.value = nn.Linear(width, groups * self.size, bias=False)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = (
            layer(x).unflatten(-1, (-1, self.size)).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)
        return self.out(mixed.transpose(1, 2).flatten(2))


class Block(nn.Module):
    def __init__(self, width: int, heads: int, groups: int, hidden: int) -> None:
        super().__init__()
        self.before, self.between = nn.RMSNorm(width), nn.RMSNorm(width)
        self.attention = Attention(width, heads, groups)
        self.gate, self.up = (nn.Linear(width, hidden, bias=False) for _ in range(2))
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.before(x))
        between = self.between(x)
        return x + self.down(F.silu(self.gate(between)) * self.up(between))


class Llama(nn.Module):
    """The shape of a language model with 70 billion parameters."""

    def __init__(self, layers: int = 80, width: int = 8192, words: int = 128_256) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.blocks = nn.ModuleList(
            Block(width, width // 128, max(1, width // 1024), 7 * width // 2) for _ in range(layers)
        )
        self.norm = nn.RMSNorm(width)
        self.head = nn.Linear(width, words, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


def test_seventy_billion_parameters_on_meta() -> None:
    with torch.device("meta"):
        model = Llama().to(torch.bfloat16)
    length = 4096
    gc.collect()
    tracemalloc.start()
    found = tl.describe(model, torch.zeros(1, length, dtype=torch.int64))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6
    assert found.failure == ""
    assert found.parameters == unique_total(model) == 70_553_706_496
    assert (found.parameter_bytes, found.root.dtype, found.root.device) == (
        2 * found.parameters,
        "bfloat16",
        "meta",
    )
    blocks = nodes_of(found)["blocks"]
    assert blocks.flops == sum(block.flops for block in blocks.children)
    products = found.parameters - model.embedding.weight.numel() - 161 * 8192
    assert found.flops == 2 * length * products + 80 * 4 * length * length * 8192


def test_a_small_one_of_the_same_kind_for_real() -> None:
    model = Llama(layers=2, width=128, words=100)
    tokens = torch.zeros(1, 16, dtype=torch.int64)
    counter = FlopCounterMode(display=False)
    with counter:
        model(tokens)
    assert tl.describe(model, tokens).flops == counter.get_total_flops()


def test_frozen_attention_is_counted_all_the_same() -> None:
    """A real pass of frozen modules takes a fused path that `FlopCounterMode` does not know."""
    layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True).eval()
    trainable = tl.describe(layer, torch.zeros(1, 6, 16)).flops
    counter = FlopCounterMode(display=False)
    with counter:
        layer(torch.zeros(1, 6, 16))
    assert trainable == counter.get_total_flops()
    with torch.no_grad():
        assert tl.describe(layer.requires_grad_(False), torch.zeros(1, 6, 16)).flops == trainable
