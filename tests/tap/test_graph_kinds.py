"""Which modules are nodes and which are groups, and modules that are not plain layers."""

from __future__ import annotations

import warnings
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn
from torch.nn.utils import parametrizations

from tests.tap.graphs import edges, holds, node, traced
from torchloupe.tap import graph_of


def test_what_is_a_node_and_what_a_group() -> None:
    class Own(nn.Module):  # without children: shown whole
        def forward(self, x: Tensor) -> Tensor:
            return x.sin().cos()

    def forward(self: Any, x: Tensor) -> Tensor:
        x = self.table["b"](self.list[1](x)) + self.own(x)
        return self.encoder(self.nothing(x)[None])

    graph = traced(
        forward,
        own=Own(),
        list=nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)]),
        table=nn.ModuleDict({"a": nn.ReLU(), "b": nn.Sequential(nn.Linear(4, 4), nn.ReLU())}),
        nothing=nn.Sequential(),
        encoder=nn.TransformerEncoder(
            nn.TransformerEncoderLayer(4, 1, 8, batch_first=True), 2, enable_nested_tensor=False
        ),
    )
    assert [each.id for each in graph.groups] == [
        "table.b",
        "encoder",
        "encoder.layers.0",
        "encoder.layers.1",
    ]
    assert node(graph, "own").kind == "module"
    assert node(graph, "nothing").label == "Sequential"
    assert node(graph, "encoder.layers.0.self_attn").kind == "module"
    assert not [each for each in graph.nodes if each.id.startswith("list.0")]
    assert ("encoder.layers.0.norm2", "encoder.layers.1.self_attn") in edges(graph)


def test_functions_alone_and_a_layer_alone() -> None:
    graph = traced(lambda self, x: F.softmax(F.gelu(x) @ x.mT, dim=-1))
    assert [each.id for each in graph.nodes] == [
        "input:inputs[0]",
        "gelu",
        "mT",
        "matmul",
        "softmax",
        "output",
    ]
    assert node(graph, "softmax").settings == "dim=-1"
    alone = graph_of(nn.Linear(4, 2), torch.ones(1, 4))
    assert [(each.id, each.kind) for each in alone.nodes] == [
        ("input:input", "input"),
        ("Linear", "module"),
        ("output", "output"),
    ]


def _described(model: nn.Module, *inputs: Tensor) -> list[tuple[str, str, int]]:
    graph = graph_of(model, *inputs)
    holds(graph)
    assert graph.failure == ""
    return [(each.id, each.label, each.parameters) for each in graph.nodes if each.path]


def test_wrapped_models() -> None:
    x = torch.ones(2, 4)
    plain = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    expected = _described(plain, x)
    assert expected == [("0", "Linear", 20), ("1", "ReLU", 0)]
    assert _described(torch.compile(plain), x) == expected
    assert graph_of(torch.compile(plain), x).title == "Sequential"
    nested = _described(nn.Sequential(torch.compile(plain), nn.ReLU()), x)
    assert nested == [("0.0", "Linear", 20), ("0.1", "ReLU", 0), ("1", "ReLU", 0)]
    inside = nn.Linear(4, 4)
    inside.compile()
    assert _described(nn.Sequential(inside), x) == expected[:1]
    assert _described(nn.DataParallel(plain), x) == [
        (f"module.{id_}", label, count) for id_, label, count in expected
    ]


def test_computed_lazy_and_scripted_layers() -> None:
    x = torch.ones(2, 4)
    layers = nn.Sequential(
        parametrizations.weight_norm(nn.Linear(4, 4, bias=False)),
        nn.LazyLinear(3),
        nn.Sequential(nn.LazyBatchNorm1d()),
    )
    assert _described(layers, x) == [
        ("0", "Linear", 20),
        ("1", "Linear", 15),
        ("2.0", "BatchNorm1d", 6),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is old
        scripted = torch.jit.script(nn.Sequential(nn.Linear(4, 4), nn.ReLU()))
        graph = graph_of(nn.Sequential(scripted, nn.ReLU()), x)
    assert graph.failure == ""
    assert edges(graph) == {("input:input", "0"), ("0", "1"), ("1", "output")}
    assert (node(graph, "0").label, node(graph, "0").settings) == ("Sequential", "scripted")


def test_a_parametrised_module_of_ones_own_is_a_node() -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(4, 4))

        def forward(self, x: Tensor) -> Tensor:
            return x @ self.weight

    model = nn.Sequential(parametrizations.weight_norm(Own()), nn.ReLU())
    assert _described(model, torch.ones(2, 4)) == [("0", "Own", 20), ("1", "ReLU", 0)]


def test_shared_weights_count_once() -> None:
    tied = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.Linear(4, 4), nn.ReLU()))
    tied[1][0].weight = tied[0].weight
    graph = graph_of(nn.Sequential(tied, nn.ReLU()), torch.ones(1, 4))
    assert node(graph, "0").parameters == 24
    assert node(graph, "0.1").parameters == 20


def test_traced_by_fx_it_is_the_same() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.ReLU()))
    expected = _described(model, torch.ones(2, 4))
    assert _described(fx.symbolic_trace(model), torch.ones(2, 4)) == expected


def test_a_module_calls_itself() -> None:
    def forward(self: Any, x: Tensor, depth: int = 0) -> Tensor:
        x = self.layer(x)
        return x if depth == 3 else self(x, depth + 1)

    graph = traced(forward, layer=nn.Linear(4, 4))
    assert [each.id for each in graph.groups] == ["_Forward", "_Forward#2", "_Forward#3"]
    assert [each.id for each in graph.nodes[1:-1]] == [
        "layer",
        "layer#2",
        "layer#3",
        "layer#4",
    ]
