"""A pass that fails: the graph is there up to that place, and the place is marked."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from tests.tap.graphs import _Forward, edges, holds, node, traced
from torchloupe.tap import graph_of


def test_a_layer_that_fails_is_marked() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.Sequential(nn.ReLU(), nn.Linear(4, 2)), nn.ReLU())
    graph = graph_of(model, torch.ones(1, 4))
    holds(graph)
    assert graph.failed == "1.1"
    told = "Linear(4 → 2) was given [1, 8], whose last dimension is 8; it expects 4"
    assert node(graph, "1.1").failed == told
    assert graph.failure == f"The graph ends at 1.1: {told}"
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


def test_what_cannot_be_copied_is_told() -> None:
    model = nn.Sequential(nn.ReLU())
    model.lock = (each for each in ())
    graph = graph_of(model, torch.ones(1))
    assert graph.failure.startswith("No graph: the model cannot be copied (")
    assert graph_of(torch.compile(model), torch.ones(1)).title == "Sequential"
    with pytest.raises(TypeError, match="model: expected a torch.nn.Module, got str"):
        graph_of("model")  # type: ignore[arg-type]


@pytest.mark.parametrize("anew", ["from", "within", "twice"])
def test_the_innermost_is_marked_though_its_error_was_raised_anew(anew: str) -> None:
    class Wrapping(nn.Module):
        def __init__(self, inner: nn.Module) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, x: Tensor) -> Tensor:
            try:
                return self.inner(x)
            except (RuntimeError, ValueError) as error:
                if anew == "within":
                    raise ValueError("the inner layer failed")  # noqa: B904
                raise ValueError("the inner layer failed") from error

    model = Wrapping(nn.Linear(3, 3))
    graph = graph_of(Wrapping(model) if anew == "twice" else model, torch.ones(1, 4))
    holds(graph)
    assert graph.failed == ("inner.inner" if anew == "twice" else "inner")


def test_what_fails_inside_a_node_is_the_node() -> None:
    class Raising(nn.Module):
        def forward(self, weight: Tensor) -> Tensor:
            if weight.is_meta:
                raise ValueError("not this one")
            return weight

    layer = nn.Linear(4, 4)
    parametrize.register_parametrization(layer, "weight", Raising())
    graph = graph_of(nn.Sequential(layer), torch.ones(1, 4))
    assert (graph.failed, graph.failure) == ("0", "The graph ends at 0: ValueError: not this one")


def test_the_text_tells_it() -> None:
    text = str(graph_of(nn.Sequential(nn.ReLU(), nn.Linear(3, 3)), torch.ones(1, 4)))
    line, last = text.splitlines()[-2:]
    assert line.startswith("  1  Linear(3 → 3)")
    assert "  failed: Linear(3 → 3) was given [1, 4], whose " in line
    assert last.startswith("The graph ends at 1: Linear(3 → 3) was given [1, 4]")


def test_groups_without_a_node_are_left_out_unless_they_failed() -> None:
    class Nothing(nn.Module):
        def __init__(self, fails: bool) -> None:
            super().__init__()
            self.fails, self.unused = fails, nn.ReLU()

        def forward(self, x: Tensor) -> Tensor:
            if self.fails:
                raise ValueError("at once")
            return x

    graph = graph_of(nn.Sequential(Nothing(False), nn.ReLU(), Nothing(True)), torch.ones(1))
    assert [(group.id, group.failed) for group in graph.groups] == [("2", "ValueError: at once")]


def test_dtypes_that_do_not_go_together_are_refused_as_with_contents() -> None:
    x = torch.ones(1, 4, dtype=torch.float64)
    with pytest.raises(RuntimeError):
        nn.Linear(4, 4)(x)
    assert "[1, 4] of float64; its weights are float32" in graph_of(nn.Linear(4, 4), x).failure


def test_arguments_that_do_not_fit_are_named_by_their_places() -> None:
    graph = graph_of(nn.Linear(4, 4), torch.ones(1, 4), torch.ones(2))
    assert [each.id for each in graph.nodes if each.kind == "input"] == ["input:0", "input:1"]
    assert "TypeError" in graph.failure
