"""Frames: whole, numbered, from one thread, and made only for somebody who looks."""

import threading
import time

import numpy as np
import pytest

import torchloupe as tl
from tests.front_end import publishers, wait_for
from tests.views.pair import Pair

IMAGES = np.linspace(0, 1, 2 * 16).reshape(2, 4, 4)


@pytest.fixture
def run():
    with tl.Run("watched") as made:
        yield made


def test_a_frame_is_one_message(front_end):
    view = Pair(None)
    front_end.render(view)
    view.number = 1
    wait_for(lambda: front_end.state(view)["title"] == "1")
    assert front_end.state(view)["summary"] == "1"
    assert front_end.sent_to(view) == [front_end.sent_to(view)[0]]
    assert set(front_end.sent_to(view)[0]) == {"title", "summary", "frame", "builds_on"}
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
