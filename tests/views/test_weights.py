"""The parameters of a module as pictures: what is shown is what is there."""

import numpy as np
import pytest
import torch
from torch import nn

import torchloupe as tl
from tests.front_end import wait_for


def shown(front_end, view):
    """Return {name: (facts, heat map)} as the page has it."""
    state = front_end.state(view)
    cells, start, found = front_end.array(view, "cells"), 0, {}
    for each in state["tensors"]:
        count = each["rows"] * each["columns"]
        found[each["name"]] = (each, cells[start : start + count].reshape(each["rows"], -1))
        start += count
    assert start == len(cells)
    return found


def look(front_end, *arguments, **options):
    view = tl.Weights(*arguments, **options)
    front_end.render(view)
    wait_for(lambda: front_end.state(view)["summary"])
    return view


def test_small_matrices_are_shown_as_they_are(front_end):
    layer = nn.Linear(5, 3)
    found = shown(front_end, look(front_end, layer))
    np.testing.assert_array_equal(found["weight"][1], layer.weight.detach())
    np.testing.assert_array_equal(found["bias"][1], layer.bias.detach()[None])
    facts = found["weight"][0]
    assert facts["shape"] == "3 × 5"
    assert facts["mean"] == pytest.approx(layer.weight.mean().item(), rel=1e-4)
    assert facts["spread"] == pytest.approx(layer.weight.std(correction=0).item(), rel=1e-4)
    assert facts["norm"] == pytest.approx(layer.weight.norm().item(), rel=1e-4)
    assert sum(facts["counts"]) == 15


def test_filters_of_a_first_convolution_are_images(front_end):
    layer = nn.Conv2d(3, 8, 5, bias=False)
    view = look(front_end, layer)
    filters = front_end.array(view, "filters")
    reach = layer.weight.abs().max()
    true = (layer.weight / (2 * reach) + 0.5).permute(0, 2, 3, 1).detach()
    np.testing.assert_allclose(filters[0], true, atol=1e-6)
    assert front_end.state(view)["filter_range"] == [0, 1]
    view.show(nn.Conv2d(1, 2, 3, bias=False))
    wait_for(lambda: front_end.array(view, "filters").shape == (1, 2, 3, 3, 1))
    low, high = front_end.state(view)["filter_range"]
    assert low == -high
    view.show(nn.Conv2d(16, 2, 3))
    wait_for(lambda: front_end.state(view)["filters"] is None)


def test_another_module_takes_its_place(front_end):
    view = look(front_end, nn.Linear(2, 2))
    assert front_end.state(view)["title"] == "Linear"
    view.show(nn.BatchNorm1d(7), "layer.norm")
    wait_for(lambda: front_end.state(view)["title"] == "layer.norm")
    wait_for(lambda: shown(front_end, view)["weight"][1].shape == (1, 7))


def test_what_is_broken_is_counted_and_left_out(front_end):
    weights = torch.tensor([1.0, torch.nan, -torch.inf, 3.0])
    facts, cells = shown(front_end, look(front_end, weights))[""]
    assert (facts["broken"], facts["mean"], facts["low"], facts["high"]) == (2, 2, 1, 3)
    assert np.isnan(cells[0, 1])


@pytest.mark.parametrize(
    ("module", "summary"),
    [
        (nn.ReLU(), "no parameters of its own"),
        (
            nn.Sequential(nn.ReLU(), nn.Linear(1, 1), nn.Sequential(nn.Linear(1, 1))),
            "no parameters of its own; inside have some: 1, 2.0",
        ),
        (
            nn.Sequential(*(nn.Linear(1, 1) for _ in range(9))),
            "no parameters of its own; inside have some: 0, 1, 2, 3, …",
        ),
        (nn.LazyLinear(3), "0 parameters · 0 of 2 shown"),
        (nn.Linear(2, 2, device="meta"), "6 parameters · 0 of 2 shown"),
        (nn.LSTM(2, 2, num_layers=4), "192 parameters · 12 of 16 shown"),
        (torch.zeros(1), "1 parameter"),
        (torch.zeros(0, 4), "0 parameters"),
    ],
)
def test_modules_with_few_none_or_many_parameters(front_end, module, summary):
    assert look(front_end, module).summary == summary


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64, torch.int64])
def test_other_dtypes_are_named(front_end, dtype):
    facts, _ = shown(front_end, look(front_end, torch.ones(3, dtype=dtype)))[""]
    assert facts["dtype"] == str(dtype).removeprefix("torch.")


def test_what_cannot_be_read_is_said(front_end):
    view = look(front_end, torch.ones(3).to_sparse())
    assert "layout" in view.summary or "dense" in view.summary


def test_with_a_run_the_picture_follows(front_end):
    model = nn.Linear(1, 1, bias=False)
    with tl.Run("follow") as run:
        view = look(front_end, model, run=run)
        before = shown(front_end, view)["weight"][1].item()

        def train(run):
            for _ in run.track(iter(int, 1)):
                with torch.no_grad():
                    model.weight += 1.0

        run.start(train)
        wait_for(lambda: shown(front_end, view)["weight"][1].item() > before + 1)
        run.stop()
        run.wait(10)


def test_a_closed_run_can_still_be_looked_into(front_end):
    run = tl.Run("closed")
    run.close()
    assert "weight" in shown(front_end, look(front_end, nn.Linear(2, 2), run=run))


def test_nothing_else_is_taken():
    with pytest.raises(TypeError, match="module_or_tensor: expected a torch.nn.Module or a tensor"):
        tl.Weights([1.0])
    with pytest.raises(TypeError, match="run: expected a Run, got str"):
        tl.Weights(nn.ReLU(), run="run")
