"""What `graph_of` tells of models of every form, and that it leaves no trace.

Each expectation was written down from the model's code by hand. (That nodes and edges of whole
architectures are right is compared with torch.fx in the file beside.)
"""

from __future__ import annotations

import random
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.tap.graphs import _Forward, edges, holds, node, traced
from torchloupe.tap import graph_of


def test_an_unchanged_tensor_still_tells_what_it_went_through() -> None:
    # In eval mode both return the very tensor that they were given.
    def forward(self: Any, x: Tensor) -> Tensor:
        return x + self.drop(F.dropout(x, training=self.training))

    found = edges(traced(forward, drop=nn.Dropout()))
    assert found == {
        ("input:inputs[0]", "dropout"),
        ("dropout", "drop"),
        ("input:inputs[0]", "add"),
        ("drop", "add"),
        ("add", "output"),
    }


def test_writing_in_place() -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        whole = torch.zeros(2, 4)
        whole[0] = x[0]
        row = whole[1]
        row.mul_(2)
        self.relu(whole)
        return whole, row

    graph = traced(forward, relu=nn.ReLU(inplace=True))
    assert edges(graph) == {
        ("input:inputs[0]", "getitem"),
        ("zeros", "setitem"),
        ("getitem", "setitem"),
        ("setitem", "getitem#2"),
        ("getitem#2", "mul_"),
        ("mul_", "relu"),
        ("relu", "output[0]"),
        ("relu", "output[1]"),
    }
    assert node(graph, "setitem").shapes == ((2, 4),)
    assert node(graph, "getitem#2").settings == "[1]"


def test_writing_in_place_where_torch_does_not_count() -> None:
    def within(self: Any, x: Tensor) -> Tensor:
        with torch.inference_mode():
            return (x + 1).relu_()

    def forward(self: Any, x: Tensor) -> Tensor:
        y = x + 1
        y.relu_()
        return y

    with torch.inference_mode():
        assert [each.id for each in traced(forward).nodes[1:]] == ["add", "relu_", "output"]
    graph = traced(within)
    assert (graph.failure, edges(graph)) == (
        "",
        {("input:inputs[0]", "add"), ("add", "relu_"), ("relu_", "output")},
    )


def test_writing_into_one_part_leaves_the_other() -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        left, right = (x + 0).chunk(2, dim=1)
        return left.relu_() + right

    graph = traced(forward)
    ends = [(edge.source, edge.output) for edge in graph.edges if edge.target == "add#2"]
    assert ends == [("relu_", 0), ("chunk", 1)]


def test_out_is_written() -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        y = torch.empty_like(x)
        torch.add(x, 1, out=y)
        return y

    found = edges(traced(forward))
    assert ("empty_like", "add") in found
    assert ("add", "output") in found


def test_parameters_buffers_and_constants() -> None:
    outside = torch.ones(4)

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(4, 4)
            self.register_buffer("mean", torch.zeros(4))
            self.plain = torch.ones(4)

        def forward(self, x: Tensor) -> Tensor:
            x = F.linear(x - self.mean, self.layer.weight) * self.plain
            return self.layer(x) + outside + F.linear(x, self.layer.weight)

    graph = graph_of(Model(), torch.ones(2, 4))
    holds(graph)
    kinds = {each.id: each.kind for each in graph.nodes if each.kind not in ("operation", "module")}
    assert kinds == {
        "input:x": "input",
        "mean": "buffer",
        "layer.weight": "parameter",
        "plain": "constant",
        "constant": "constant",
        "output": "output",
    }
    assert {("layer.weight", "linear"), ("layer.weight", "linear#2")} <= edges(graph)
    assert ("layer.weight", "layer") not in edges(graph)
    assert (node(graph, "layer.weight").parameters, node(graph, "layer.weight").path) == (
        16,
        "layer",
    )
    assert outside.device.type == "cpu"


def test_a_tensor_from_outside_is_one_constant() -> None:
    outside = torch.ones(4)
    graph = traced(lambda self, x: x + outside + outside)
    assert [each.kind for each in graph.nodes].count("constant") == 1
    assert {("constant", "add"), ("constant", "add#2")} <= edges(graph)


def test_a_parameter_that_a_layer_returns_comes_from_the_layer() -> None:
    class Token(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(4))

        def forward(self) -> Tensor:
            return self.weight

    found = edges(traced(lambda self, x: x + self.token() + self.token.weight, token=Token()))
    assert {("token", "add"), ("token.weight", "add#2")} <= found
    assert ("token", "add#2") not in found


def test_warnings_are_left_to_the_users_own_pass() -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        warnings.warn("mind the gap", stacklevel=1)
        return x + 1

    assert traced(forward).failure == ""


@dataclass
class _Result:
    logits: Tensor
    hidden: Any
    count: int = 3


def test_nested_inputs_and_outputs() -> None:
    def forward(self: Any, pair: Any, *, mask: Tensor, none: Any = None) -> Any:
        y = pair["a"] * mask
        return {"own": _Result(y, [pair["b"][0], None]), "same": y}

    x = torch.ones(2)
    model = type("Model", (nn.Module,), {"forward": forward})()
    graph = graph_of(model, {"a": x, "b": (x, 5)}, mask=x)
    holds(graph)
    assert edges(graph) == {
        ("input:pair['a']", "mul"),
        ("input:mask", "mul"),
        ("mul", "output['own'].logits"),
        ("input:pair['b'][0]", "output['own'].hidden[0]"),
        ("mul", "output['same']"),
    }


def test_one_tensor_given_twice_is_two_inputs() -> None:
    found = edges(traced(lambda self, a, b: a @ b.T, torch.ones(2, 2), torch.ones(2, 2)))
    assert ("input:inputs[1]", "T") in found
    same = torch.ones(2, 2)
    assert edges(traced(lambda self, a, b: a @ b.T, same, same)) == found
    shared = traced(lambda self, a: a + a)
    assert [edge.argument for edge in shared.edges] == ["[0]", "[1]", "[0]"]


def test_several_outputs_of_one_node() -> None:
    def forward(self: Any, x: Tensor) -> Any:
        _, (_, cell) = self.lstm(x)
        values, places = cell.max(dim=0)
        return values, places

    graph = traced(forward, torch.ones(3, 2, 4), lstm=nn.LSTM(4, 5))
    assert [
        (e.source, e.output, e.dtype) for e in graph.edges if e.source != "input:inputs[0]"
    ] == [
        ("lstm", 2, "float32"),
        ("max", 0, "float32"),
        ("max", 1, "int64"),
    ]
    assert node(graph, "lstm").shapes == ((3, 2, 5), (1, 2, 5), (1, 2, 5))


def test_devices_are_none() -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        y = x.to("cuda:0").cpu() + torch.ones(4, device="cuda")
        return y.to(torch.device("cuda"), torch.float16).cuda()

    graph = traced(forward)
    assert graph.failure == ""
    assert graph.nodes[-1].dtypes == ("float16",)
    assert traced(lambda self, x: x.to(0)).failure == ""


def test_nothing_is_touched() -> None:
    outside = torch.zeros(4)
    calls: list[int] = []

    def forward(self: Any, x: Tensor) -> Tensor:
        outside.add_(1)
        random.random()
        np.random.rand()
        calls.append(1)
        return self.norm(self.layer(x)) + torch.randn(4) + F.dropout(x, 0.5)

    model = _Forward(forward, layer=nn.Linear(4, 4), norm=nn.BatchNorm1d(4))
    model.layer.register_forward_hook(lambda *_: calls.append(2))
    model.norm.eval()
    weights = {name: each.clone() for name, each in model.state_dict().items()}
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].copy()
    state = [sorted(vars(module)) for module in model.modules()]
    x = torch.ones(2, 4, requires_grad=True)
    graph = graph_of(model, x)
    assert graph.failure == ""
    assert calls == [1]  # once, by the copy, without the user's hook
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    assert np.array_equal(np.random.get_state()[1], before[2])
    assert all(torch.equal(each, weights[name]) for name, each in model.state_dict().items())
    assert [sorted(vars(module)) for module in model.modules()] == state
    assert [module.training for module in model.modules()] == [True, True, False]
    assert len(model.layer._forward_hooks) == 1
    assert all(module._compiled_call_impl is None for module in model.modules())
    assert not outside.any()
    assert x.grad is None
    assert torch.is_grad_enabled()
