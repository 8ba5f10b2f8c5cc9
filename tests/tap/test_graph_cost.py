"""What a graph costs, and how deep it can go."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.tap.graphs import node, traced
from torchloupe.tap import graph_of


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
