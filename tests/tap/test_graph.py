"""What `graph_of` tells of models of every form, and that it leaves no trace.

Each expectation was written down from the model's code by hand. (That nodes and edges of whole
architectures are right is compared with torch.fx in the file beside.)
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
import warnings
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from torchloupe.tap import Graph, graph_of


def edges(graph: Graph) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in graph.edges}


def node(graph: Graph, id_: str) -> Any:
    return next(each for each in [*graph.nodes, *graph.groups] if each.id == id_)


def holds(graph: Graph) -> None:
    """Check what is promised of every graph."""
    order = {each.id: place for place, each in enumerate(graph.nodes)}
    assert len(order) == len(graph.nodes)
    assert all(order[edge.source] < order[edge.target] for edge in graph.edges)
    parents = {group.id: group.parent for group in graph.groups}
    assert not parents.keys() & order.keys()
    places: dict[str, list[int]] = {}
    for place, each in enumerate(graph.nodes):
        around = each.group
        while around:
            places.setdefault(around, []).append(place)
            around = parents[around]
    assert all(len(each) == each[-1] - each[0] + 1 for each in places.values())
    for repeat in graph.repeats:
        holder = [parents[i] if i in parents else node(graph, i).group for i in repeat.members[0]]
        assert set(holder) == {repeat.group}
    assert Graph.from_dict(json.loads(json.dumps(graph.to_dict()))) == graph


class _Forward(nn.Module):
    """A model from a function, with layers to use."""

    def __init__(self, forward: Any, **layers: nn.Module) -> None:
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)
        self._forward = forward

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self._forward(self, *inputs, **kwargs)


def traced(forward: Any, *inputs: Any, **layers: nn.Module) -> Graph:
    graph = graph_of(_Forward(forward, **layers), *(inputs or (torch.ones(2, 4),)))
    holds(graph)
    return graph


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
    assert node(graph, "layer.weight").parameters == 16
    assert outside.device.type == "cpu"


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


class _Cell(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.input, self.state = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        return torch.tanh(self.input(x) + self.state(h))


def _loop(self: Any, x: Tensor) -> Tensor:
    h = torch.zeros_like(x[:, 0])
    for step in range(x.shape[1]):
        h = self.cell(x[:, step], h)
    return self.head(h)


def test_a_loop_folds() -> None:
    graph = traced(_loop, torch.ones(2, 6, 4), cell=_Cell(), head=nn.Linear(4, 2))
    groups = [group for group in graph.groups if group.path == "cell"]
    assert [group.id for group in groups] == ["cell", *(f"cell#{n}" for n in range(2, 7))]
    assert [(group.call, group.calls) for group in groups] == [(n, 6) for n in range(1, 7)]
    again = node(graph, "cell.input#3")
    assert (again.path, again.group, again.call, again.calls) == ("cell.input", "cell#3", 3, 6)
    assert node(graph, "cell#3.tanh").path == "cell"
    (repeat,) = graph.repeats
    assert repeat.label == "6 × (getitem, _Cell)"
    assert repeat.members[0] == ("getitem#2", "cell")
    assert repeat.members[5] == ("getitem#7", "cell#6")
    assert repeat.identical
    assert "… 6 × (getitem, _Cell) in all, to cell#6" in str(graph)
    assert "cell.input#3" not in str(graph)


def test_blocks_of_other_sizes_fold_only_where_there_are_many() -> None:
    class Block(nn.Sequential):
        pass

    def stack(sizes: list[int]) -> nn.Module:
        layers = (Block(nn.Linear(a, b), nn.ReLU()) for a, b in pairwise(sizes))
        return nn.Sequential(*layers)

    assert graph_of(stack([4, 5, 6, 7]), torch.ones(1, 4)).repeats == []
    (repeat,) = graph_of(stack([4, 5, 6, 7, 8]), torch.ones(1, 4)).repeats
    assert (repeat.label, repeat.identical) == ("4 × Block", False)
    (repeat,) = graph_of(stack([4, 4, 4]), torch.ones(1, 4)).repeats
    assert (repeat.label, repeat.identical) == ("2 × Block", True)


def test_branches_do_not_fold() -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        return torch.cat([layer(x) for layer in self.layers])

    graph = traced(forward, layers=nn.ModuleList(nn.Linear(4, 4) for _ in range(5)))
    assert graph.repeats == []


def test_resnet_and_inception_fold_as_their_authors_drew_them() -> None:
    torchvision = pytest.importorskip("torchvision")
    with torch.device("meta"):
        resnet = graph_of(torchvision.models.resnet50(), torch.empty(1, 3, 64, 64))
        inception = graph_of(
            torchvision.models.inception_v3(init_weights=False), torch.empty(1, 3, 96, 96)
        )
    told = [(each.group, each.label, each.identical) for each in resnet.repeats]
    assert told == [
        ("layer1", "2 × Bottleneck", True),
        ("layer2", "3 × Bottleneck", True),
        ("layer3", "5 × Bottleneck", True),
        ("layer4", "2 × Bottleneck", True),
    ]
    assert node(resnet, "layer3").contents == "6 × Bottleneck"
    assert node(resnet, "layer3.0").contents == "Conv2d, BatchNorm2d, … (11)"
    assert node(resnet, "layer3").parameters == 7_098_368
    assert [each.label for each in inception.repeats if each.group == ""] == ["4 × InceptionC"]
    assert not [each for each in inception.repeats if each.group == "Mixed_5b"]
    for graph in (resnet, inception):
        holds(graph)


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


@pytest.mark.parametrize("name", ["add", "input:x", "output", "a#2", "<b>", '"', "\\", "é\n☃"])
def test_names_that_others_have(name: str) -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.add_module(name, nn.Linear(4, 4))
            self.a = nn.ReLU()

        def forward(self, x: Tensor) -> Tensor:
            layer = self._modules[name]
            return self.a(self.a(layer(layer(x)) + x))

    graph = graph_of(Model(), torch.ones(1, 4))
    holds(graph)
    assert graph.failure == ""
    assert len(graph.nodes) == 7
    assert [each.call for each in graph.nodes if each.path == name] == [1, 2]


def test_a_layer_that_fails_is_marked() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.Sequential(nn.ReLU(), nn.Linear(4, 2)), nn.ReLU())
    graph = graph_of(model, torch.ones(1, 4))
    holds(graph)
    assert graph.failed == "1.1"
    assert "[1, 8] X [4, 2]" in str(node(graph, "1.1").failed)
    assert graph.failure.startswith("The graph ends at 1.1: RuntimeError")
    assert [each.id for each in graph.nodes] == ["input:input", "0", "1.0", "1.1"]
    assert [edge.shape for edge in graph.edges] == [(1, 4), (1, 8), (1, 8)]


def test_an_operation_and_own_code_that_fail_are_marked() -> None:
    operation = traced(lambda self, x: x.relu().view(3, 5))
    assert (operation.failed, node(operation, "view").settings) == ("view", "3, 5")

    def forward(self: Any, x: Tensor) -> Tensor:
        a, b, c = self.inner[0](x)
        return a

    inner = _Forward(forward, inner=nn.ModuleList([nn.ReLU()]))
    graph = graph_of(nn.Sequential(inner), torch.ones(2, 4))
    holds(graph)
    assert graph.failed == "0"
    assert "not enough values" in str(node(graph, "0").failed)
    own = traced(lambda self, x: x.sin()[None].missing)
    assert (own.failed, own.failure) == (
        "",
        "The graph ends at the model's own code after getitem: AttributeError: 'Tensor' object "
        "has no attribute 'missing'",
    )


def test_a_failure_that_the_model_deals_with_is_none() -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        for attempt in (lambda each: each.view(3, 5), self.narrow):
            try:
                x = attempt(x)
            except RuntimeError:
                x = x.sin()
        return x

    graph = traced(forward, narrow=nn.Sequential(nn.Sequential(nn.Linear(3, 3), nn.ReLU())))
    assert graph.failure == ""
    assert [each.id for each in graph.nodes if each.kind == "operation"] == ["sin", "sin#2"]
    assert all(each.failed is None for each in graph.nodes)
    assert node(graph, "sin#2").group == ""


def test_data_dependent_code_says_where_it_stops() -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        return x if x.sum() > 0 else -x

    graph = traced(forward)
    assert graph.failed == "bool"
    assert ("gt", "bool") in edges(graph)
    assert "depends on the values of a tensor" in graph.failure
    boxes = traced(lambda self, x: x[x > 0].nonzero())
    assert boxes.failed in ("getitem", "nonzero")


def test_devices_are_none() -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        y = x.to("cuda:0").cpu() + torch.ones(4, device="cuda")
        return y.to(torch.device("cuda"), torch.float16).cuda()

    graph = traced(forward)
    assert graph.failure == ""
    assert graph.nodes[-1].dtypes == ("float16",)


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


def test_shared_weights_count_once() -> None:
    tied = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.Linear(4, 4), nn.ReLU()))
    tied[1][0].weight = tied[0].weight
    graph = graph_of(nn.Sequential(tied, nn.ReLU()), torch.ones(1, 4))
    assert node(graph, "0").parameters == 24
    assert node(graph, "0.1").parameters == 20


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


def test_what_cannot_be_copied_is_told() -> None:
    model = nn.Sequential(nn.ReLU())
    model.lock = (each for each in ())
    graph = graph_of(model, torch.ones(1))
    assert graph.failure.startswith("No graph: the model cannot be copied (")
    with pytest.raises(TypeError, match="model: expected a torch.nn.Module, got str"):
        graph_of("model")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data["edges"][0].update(source="no"), "edges: source: there is no 'no'"),
        (lambda data: data["nodes"][0].update(kind="odd"), "unknown kind 'odd'"),
        (lambda data: data["nodes"].append(data["nodes"][0]), "expected each id once"),
        (lambda data: data["groups"].reverse(), "groups: parent"),
        (lambda data: data["repeats"][0].update(group="no"), "repeats: group"),
        (lambda data: data["nodes"][0].update(group="no"), "nodes: group"),
    ],
)
def test_data_that_are_none(change: Any, message: str) -> None:
    block = nn.Sequential(nn.Sequential(nn.Linear(4, 4), nn.ReLU()), nn.ReLU())
    data = graph_of(nn.Sequential(block, block), torch.ones(1, 4)).to_dict()
    change(data)
    with pytest.raises(ValueError, match=message):
        Graph.from_dict(data)


def test_text_is_short() -> None:
    model = nn.Sequential(*(nn.Linear(4 + n, 5 + n) for n in range(300)))
    lines = str(graph_of(model, torch.ones(1, 4))).splitlines()
    assert len(lines) == 101
    assert lines[:3] == [
        "Sequential: 302 nodes, 301 edges",
        "  input:input  1×4",
        "  0  Linear(4 → 5)  1×5  ← input:input",
    ]
    assert lines[-1] == "  …"


def _cost(blocks: int) -> float:
    def forward(self: Any, x: Tensor) -> Tensor:
        kept = torch.zeros(blocks, 4)
        for place in range(blocks):
            x = F.relu(x + 1)
            kept[place] += x[0]
        return kept + x.sum()

    began = time.process_time()
    graph = traced(forward)
    assert len(graph.nodes) == 6 * blocks + 5
    assert len(graph.repeats) == 1
    str(graph)
    graph.to_dot()
    return time.process_time() - began


def test_cost_grows_with_the_nodes_alone() -> None:
    _cost(20)
    small, large = min(_cost(100) for _ in range(2)), _cost(900)
    assert large < 3 * 9 * small  # quadratic would be 81


def test_two_thousand_deep() -> None:
    limit, stack = sys.getrecursionlimit(), threading.stack_size()

    class Deeper(nn.Module):
        def __init__(self, inner: nn.Module) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, x: Tensor) -> Tensor:
            return self.inner(x) + x

    model: nn.Module = nn.Linear(4, 4)
    for _ in range(2000):
        model = Deeper(model)
    graph = graph_of(model, torch.ones(1, 4))
    assert graph.failure == ""
    assert len(graph.groups) == 1999
    assert len(graph.nodes) == 2003
    assert node(graph, "inner").parameters == 20
    assert graph.to_dot().count("{") == 2000
    assert (sys.getrecursionlimit(), threading.stack_size()) == (limit, stack)
