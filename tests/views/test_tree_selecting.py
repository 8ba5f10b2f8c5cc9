"""Selecting a module, on the page and in Python."""

import logging
import threading

import pytest
import torch
from torch import nn

import torchloupe as tl
from tests.front_end import wait_for


def model():
    return nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 1)))


def test_in_python(front_end):
    net = model()
    view = tl.ArchitectureTree(net)
    assert (view.selected, view.module) == (None, None)
    told = []
    view.on_select(lambda module, path: told.append((module, path)))
    view.select("1.1")
    assert view.selected == "1.1"
    assert view.module is net[1][1]
    front_end.render(view)
    state = wait_for(lambda: front_end.state(view)["shown_asks"] and front_end.state(view))
    assert (state["chosen"], state["chooser"]) == (4, "")
    view.select("1.1")  # asked for again: shown again, and no news
    wait_for(lambda: front_end.state(view)["shown_asks"] == 2)
    view.select("")
    assert told == [(net[1][1], "1.1"), (net, "")]


def test_on_the_page(front_end):
    net = model()
    view = tl.ArchitectureTree(net)
    client = front_end.render(view)
    told, threads = [], []

    def note(module, path):
        told.append((module, path))
        threads.append(threading.current_thread().name)

    view.on_select(note)
    front_end.event(view, "select", client=client, path="1")
    wait_for(lambda: told)
    assert told == [(net[1], "1")]
    assert threads[0] not in ("MainThread", "torchloupe publisher")
    assert (view.selected, view.module) == ("1", net[1])
    wait_for(lambda: front_end.state(view)["chosen"] == 2)
    assert front_end.state(view)["chooser"] == client
    assert front_end.state(view)["shown_asks"] == 0

    view.on_select(note, remove=True)
    front_end.event(view, "select", path="0")
    wait_for(lambda: view.selected == "0")
    assert len(told) == 1


@pytest.mark.parametrize("path", [None, 7, "9", "1.1.1", ["1"], "1" * 70_000, "(1–5)"])
def test_a_path_that_is_none_changes_nothing(front_end, path):
    view = tl.ArchitectureTree(model())
    view.select("0")
    front_end.event(view, "select", path=path)
    assert view.selected == "0"


def test_of_a_description_there_is_no_module(front_end):
    view = tl.ArchitectureTree(tl.describe(model()))
    told = []
    view.on_select(lambda module, path: told.append((module, path)))
    view.select("1")
    assert told == [(None, "1")]
    assert view.module is None


def test_what_is_wrong_is_named(front_end):
    view = tl.ArchitectureTree(nn.Sequential(nn.Sequential(nn.Linear(1, 1)), nn.ReLU()))
    with pytest.raises(ValueError, match=r"path: no module 'layer.0' in the tree; did you mean"):
        view.select("layer.0")
    with pytest.raises(TypeError, match="path: expected a module's path, got int"):
        view.select(0)
    with pytest.raises(TypeError, match="callback: expected a function, got str"):
        view.on_select("print")
    with tl.Run("empty") as run, pytest.raises(ValueError, match="path: no module 'fc'"):
        tl.ArchitectureTree(run).select("fc")


def test_a_callback_that_raises_is_told_and_does_no_harm(front_end, caplog):
    view = tl.ArchitectureTree(model())
    told = []

    def fail(module, path):
        raise RuntimeError(f"not {path}")

    view.on_select(fail)
    with caplog.at_level(logging.ERROR, "torchloupe"):
        front_end.event(view, "select", path="0")
        wait_for(lambda: "not 0" in caplog.text)
    view.on_select(fail, remove=True)
    view.on_select(lambda module, path: told.append(path))
    front_end.event(view, "select", path="1")
    wait_for(lambda: told == ["1"])
    with pytest.raises(RuntimeError, match="not 0"):  # asked for in Python, it is the user's own
        view.on_select(fail)
        view.select("0")


def test_closing_lets_the_model_go(front_end):
    view = tl.ArchitectureTree(model(), torch.zeros(1, 2))
    view.select("0")
    view.close()
    assert view.module is None
