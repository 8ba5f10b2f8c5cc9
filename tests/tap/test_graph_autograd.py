"""Autograd's graph against a second walk over `grad_fn`, written the other way round."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision import models

from torchloupe.tap import Graph, _graph_autograd, autograd_graph_of


def _second_walk(value: Tensor) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Count functions by name, and connections by the names at their ends; breadth first."""
    nodes: Counter[str] = Counter()
    ends: Counter[tuple[str, str]] = Counter()
    seen: set[Any] = {value.grad_fn}
    level = [value.grad_fn]
    while level:
        following = []
        for function in level:
            nodes[_name(function)] += 1
            for source, _ in function.next_functions:
                if source is None:
                    continue
                ends[_name(source), _name(function)] += 1
                if source not in seen:
                    seen.add(source)
                    following.append(source)
        level = following
    return nodes, ends


def _name(function: Any) -> str:
    return "leaf" if hasattr(function, "variable") else function.name()


def _ours(graph: Graph) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    names = {
        node.id: "leaf" if node.kind in ("parameter", "input") else node.label
        for node in graph.nodes
        if node.kind != "output"
    }
    ends = ((edge.source, edge.target) for edge in graph.edges if edge.target != "output")
    return Counter(names.values()), Counter((names[a], names[b]) for a, b in ends)


def test_against_a_second_walk() -> None:
    model = models.resnet18()
    loss = F.cross_entropy(model(torch.randn(2, 3, 32, 32)), torch.tensor([1, 2]))
    graph = autograd_graph_of(loss, model)
    assert _ours(graph) == _second_walk(loss)
    counts = {node.id: node.parameters for node in graph.nodes if node.kind == "parameter"}
    assert counts == {name: each.numel() for name, each in model.named_parameters()}
    parameters = {node.id: node.shapes for node in graph.nodes if node.kind == "parameter"}
    assert parameters == {name: (tuple(each.shape),) for name, each in model.named_parameters()}
    assert graph.nodes[-1].id == "output"
    order = {node.id: place for place, node in enumerate(graph.nodes)}
    assert all(order[edge.source] < order[edge.target] for edge in graph.edges)
    assert Graph.from_dict(json.loads(json.dumps(graph.to_dict()))) == graph
    assert all(each.grad is None for each in model.parameters())


def test_names_shapes_and_inputs() -> None:
    model = nn.Linear(3, 2)
    x = torch.ones(4, 3, requires_grad=True)
    first, second = model(x).chunk(2, dim=1)
    graph = autograd_graph_of((first * second * first).sum(), model)
    assert [(node.id, node.kind) for node in graph.nodes if node.kind != "operation"] == [
        ("bias", "parameter"),
        ("input", "input"),
        ("weight", "parameter"),
        ("output", "output"),
    ]
    split = next(node for node in graph.nodes if node.label.startswith("Split"))
    assert split.shapes == ((4, 1), (4, 1))
    taken = [
        (edge.target, edge.output, edge.shape) for edge in graph.edges if edge.source == split.id
    ]
    assert sorted(taken) == [
        ("MulBackward0", 0, (4, 1)),
        ("MulBackward0", 1, (4, 1)),
        ("MulBackward0#2", 0, (4, 1)),
    ]
    end = autograd_graph_of(second, model).edges[-1]
    assert (end.source, end.output, end.shape) == (split.id, 1, (4, 1))
    unnamed = autograd_graph_of(model(x).sum())
    leaves = [node for node in unnamed.nodes if node.kind in ("parameter", "input")]
    assert [(node.id, node.kind, node.parameters) for node in leaves] == [
        ("parameter", "parameter", 2),
        ("input", "input", 0),
        ("parameter#2", "parameter", 6),
    ]


def test_a_leaf_is_its_own_graph() -> None:
    weight = nn.Parameter(torch.ones(2))
    graph = autograd_graph_of(weight)
    assert [(edge.source, edge.target) for edge in graph.edges] == [("parameter", "output")]
    (edge,) = autograd_graph_of(torch.ones(2, requires_grad=True)).edges
    assert (edge.source, edge.target) == ("input", "output")


def test_a_long_chain_folds() -> None:
    x = torch.ones(2, requires_grad=True)
    value = x
    for _ in range(5000):
        value = (value * 2).sin()
    graph = autograd_graph_of(value)
    assert len(graph.nodes) == 10_002
    assert [repeat.label for repeat in graph.repeats] == ["5000 × (MulBackward0, SinBackward0)"]


def test_too_long_a_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_graph_autograd, "_MOST_NODES", 10)
    value = torch.ones(2, requires_grad=True)
    for _ in range(9):
        value = value.sin()
    assert len(autograd_graph_of(value).nodes) == 11
    with pytest.raises(ValueError, match="value: more than 10 steps lie behind it"):
        autograd_graph_of(value.sin())


def test_what_has_no_graph() -> None:
    with pytest.raises(ValueError, match="value: expected a tensor that requires a gradient"):
        autograd_graph_of(torch.ones(2))
    with pytest.raises(TypeError, match="value: expected a torch.Tensor, got float"):
        autograd_graph_of(1.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="model: expected a torch.nn.Module, got dict"):
        autograd_graph_of(torch.ones(2, requires_grad=True), {})  # type: ignore[arg-type]
