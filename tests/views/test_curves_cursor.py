"""Curves mark the moment of the past that the run's cursor stands at."""

import numpy as np
import pytest

import torchloupe as tl
from tests.front_end import wait_for


@pytest.fixture
def run():
    with tl.Run("cursor") as made:
        for epoch in made.epochs(4):
            for _ in made.track(range(10)):
                made.log(loss=1.0 / (1 + made.step))
            assert epoch >= 0
        yield made


def cursor_of(front_end, view):
    return front_end.state(view.bar)["cursor"]


def test_the_mark_is_at_the_cursor_and_goes_with_it(front_end, run):
    view = tl.Curves(run)
    front_end.render(view.bar)
    assert cursor_of(front_end, view) == []
    before = view.bar.version()
    run.cursor = 17
    assert view.bar.version() != before
    wait_for(lambda: cursor_of(front_end, view) == [17.0])
    run.cursor = None
    wait_for(lambda: cursor_of(front_end, view) == [])


def test_the_mark_follows_the_axis(front_end, run):
    view = tl.Curves(run)
    front_end.render(view.bar)
    run.cursor = 25
    front_end.event(view.bar, "along", x="epoch")
    wait_for(lambda: cursor_of(front_end, view) == pytest.approx([2.5]))
    _, steps, _ = run.epochs_ended
    assert steps[1] < 25 < steps[2]
    front_end.event(view.bar, "along", x="time")
    wait_for(lambda: front_end.state(view.bar)["x"] == "time")
    values = run.scalars["loss"].window(25, 25, most=1)
    at = values[values["first_step"] == 25]["first_time"]
    wait_for(lambda: cursor_of(front_end, view) == pytest.approx(at))


def test_each_of_several_runs_has_its_own(front_end, run):
    with tl.Run("other") as other:
        other.log(loss=1.0, step=3)
        view = tl.Curves([run, other])
        front_end.render(view.bar)
        other.cursor = 3
        wait_for(lambda: cursor_of(front_end, view) == [3.0])
        run.cursor = 9
        wait_for(lambda: cursor_of(front_end, view) == [9.0, 3.0])


def test_a_cursor_before_anything_was_logged_marks_nothing(front_end):
    with tl.Run("empty") as run:
        view = tl.Curves(run)
        run.cursor = 5
        assert view.bar.content()["cursor"] == []
        assert np.isfinite(view.bar.axes).all()
