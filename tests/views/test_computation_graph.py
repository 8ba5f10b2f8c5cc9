"""The graph: compact and complete on the wire, selected from both sides, coloured by numbers."""

import json
import math
from collections import Counter
from itertools import pairwise

import pytest
import torch
from torch import nn

import torchloupe as tl
from tests.front_end import wait_for
from torchloupe.tap import Graph, GraphEdge, GraphGroup, GraphNode, graph_of
from torchloupe.views._computation_graph_metrics import describe_metrics
from torchloupe.views._computation_graph_pack import bounded, pack
from torchloupe.views._metrics import Metric


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x):
        return x + self.second(torch.relu(self.first(x)))


def model():
    return nn.Sequential(Residual(), Residual(), Residual(), nn.Linear(4, 2))


@pytest.fixture
def view(front_end):
    return tl.ComputationGraph(model(), torch.zeros(3, 4))


def unpacked(packed):
    """Read back what a page is sent."""
    texts, shapes = packed["texts"], packed["shapes"]
    groups = ["", *(row[0] for row in packed["groups"])]
    nodes = [
        (row[0], texts[row[2]], texts[row[3]], groups[row[4] + 1], texts[row[5]])
        + (tuple(tuple(shapes[each]) for each in row[6]), row[8])
        for row in packed["nodes"]
    ]
    ids = [row[0] for row in packed["nodes"]]
    edges = [
        (ids[row[0]], ids[row[1]], tuple(shapes[row[2]]), texts[row[3]], row[4], texts[row[5]])
        for row in packed["edges"]
    ]
    named = [*ids, *reversed(groups[1:])]  # a group's place counts from the end
    repeats = [
        (row[0], row[1], groups[row[2] + 1], [[named[at] for at in each] for each in row[3]])
        for row in packed["repeats"]
    ]
    return nodes, edges, repeats


def test_a_page_is_sent_the_whole_graph(view, front_end):
    """Seen to fail with edges from a node's target to its source."""
    graph = graph_of(model(), torch.zeros(3, 4))
    nodes, edges, repeats = unpacked(json.loads(json.dumps(front_end.state(view)["graph_data"])))
    assert nodes == [
        (each.id, each.label, each.path, each.group, each.settings, each.shapes, each.parameters)
        for each in graph.nodes
    ]
    assert edges == [
        (each.source, each.target, each.shape, each.dtype, each.output, each.argument)
        for each in graph.edges
    ]
    assert repeats == [
        (each.id, each.label, each.group, [list(one) for one in each.members])
        for each in graph.repeats
    ]
    assert repeats[0][1] == "3 × Residual"
    assert view.graph == graph
    assert view.title == "Sequential"
    assert view.summary == f"7 module calls · 6 operations · {len(edges)} edges"
    assert view.to_dot() == graph.to_dot()
    assert "Residual" in view.to_dot()


def test_of_a_graph(front_end, view):
    again = tl.ComputationGraph(view.graph, title="again")
    assert again.graph is view.graph
    assert again.graph_data == view.graph_data
    assert (again.title, repr(again)) == ("again", "ComputationGraph('again')")


def test_of_a_tensor(front_end):
    net = model()
    loss = net(torch.zeros(3, 4)).sum()
    view = tl.ComputationGraph(loss, model=net)
    labels = Counter(node.label for node in view.graph.nodes)
    assert labels["SumBackward0"] == 1
    assert {name for name, _ in net.named_parameters()} <= set(labels)
    assert view.title == "autograd"


def test_arguments_by_name_reach_the_model(front_end):
    class Two(nn.Module):
        def forward(self, left, scale=None):
            return left * scale

    view = tl.ComputationGraph(Two(), torch.zeros(2), scale=torch.zeros(2))
    assert [each.label for each in view.graph.nodes][:2] == ["left", "scale"]
    with pytest.raises(TypeError, match="run: expected a torchloupe.Run, got str"):
        tl.ComputationGraph(Two(), torch.zeros(2), run="a")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("resnet18",), "model_or_graph: expected a torch.nn.Module, a Graph or a tensor, got str"),
        ((print, torch.zeros(1)), "model_or_graph: expected .*, got builtin_function_or_method"),
        ((Graph("g"), torch.zeros(1)), "model_or_graph: only a model has inputs; got 1 inputs"),
    ],
)
def test_bad_arguments_are_named(front_end, arguments, message):
    with pytest.raises(TypeError, match=message):
        tl.ComputationGraph(*arguments)
    with pytest.raises(ValueError, match="expected a tensor that requires a gradient"):
        tl.ComputationGraph(torch.zeros(1))


def test_a_failing_model_shows_where(front_end):
    """Seen to fail when no failures are packed."""
    broken = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(5, 2))
    view = tl.ComputationGraph(broken, torch.zeros(3, 4))
    assert view.failed == "2"
    assert "The graph ends at 2" in view.failure
    assert list(view.graph_data["failures"]) == ["2"]


def test_nothing_computed(front_end):
    view = tl.ComputationGraph(Graph("empty"))
    assert view.summary == "nothing was computed"
    assert view.graph_data["nodes"] == []


# -- selecting -------------------------------------------------------------------------------


def test_the_page_selects(view, front_end):
    """Seen to fail when the place is counted from 0."""
    told = []
    view.on_select(told.append)
    place = [node.id for node in view.graph.nodes].index("1.second")
    front_end.event(view, "select", index=place + 1)
    wait_for(lambda: told)
    assert view.selected is told[0] is view.graph.nodes[place]
    front_end.render(view)
    wait_for(lambda: front_end.state(view)["chosen"] == "1.second")
    front_end.event(view, "select", index=len(view.graph.nodes) + 2)
    wait_for(lambda: len(told) == 2)
    assert told[1] is view.graph.groups[1]
    front_end.event(view, "select", index=0)
    wait_for(lambda: len(told) == 3)
    assert view.selected is None


def test_python_selects(view, front_end):
    told = []
    view.on_select(told.append)
    front_end.render(view)
    view.selected = "0.first"
    assert told == [view.selected]
    assert view.selected.path == "0.first"
    wait_for(lambda: front_end.state(view)["chosen"] == "0.first")
    view.selected = view.graph.groups[1]
    assert view.selected.type == "Residual"
    view.on_select(told.append, remove=True)
    view.selected = None
    assert len(told) == 2
    with pytest.raises(KeyError, match="no node or group 'nowhere'"):
        view.selected = "nowhere"
    with pytest.raises(TypeError, match="selected: expected a node or group, its id, or None"):
        view.selected = 3
    with pytest.raises(TypeError, match="callback: expected a function, got int"):
        view.on_select(3)


def test_what_a_page_may_not_say_is_counted(view, front_end):
    before = view.uplink.rejected
    for index in (len(view._places) + 1, -1, 1.5, "1", None, 2**40):
        front_end.event(view, "select", index=index)
    front_end.event(view, "open", index=1)
    assert view.uplink.rejected == before + 7
    assert view.selected is None


def test_a_callback_that_raises_does_no_harm(view, front_end, caplog):
    view.on_select(lambda _: 1 / 0)
    front_end.event(view, "select", index=1)
    wait_for(lambda: "ZeroDivisionError" in caplog.text)
    front_end.event(view, "select", index=2)
    wait_for(lambda: view.selected is view.graph.nodes[1])


# -- colours ---------------------------------------------------------------------------------


def test_nodes_and_groups_carry_the_health_of_their_modules(front_end):
    net, example = model(), torch.zeros(3, 4)
    with tl.Run("alive") as run:
        view = tl.ComputationGraph(net, example, run=run)
        front_end.render(view)
        assert front_end.state(view)["metrics"] == []
        for _ in run.track(range(2)):
            net(torch.randn(3, 4)).square().mean().backward()
        _, arrays = run.latest("health")
        wait_for(lambda: front_end.state(view)["metric"] == "gradient")
        rows = dict(zip(dict(net.named_modules()), arrays["gradient"], strict=True))
        (found,) = [m for m in front_end.state(view)["metrics"] if m["key"] == "gradient"]
        wanted = {path: float(f"{each:.6g}") for path, each in rows.items() if each == each}
        assert found["values"] == wanted
        assert "0.second" in wanted


def test_every_call_has_its_modules_number_and_what_is_infinite_says_so():
    shared = nn.Linear(4, 4)
    graph = graph_of(nn.Sequential(shared, nn.ReLU(), shared), torch.zeros(1, 4))
    metric = Metric("norm", "norm", values={"0": 2.0, "1": math.inf, "2": math.nan, "": 1.0})
    (found,) = describe_metrics([metric], [*graph.nodes, *graph.groups])
    assert found["values"] == {"0": 2.0, "0#2": 2.0, "1": None}


# -- sizes and ends --------------------------------------------------------------------------


def nested(outer, inner, size):
    """A chain of groups of groups of nodes."""
    graph = Graph("big")
    for first in range(outer):
        graph.groups.append(GraphGroup(f"{first}", f"{first}", "Outer"))
        for second in range(inner):
            id_ = f"{first}.{second}"
            graph.groups.append(GraphGroup(id_, id_, "Inner", parent=f"{first}"))
            nodes = (f"{id_}.{third}" for third in range(size))
            graph.nodes += [GraphNode(each, "module", "ReLU", each, id_) for each in nodes]
    ids = [node.id for node in graph.nodes]
    graph.edges = [GraphEdge(*pair) for pair in pairwise(ids)]
    return Graph.from_dict(graph.to_dict())  # checks it


def test_what_is_too_large_comes_with_its_innermost_groups_closed():
    """Seen to fail when the edges within what is closed stay."""
    graph = nested(4, 5, 6)
    assert bounded(graph, 120) == (graph, "")
    small, told = bounded(graph, 119)
    assert told == "120 nodes: groups come closed from level 2 on"
    assert [node.id for node in small.nodes] == [f"{a}.{b}" for a in range(4) for b in range(5)]
    assert {node.label for node in small.nodes} == {"Inner"}
    ids = [node.id for node in small.nodes]
    assert [(each.source, each.target) for each in small.edges] == list(pairwise(ids))
    assert [group.id for group in small.groups] == ["0", "1", "2", "3"]
    smaller, _ = bounded(graph, 19)
    assert [node.id for node in smaller.nodes] == ["0", "1", "2", "3"]
    assert len(graph.nodes) == 120
    for each in (small, smaller):
        assert Graph.from_dict(each.to_dict()) == each


def test_a_long_chain_is_cut_and_says_so(front_end):
    graph = nested(30, 1, 1)
    cut, told = bounded(graph, 10)
    assert told == "30 nodes: only the first 10 are shown"
    assert len(cut.nodes) == 10
    assert all(int(each.target) < 10 for each in cut.edges)
    assert pack(cut)["nodes"][9][0] == "9"


def test_a_bound_view_says_what_is_left_out(front_end, monkeypatch):
    module = "torchloupe.views._computation_graph"
    monkeypatch.setattr(f"{module}.bounded", lambda graph: bounded(graph, 50))
    view = tl.ComputationGraph(nested(4, 5, 6))
    assert view.left_out == "120 nodes: groups come closed from level 2 on"
    assert len(view.graph.nodes) == 120


def test_hostile_names_stay_short(front_end):
    name = "<script>" * 1000
    node = GraphNode("a", "module", name, settings=name, failed=name)
    view = tl.ComputationGraph(Graph("t", [node]))
    assert max(map(len, view.graph_data["texts"])) == 300
    assert len(view.graph_data["failures"]["a"]) == 300


def test_the_program_that_lays_out_travels_once(front_end):
    """Seen to fail when each view opens its own."""
    views = [tl.ComputationGraph(model(), torch.zeros(3, 4)) for _ in range(3)]
    assert len({id(view.layouter) for view in views}) == 1
    sources = [each for each in front_end.models.values() if len(each.get("source", "")) > 10_000]
    assert len(sources) == 1
    assert all(not hasattr(each, "source") for each in views)
    layouter = views[0].layouter
    for view in views[:2]:
        view.close()
    assert layouter.comm is not None
    views[2].close()
    assert layouter.comm is None
    assert tl.ComputationGraph(model(), torch.zeros(3, 4)).layouter is not layouter


def test_no_message_changes_the_program(view, front_end):
    source = view.layouter.source
    front_end.deliver(view.layouter, {"method": "update", "state": {"source": "stop()"}})
    assert view.layouter.source == source


def test_it_closes_with_its_run(front_end):
    run = tl.Run()
    view = tl.ComputationGraph(model(), torch.zeros(3, 4), run=run)
    assert view.run is run
    run.close()
    assert view.comm is None


def test_looking_leaves_the_model_as_it_was(front_end):
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Dropout()).train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    torch.manual_seed(0)
    tl.ComputationGraph(net, torch.randn(4, 2))
    drawn = torch.rand(1)
    torch.manual_seed(0)
    torch.randn(4, 2)
    assert torch.equal(drawn, torch.rand(1))
    assert all(module.training for module in net.modules())
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
