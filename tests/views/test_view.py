"""What holds for every view: frames that are complete, shown by one thread, and an end."""

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
from torchloupe.views import CurvesBar, View

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


# -- frames -----------------------------------------------------------------------------------


class Pair(View):
    """Two traits that always hold the same number."""

    _esm = CurvesBar._esm
    number = 0
    fails = False

    def content(self):
        if self.fails:
            raise ZeroDivisionError("by nothing")
        return {"title": f"{self.number}", "summary": f"{self.number}"}

    def version(self):
        return self.number


def test_a_frame_is_one_message(front_end):
    view = Pair(None)
    front_end.render(view)
    view.number = 1
    wait_for(lambda: front_end.state(view)["title"] == "1")
    assert front_end.state(view)["summary"] == "1"
    assert front_end.sent_to(view) == [front_end.sent_to(view)[0]]
    assert set(front_end.sent_to(view)[0]) == {"title", "summary", "frame"}
    assert {thread for _, thread, _ in front_end.updates} == {"torchloupe publisher"}


def test_frames_rise_by_one(front_end):
    view = Pair(None)
    assert front_end.state(view)["frame"] == 1
    front_end.render(view)
    for number in range(1, 4):
        view.number = number
        wait_for(lambda: view.title == f"{view.number}")
    assert front_end.state(view)["frame"] == 4


def test_the_frame_after_a_lost_one_tells_everything(front_end):
    view = Pair(None)
    view.content = lambda: {"title": f"{view.number}", "summary": f"{min(view.number, 1)}"}
    front_end.render(view)
    front_end.loses = lambda _, state: state.get("title") == "1"
    view.number = 1
    wait_for(lambda: front_end.sent_to(view))
    view.number = 2
    wait_for(lambda: front_end.state(view)["title"] == "2")
    assert front_end.state(view)["summary"] == "1"


def test_a_lost_frame_is_sent_again_though_nothing_is_new(front_end):
    view = Pair(None)
    front_end.render(view)
    lost = []

    def lose(_, state):
        lost.append(state)
        return len(lost) == 1

    front_end.loses = lose
    view.number = 1
    wait_for(lambda: front_end.state(view)["title"] == "1")
    assert front_end.state(view)["summary"] == "1"
    assert len(front_end.sent_to(view)) == 2


def test_nothing_is_made_or_sent_for_a_hidden_view(front_end):
    view, made = Pair(None), []
    view.content = lambda: made.append(1) or {}
    client = front_end.render(view, visible=False)
    view.number = 1
    time.sleep(0.3)
    assert (made, front_end.sent_to(view)) == ([], [])
    front_end.look(view, client, visible=True)
    wait_for(lambda: made)
    front_end.look(view, client, visible=False)
    time.sleep(0.2)
    before = len(made)
    view.number = 2
    time.sleep(0.3)
    assert len(made) == before


def test_whoever_asks_for_the_state_gets_one_whole_frame(front_end):
    view = Pair(None)
    front_end.render(view)
    stop = time.monotonic() + 1
    torn = 0
    asked = 0
    while time.monotonic() < stop:
        view.number += 1
        state = view.get_state(("title", "summary"))
        torn += state["title"] != state["summary"]
        asked += 1
    assert torn == 0
    assert asked > 100
    assert view.frame > 3


def test_a_view_that_cannot_be_made_says_so_and_the_others_go_on(front_end, run):
    broken, other = Pair(run), Pair(None)
    for each in (broken, other):
        front_end.render(each)
    broken.fails = True
    broken.number = other.number = 1
    wait_for(lambda: front_end.state(broken)["problem"])
    assert front_end.state(broken)["problem"] == (
        "Pair cannot be shown: ZeroDivisionError: by nothing"
    )
    wait_for(lambda: front_end.state(other)["title"] == "1")
    assert run.problems == ["Pair: ZeroDivisionError: by nothing"]
    broken.close()
    other.close()
    assert not publishers()


def test_what_changes_while_a_view_is_made_is_shown(front_end, run):
    class Late(tl.ImageGrid):
        def content(self):
            made = super().content()
            if not run.channels:
                run.log_images("pictures", IMAGES)
            return made

    view = Late(run)
    assert view.images is None
    front_end.render(view)
    wait_for(lambda: front_end.array(view, "images") is not None)


def test_publishing_costs_nothing_while_nobody_looks(front_end, run):
    dashboard = tl.Dashboard(run)
    calls = []
    for view in (dashboard.controls, dashboard.curves.bar):
        for name in ("content", "version", "publish"):
            setattr(view, name, lambda *_, name=name, **__: calls.append(name))
    front_end.updates.clear()
    for step in run.track(range(1000)):
        run.log(loss=step)
    time.sleep(1.2)
    assert calls == []
    assert front_end.updates == []


def test_log_touches_no_view(front_end, run):
    dashboard = tl.Dashboard(run)
    front_end.render(dashboard.curves.bar)
    threads = set()
    for name in ("content", "version", "publish"):
        whole = getattr(dashboard.curves.bar, name)

        def noted(*arguments, whole=whole, **keywords):
            threads.add(threading.current_thread().name)
            return whole(*arguments, **keywords)

        setattr(dashboard.curves.bar, name, noted)
    for step in range(200):
        run.log(loss=step)
        time.sleep(0.001)
    wait_for(lambda: front_end.state(dashboard.curves.bar)["series"][0]["last"] == "199")
    assert threads == {"torchloupe publisher"}


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
                    wait_for(lambda: len(dashboard.panes) == 2)
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
