"""Controls: what they show of a run, and what a click does to it."""

import threading
import time

import pytest

import torchloupe as tl
from tests.front_end import wait_for

KEYS = ("state", "pending", "step", "epoch", "epochs", "fraction")


@pytest.fixture
def run():
    with tl.Run("steered") as made:
        yield made
        if made.state in ("running", "paused"):
            made.stop()


@pytest.fixture
def controls(front_end, run):
    view = tl.Controls(run)
    front_end.render(view)
    return view


def train(run, steps=10**9, pause=0.002):
    for _ in run.track(range(steps)):
        time.sleep(pause)


def shows(front_end, view, **wanted):
    """Wait until a front end is shown these."""

    def found():
        state = front_end.state(view)
        return all(state[name] == value for name, value in wanted.items())

    wait_for(found)


def test_an_idle_run(front_end, controls):
    state = front_end.state(controls)
    assert [state[key] for key in KEYS] == ["idle", "", 0, 0, None, None]
    assert (state["rate"], state["seconds_left"], state["cost"]) == (None, None, None)
    assert (state["title"], state["summary"]) == ("steered", "idle, step 0, epoch 0")
    assert state["problems"] == []


def test_pause_step_resume_stop(front_end, run, controls):
    run.start(train)
    shows(front_end, controls, state="running", pending="")
    front_end.event(controls, "pause")
    shows(front_end, controls, state="paused", pending="")
    step = run.step
    for count in (1, 3):
        front_end.event(controls, "advance", steps=count)
        step += count
        shows(front_end, controls, state="paused", step=step)
    time.sleep(0.05)
    assert run.step == step
    front_end.event(controls, "resume")
    wait_for(lambda: run.step > step + 3)
    front_end.event(controls, "stop")
    shows(front_end, controls, state="stopped")
    run.wait()


def test_what_is_asked_for_shows_before_it_takes_effect(front_end, run, controls):
    gate = threading.Event()

    def wait_at_the_gate(run):
        for _ in run.track(range(2)):
            gate.wait(20)

    run.start(wait_at_the_gate)
    shows(front_end, controls, state="running")
    asked = time.monotonic()
    front_end.event(controls, "pause")
    shows(front_end, controls, state="running", pending="pause")
    assert time.monotonic() - asked < 1
    front_end.event(controls, "stop")
    shows(front_end, controls, state="running", pending="stop")
    gate.set()
    shows(front_end, controls, state="stopped", pending="")


def test_a_pause_before_the_start(front_end, run, controls):
    front_end.event(controls, "pause")
    shows(front_end, controls, state="idle", pending="pause")
    run.start(train)
    shows(front_end, controls, state="paused", step=0)


@pytest.mark.parametrize("name", ["pause", "resume", "advance", "stop"])
def test_a_click_that_comes_too_late_is_harmless(front_end, run, controls, name):
    run.start(train, 3)
    run.wait()
    shows(front_end, controls, state="finished", step=3, epoch=1, fraction=1.0)
    frame = front_end.state(controls)["frame"]
    front_end.event(controls, name, **({"steps": 1} if name == "advance" else {}))
    wait_for(lambda: front_end.state(controls)["frame"] > frame)
    assert (run.state, run.pending, run.problems) == ("finished", None, [])
    assert controls.uplink.rejected == 0


@pytest.mark.parametrize("name", ["resume", "advance", "stop"])
def test_a_click_that_means_nothing_yet_is_harmless(front_end, run, controls, name):
    front_end.event(controls, name, **({"steps": 1} if name == "advance" else {}))
    time.sleep(0.1)
    assert (run.state, run.pending) == ("idle", None)


@pytest.mark.parametrize("steps", [None, -1, 1.5, True, "1"])
def test_steps_are_a_count(front_end, run, controls, steps):
    run.pause()
    run.start(train)
    wait_for(lambda: run.state == "paused")
    front_end.event(controls, "advance", steps=steps)
    time.sleep(0.05)
    assert (run.state, run.step) == ("paused", 0)
    assert controls.uplink.rejected == 1


def test_progress(front_end, run, controls):
    def epochs(run):
        for _ in run.track(range(5), epochs=4):
            time.sleep(0.001)

    run.start(epochs)
    run.wait()
    shows(front_end, controls, epoch=4, epochs=4, step=20, fraction=1.0)


def test_progress_on_the_way(front_end, run, controls):
    run.pause()
    run.start(train, 10)
    shows(front_end, controls, state="paused")
    front_end.event(controls, "advance", steps=5)
    shows(front_end, controls, state="paused", step=5, fraction=0.5)
    assert front_end.state(controls)["cost"] is not None
    front_end.event(controls, "resume")
    run.wait()


def test_the_rate_and_what_is_left(front_end, run, controls):
    run.start(train, 10_000)
    wait_for(lambda: front_end.state(controls)["rate"])
    state = front_end.state(controls)
    assert 1 < state["rate"] < 1_000
    assert 0 < state["seconds_left"] < 10_000


def test_problems_are_shown(front_end, run, controls):
    def fail():
        raise ValueError("<b>no</b>")

    run.probe(fail, every=1, name="broken")
    run.start(train, 3)
    run.wait()
    wait_for(lambda: front_end.state(controls)["problems"])
    (problem,) = front_end.state(controls)["problems"]
    assert "<b>no</b>" in problem


def test_of_many_problems_the_last_are_shown(front_end, run, controls):
    for number in range(200):
        run.report(f"source {number}", "x" * 10_000)
    wait_for(lambda: front_end.state(controls)["problems"])
    shown = front_end.state(controls)["problems"]
    assert len(shown) == 5
    assert controls.publish(complete=True) < 10_000


def test_a_running_run_gives_signs_of_life(front_end, run, controls, monkeypatch):
    monkeypatch.setattr("torchloupe.views._controls._HEARTBEAT_SECONDS", 0.2)
    gate = threading.Event()

    def wait_at_the_gate(run):
        for _ in run.track(range(1)):
            gate.wait(20)

    run.start(wait_at_the_gate)
    shows(front_end, controls, state="running")
    frame = front_end.state(controls)["frame"]
    wait_for(lambda: front_end.state(controls)["frame"] >= frame + 3)
    gate.set()


def test_clicks_from_many_threads_are_all_harmless(front_end, run, controls):
    run.start(train)
    wait_for(lambda: run.step)
    names = ["pause", "resume", "advance", "resume"] * 10

    def click():
        for name in names:
            front_end.event(controls, name, **({"steps": 1} if name == "advance" else {}))

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    front_end.event(controls, "resume")
    step = run.step
    wait_for(lambda: run.step > step)
    assert (run.state, controls.uplink.rejected) == ("running", 0)
