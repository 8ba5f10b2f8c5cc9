"""A graph as data and as text, whatever the names in it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.tap.graphs import holds, traced
from torchloupe.tap import Graph, graph_of


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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data["edges"][0].update(source="no"), "edges: source: there is no 'no'"),
        (lambda data: data["nodes"][0].update(kind="odd"), "unknown kind 'odd'"),
        (lambda data: data["nodes"].append(data["nodes"][0]), "expected each id once"),
        (lambda data: data["groups"].reverse(), "groups: parent"),
        (lambda data: data["groups"][0].update(parent="0.0"), "groups: parent: there is no '0.0'"),
        (lambda data: data["repeats"][0].update(group="no"), "repeats: group"),
        (lambda data: data["nodes"][0].update(group="no"), "nodes: group"),
        (lambda data: data["edges"][0].update(target="no"), "edges: target"),
        (lambda data: data["repeats"][0].update(members=[["no"]]), "repeats: members"),
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


def test_many_sources_are_cut_in_the_text() -> None:
    layers = {f"l{n}": nn.Linear(4, 4) for n in range(6)}

    def forward(self: Any, x: Tensor) -> Tensor:
        y = torch.cat([self.get_submodule(name)(x) for name in layers])
        return torch.cat([y, y, x])

    lines = str(traced(forward, **layers)).splitlines()
    assert lines[-3].endswith("  ← l0, l1, l2, l3 and 2 more")
    assert lines[-2].endswith("  ← cat, input:inputs[0]")
