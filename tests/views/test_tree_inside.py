"""The parameters of the module that is selected in a tree."""

import numpy as np
import torch
from torch import nn

import torchloupe as tl
from tests.front_end import wait_for


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3, bias=False), nn.ReLU(), nn.Linear(4, 3, bias=False))


def cells(front_end, tree):
    view = tree._weights
    found = None if view is None else front_end.array(view, "cells")
    return None if found is None else found.tolist()


def test_they_are_made_when_wanted_and_follow_the_selection(front_end):
    model = network()
    tree = tl.ArchitectureTree(model)
    front_end.render(tree)
    tree.select("0")
    wait_for(lambda: front_end.state(tree)["chosen"] == 1)
    assert front_end.state(tree)["inside"] is None
    front_end.event(tree, "inside")
    wait_for(lambda: front_end.state(tree)["inside"] is not None)
    front_end.render(tree._weights)
    wait_for(lambda: cells(front_end, tree) == model[0].weight.flatten().tolist())
    wait_for(lambda: tree._weights.title == "0")
    tree.select("2")
    wait_for(lambda: cells(front_end, tree) == model[2].weight.flatten().tolist())
    view = tree._weights
    tree.close()
    assert view.comm is None


def test_wanted_before_anything_is_selected_they_wait(front_end):
    tree = tl.ArchitectureTree(network())
    front_end.render(tree)
    front_end.event(tree, "inside")
    assert front_end.state(tree)["inside"] is None
    tree.select("1")
    wait_for(lambda: front_end.state(tree)["inside"] is not None)
    wait_for(lambda: tree._weights.content()["summary"] == "no parameters of its own")


def test_a_description_alone_has_no_inside(front_end):
    tree = tl.ArchitectureTree(tl.describe(network()))
    front_end.render(tree)
    assert not front_end.state(tree)["has_model"]
    tree.select("0")
    front_end.event(tree, "inside")
    wait_for(lambda: front_end.state(tree)["chosen"] == 1)
    assert front_end.state(tree)["inside"] is None


def test_in_a_run_they_are_read_between_steps(front_end):
    model = network()
    with tl.Run("inside") as run:
        tree = tl.ArchitectureTree(model, run=run)
        front_end.render(tree)
        tree.select("2")
        front_end.event(tree, "inside")
        wait_for(lambda: tree._weights is not None)
        front_end.render(tree._weights)
        seen = []

        def train(run):
            for _ in run.track(iter(int, 1)):
                # Never alike between two steps, were they read in the middle of one.
                for row in model[2].weight.data:
                    row.fill_(float(run.step))

        run.start(train)
        for _ in range(3):
            before = seen[-1] if seen else None
            wait_for(lambda before=before: cells(front_end, tree) not in (before, None))
            seen.append(cells(front_end, tree))
        run.stop()
        run.wait(10)
        assert all(len(set(each)) == 1 for each in seen[1:])
        np.testing.assert_array_less(seen[1][0], seen[2][0])
