"""What holds for every view: it fills, leaves a stable text, and comes to an end."""

import gc
import json
import re
import threading
import time
import weakref

import numpy as np
import pytest
import torch
from ipywidgets.widgets.widget import _instances

import torchloupe as tl
from tests.front_end import publishers, wait_for
from tests.views.pair import Pair
from torchloupe.views import View

IMAGES = np.linspace(0, 1, 2 * 16).reshape(2, 4, 4)
VIEWS = {
    "ImageGrid": lambda: tl.ImageGrid(IMAGES, title="Digits"),
    "LatentScatter": lambda: tl.LatentScatter(np.zeros((3, 2)), ["a", "b", "a"]),
    "Curves": lambda: tl.Curves({"loss": [3.0, 2.0, 1.0]}),
    "ArchitectureTree": lambda: tl.ArchitectureTree(torch.nn.Linear(2, 3)),
}
OF_A_RUN = {
    "Controls": tl.Controls,
    "ImageGrid": tl.ImageGrid,
    "LatentScatter": tl.LatentScatter,
    "Curves": tl.Curves,
    "ArchitectureTree": tl.ArchitectureTree,
    "Dashboard": tl.Dashboard,
}


@pytest.fixture
def run():
    with tl.Run("watched") as made:
        yield made


def log_everything(run):
    run.log(loss=1.0)
    run.log_images("pictures", IMAGES)
    run.log_points("places", np.eye(2))


# -- a view of nothing, and of what is there ------------------------------------------------------


@pytest.mark.parametrize("name", OF_A_RUN)
def test_a_view_of_an_empty_run_is_made_and_fills(front_end, run, name):
    view = OF_A_RUN[name](run)
    log_everything(run)
    bar = getattr(view, "bar", view)
    if isinstance(bar, View):
        front_end.render(bar)
        assert bar.problem == ""


@pytest.mark.parametrize("name", OF_A_RUN)
@pytest.mark.parametrize("what", [None, "text", 7, object()])
def test_what_is_no_run_is_refused(name, what):
    with pytest.raises((TypeError, ValueError), match="run|data|model|value|object"):
        OF_A_RUN[name](what)


@pytest.mark.parametrize("name", [*VIEWS])
def test_a_title_is_text(name):
    make = {
        "ImageGrid": lambda: tl.ImageGrid(IMAGES, title=5),
        "LatentScatter": lambda: tl.LatentScatter(np.eye(2), title=5),
        "Curves": lambda: tl.Curves([1.0], title=5),
        "ArchitectureTree": lambda: tl.ArchitectureTree(torch.nn.ReLU(), title=5),
    }
    with pytest.raises(TypeError, match="title: expected text, got int"):
        make[name]()


@pytest.mark.parametrize("view", [tl.ImageGrid, tl.LatentScatter, tl.ArchitectureTree])
def test_a_channel_of_another_kind_is_refused(run, view):
    log_everything(run)
    run.log_histogram("weights", [1.0, 2.0])
    with pytest.raises(ValueError, match="channel: 'weights' holds histogram, expected"):
        view(run, "weights")
    with pytest.raises(ValueError, match="channel: 'loss' holds scalars, expected"):
        view(run, "loss")
    with pytest.raises(TypeError, match="channel: expected a channel's name, got int"):
        view(run, 5)


# -- the residue ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VIEWS)
def test_the_text_is_stable(front_end, name):
    first, second = repr(VIEWS[name]()), repr(VIEWS[name]())
    assert first == second
    assert not re.search(r"0x|\d{6}|[0-9a-f]{16}", first)


@pytest.mark.parametrize("name", OF_A_RUN)
def test_the_text_of_a_run_s_view_is_stable(front_end, run, name):
    view = OF_A_RUN[name](run)
    texts = {repr(view)}
    log_everything(run)
    texts.add(repr(OF_A_RUN[name](run)))
    assert all(not re.search(r"0x|[0-9a-f]{16}", text) for text in texts)
    data = view._repr_mimebundle_()
    data = data[0] if isinstance(data, tuple) else data
    assert data["text/plain"] == repr(view)
    assert "application/vnd.jupyter.widget-view+json" in data


def test_the_run_shows_its_dashboard_by_its_own_name(front_end, run):
    assert run._repr_mimebundle_()["text/plain"] == "Run('watched')"


def test_no_address_and_no_code_is_in_what_a_front_end_is_told(front_end, run):
    log_everything(run)
    for name, make in OF_A_RUN.items():
        view = make(run)
        state = {key: value for key, value in front_end.state(view).items() if key[0] != "_"}
        text = json.dumps(state, default=lambda value: "")
        assert " at 0x" not in text, name


# -- the end --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VIEWS)
def test_nothing_is_left_of_a_closed_view(front_end, name):
    before = set(_instances)
    view = VIEWS[name]()
    bar = getattr(view, "bar", view)
    client = front_end.render(bar)
    front_end.event(bar, "scale", log=True)
    time.sleep(0.1)
    assert publishers()
    front_end.clients.pop(client)
    view.close()
    view.close()
    assert not publishers()
    assert set(_instances) == before
    assert front_end.models == {}
    left = weakref.ref(view), weakref.ref(bar)
    front_end.comms.clear()
    del view, bar
    gc.collect()
    assert [each() for each in left] == [None, None]


@pytest.mark.parametrize("name", OF_A_RUN)
def test_nothing_is_left_of_a_closed_run_s_views(front_end, name):
    before = set(_instances)
    run = tl.Run("watched")
    log_everything(run)
    view = OF_A_RUN[name](run)
    run.close()
    assert not publishers()
    assert set(_instances) == before
    left = weakref.ref(view), weakref.ref(run)
    front_end.comms.clear()
    del view, run
    gc.collect()
    assert [each() for each in left] == [None, None]


@pytest.mark.parametrize("name", OF_A_RUN)
def test_a_view_of_a_closed_run_shows_what_was_kept(front_end, name):
    run = tl.Run("watched")
    log_everything(run)
    run.close()
    view = OF_A_RUN[name](run)
    assert front_end.state(view)
    assert run._repr_mimebundle_()["text/plain"] == "Run('watched')"
    view.close()


def test_a_view_that_cannot_be_made_leaves_nothing(front_end):
    before = set(_instances)
    for make in (
        lambda: tl.ImageGrid(np.zeros((1, 5, 2, 2))),
        lambda: tl.LatentScatter(np.zeros(3)),
        lambda: tl.LatentScatter(np.zeros((3, 2)), ["a"]),
        lambda: tl.Curves({"loss": [[1.0]]}),
        lambda: tl.Curves({"loss": ([0.0, float("nan")], [1.0, 2.0])}),
        lambda: tl.Dashboard(7),
    ):
        with pytest.raises((TypeError, ValueError)):
            make()
    gc.collect()
    assert set(_instances) == before
    assert not publishers()


def test_views_may_be_closed_while_they_publish(front_end):
    for _ in range(20):
        views = [Pair(None) for _ in range(3)]
        for view in views:
            front_end.render(view)
        for view in views:
            view.number = 1
        for view in views:
            view.close()
            assert view.comm is None
        assert not publishers()


def test_runs_in_threads_do_not_trip_over_each_other(front_end):
    failures = []

    def live(number):
        try:
            for _ in range(3):
                with tl.Run(f"run {number}") as run:
                    dashboard = tl.Dashboard(run)
                    front_end.render(dashboard.controls)
                    front_end.render(dashboard.curves.bar)
                    for step in run.track(range(30)):
                        run.log(loss=step)
                        log_everything(run)
                    wait_for(lambda dashboard=dashboard: len(dashboard.panes) == 2)
                assert run.problems == []
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=live, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert not publishers()
