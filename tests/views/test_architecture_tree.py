"""The tree: a row a module, with sums that are torch's own."""

import numpy as np
import pytest
import torch
from torch import nn

import torchloupe as tl
from tests.front_end import wait_for


def model():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 8 * 8, 10)
    )


def test_a_row_a_module(front_end):
    net = model()
    view = tl.ArchitectureTree(net, torch.zeros(1, 1, 8, 8))
    assert [row["type"] for row in view.rows] == [type(module).__name__ for module in net.modules()]
    assert [row["path"] for row in view.rows] == [path for path, _ in net.named_modules()]
    assert [row["depth"] for row in view.rows] == [0, 1, 1, 1, 1]
    assert [row["leaf"] for row in view.rows] == [False, True, True, True, True]
    counts = [sum(each.numel() for each in module.parameters()) for module in net.modules()]
    assert [row["parameters"] for row in view.rows] == counts
    np.testing.assert_allclose([row["share"] for row in view.rows], np.array(counts) / counts[0])
    assert view.rows[1]["output"] == "[1, 4, 8, 8]"
    assert view.rows[-1]["output"] == "[1, 10]"
    assert view.failed == ""
    assert view.summary == f"{counts[0]:,} parameters · {4 * counts[0] / 1000:.3g} kB · 5 modules"
    assert front_end.state(view)["rows"] == view.rows


def test_without_an_example_there_are_no_shapes(front_end):
    view = tl.ArchitectureTree(model())
    assert {row["output"] for row in view.rows} == {""}


def test_of_a_description(front_end):
    described = tl.describe(model(), torch.zeros(1, 1, 8, 8))
    assert (
        tl.ArchitectureTree(described).rows
        == tl.ArchitectureTree(model(), torch.zeros(1, 1, 8, 8)).rows
    )


def test_an_example_that_does_not_fit_is_told(front_end):
    view = tl.ArchitectureTree(model(), torch.zeros(1, 3, 8, 8))
    assert view.failed
    assert len(view.rows) == 5


def test_what_is_frozen_says_so(front_end):
    net = model()
    net[0].requires_grad_(False)
    view = tl.ArchitectureTree(net)
    assert view.rows[1]["note"] == "frozen"
    assert not view.rows[1]["trainable"]
    assert view.rows[0]["trainable"]
    assert "2,570 trainable" in view.summary


def test_a_model_without_parameters(front_end):
    view = tl.ArchitectureTree(nn.ReLU())
    assert (view.rows[0]["parameters"], view.rows[0]["share"]) == (0, 0.0)


def test_a_large_model_is_cut_and_says_so(front_end):
    view = tl.ArchitectureTree(nn.Sequential(*(nn.ReLU() for _ in range(6_000))))
    assert len(view.rows) == 5_000
    assert "6,001 modules · the first 5,000 shown" in view.summary
    assert view.expanded_depth == 1


def test_describing_leaves_the_model_as_it_was(front_end):
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Dropout()).train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    tl.ArchitectureTree(net, torch.randn(4, 2))
    assert all(module.training for module in net.modules())
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert not any(module._forward_hooks for module in net.modules())


def test_names_are_literal_text(front_end):
    class Odd(nn.ReLU):
        def extra_repr(self):
            return "<img src=x onerror=alert(1)>"

    assert tl.ArchitectureTree(Odd()).rows[0]["settings"] == "<img src=x onerror=alert(1)>"


def test_of_a_run(front_end):
    with tl.Run("described") as run:
        view = tl.ArchitectureTree(run)
        assert (view.rows, view.summary) == ([], "no model yet")
        front_end.render(view)
        run.probe(tl.Reconstructions(nn.Identity(), torch.zeros(2, 1, 4, 4)))
        wait_for(lambda: front_end.state(view)["rows"])
        assert tl.ArchitectureTree(run, "architecture").rows == view.rows
        with pytest.raises(TypeError, match="inputs"):
            tl.ArchitectureTree(run, "architecture", torch.zeros(1))


@pytest.mark.parametrize("what", [None, 7, "model", object(), torch.zeros(2)])
def test_what_is_no_model_is_refused(front_end, what):
    with pytest.raises(TypeError, match="model"):
        tl.ArchitectureTree(what)
