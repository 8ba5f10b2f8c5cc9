"""What tests of `graph_of` have in common."""

from __future__ import annotations

import json
from typing import Any

import torch
from torch import nn

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
