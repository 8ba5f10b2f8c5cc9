"""Curves: what people choose (zoom, smoothing, axis, lines) and what they read there."""

import time

import numpy as np
import pandas as pd
import pytest

import torchloupe as tl
from tests.front_end import wait_for
from tests.views.test_curves import drawn, log, noisy
from torchloupe.channel import PUBLISHER


@pytest.fixture
def run():
    with tl.Run("curves") as made:
        yield made


def train(run, epochs=4, steps=50):
    """Log a loss a step and another an epoch."""
    for _ in run.epochs(epochs):
        for step in run.track(range(steps)):
            run.log(loss=1 / (1 + run.step) + step % 2)
        run.log({"val/loss": 2 / (1 + run.step)})
    return run


def after(front_end, view, name, **data):
    """Say an event, and wait for the frame that follows."""
    if not front_end.clients:
        front_end.render(view.bar)
    front_end.event(view.bar, name, **data)
    wait_for(lambda: PUBLISHER._entries[id(view.bar)].seen == view.bar.version())
    with PUBLISHER._sending:  # the frame is out
        pass
    return view


def entry(view, name):
    (found,) = [each for each in view.bar.series if each["name"] == name]
    return found


# -- smoothing ------------------------------------------------------------------------------------


def test_the_average_lies_before_the_values(front_end):
    """Seen to fail when the average is not corrected for its beginning."""
    values = noisy(500)
    view = tl.Curves({"loss": values, "few": values[:19]}, smoothing=0.9)
    expected = pd.Series(values).ewm(alpha=0.1, adjust=True).mean()
    np.testing.assert_allclose(drawn(view, "loss", "smooth")[1], expected)
    np.testing.assert_array_equal(drawn(view, "loss")[1], values)
    assert entry(view, "few")["smooth"] is None
    after(front_end, view, "smooth", weight=0.0)
    assert entry(view, "loss")["smooth"] is None
    assert view.bar.smoothing == 0.0


@pytest.mark.parametrize(
    ("weight", "error"), [(0.6, 1e-4), (0.9, 1e-4), (0.99, 1e-4), (0.999, 2e-3)]
)
def test_the_average_knows_what_came_before_the_window(front_end, run, weight, error):
    """Seen to fail when it begins anew with the window."""
    values = noisy(6_000)
    log(run, loss=values)
    view = tl.Curves(run, smoothing=weight)
    after(front_end, view, "window", low=5_000, high=5_400)
    x, y = drawn(view, "loss", "smooth")
    expected = pd.Series(values).ewm(alpha=1 - weight, adjust=True).mean().to_numpy()
    np.testing.assert_allclose(y, expected[x.astype(int)], rtol=error)


# -- the window -----------------------------------------------------------------------------------


@pytest.mark.parametrize("logged", [True, False])
def test_a_window_shows_every_value_and_fits_the_axes(front_end, run, logged):
    """Seen to fail when the whole is thinned before the window is cut out."""
    values = noisy(10_000)
    if logged:
        log(run, loss=values)
    view = tl.Curves(run if logged else {"loss": values}, smoothing=0)
    assert len(drawn(view, "loss")[0]) < 3_000
    after(front_end, view, "window", low=7_000.5, high=7_800.5)
    x, y = drawn(view, "loss")
    inside = (x >= 7_001) & (x <= 7_800)
    np.testing.assert_array_equal(x[inside], np.arange(7_001, 7_801))
    np.testing.assert_array_equal(y, values[x.astype(int)])
    left, right, low, high = view.bar.axes
    assert (left, right, view.bar.zoomed) == (7_000.5, 7_800.5, True)
    own = values[7_001:7_801]
    assert low <= own.min() < low + 0.1 * (high - low)
    assert high - 0.1 * (high - low) < own.max() <= high
    after(front_end, view, "whole")
    assert not view.bar.zoomed
    assert view.bar.axes[:2] == [0, 9_999]


def test_a_window_stays_while_training_goes_on(front_end, run):
    log(run, loss=noisy(100))
    view = tl.Curves(run)
    after(front_end, view, "window", low=10, high=20)
    frame = view.bar.frame
    log(run, loss=noisy(50))
    wait_for(lambda: view.bar.frame > frame)
    assert view.bar.axes[:2] == [10, 20]


# -- the horizontal axis --------------------------------------------------------------------------


def test_epochs_and_times_lie_along_the_axis(front_end, run):
    view = tl.Curves(train(run), smoothing=0)
    assert view.bar.x_reasons == {"step": "", "epoch": "", "time": ""}
    assert view.bar.epochs == [[50, 1], [100, 2], [150, 3], [200, 4]]
    steps, values = run.history("loss")
    after(front_end, view, "along", x="epoch")
    x, y = drawn(view, "loss")
    np.testing.assert_allclose(x, steps / 50)
    np.testing.assert_array_equal(y, values)
    assert (view.bar.x, view.bar.epochs) == ("epoch", [])
    after(front_end, view, "window", low=1.0, high=2.0)
    x, _ = drawn(view, "loss")
    assert x.min() >= 0.9
    assert x.max() <= 2.1
    after(front_end, view, "along", x="time")
    x, y = drawn(view, "loss")
    np.testing.assert_array_equal(y, values)
    assert (np.diff(x) >= 0).all()
    assert not view.bar.zoomed


def test_an_axis_without_meaning_says_why(front_end, run):
    view = tl.Curves([1.0, 2.0], x="epoch")
    assert view.bar.x == "step"
    assert view.bar.x_reasons["epoch"] == "these values came without times and epochs"
    log(run, loss=[1.0])
    assert tl.Curves(run).bar.x_reasons["epoch"] == "no epoch has ended yet"


# -- the crosshair --------------------------------------------------------------------------------


def test_the_crosshair_is_told_what_was_logged(front_end, run):
    view = tl.Curves(train(run))
    after(front_end, view, "inspect", client="me", at=77.3, ask=5)
    wait_for(lambda: view.bar.inspected.get("ask") == 5)
    told = view.bar.inspected
    assert told["client"] == "me"
    assert told["heading"].startswith("step 77 · epoch 1.54 · ")
    steps, values = run.history("loss")
    assert told["rows"] == [
        [entry(view, "loss")["key"], f"{values[steps == 77][0]:.4g}", "77"],
        [entry(view, "val/loss")["key"], f"{run.history('val/loss')[1][1]:.4g}", "100"],
    ]


def test_where_only_buckets_are_left_their_extent_is_told(front_end, run):
    series = run._history.series_for("loss")
    values = noisy(200_000)
    series.extend(np.arange(200_000), values, np.arange(200_000) / 1e3)
    view = tl.Curves(run)
    after(front_end, view, "inspect", client="me", at=100, ask=1)
    wait_for(lambda: view.bar.inspected)
    assert view.bar.inspected["rows"][0][1].startswith("≈ ")


# -- lines ----------------------------------------------------------------------------------------


def test_the_best_value_is_told_and_ringed(front_end):
    data = {"loss": [3.0, 1.0, 2.0], "accuracy": [0.1, 0.9, 0.3], "lr": [0.1, 0.2, 0.3]}
    view = tl.Curves(data)
    assert [each["best"] for each in view.bar.series] == ["1 @ 1", "0.9 @ 1", ""]
    assert (entry(view, "accuracy")["best_x"], entry(view, "accuracy")["best_y"]) == (1, 0.9)
    assert "best_x" not in entry(view, "lr")


@pytest.mark.parametrize(
    "names", [("train/loss", "val/loss"), ("train_loss", "val_loss"), ("loss", "val_loss")]
)
def test_training_and_validation_share_a_colour_and_not_a_dash(front_end, names):
    view = tl.Curves({names[1]: [1.0, 2.0], "lr": [1.0, 2.0], names[0]: [3.0, 4.0]})
    first, second = entry(view, names[0]), entry(view, names[1])
    assert first["color"] == second["color"] != entry(view, "lr")["color"]
    assert (first["dash"], second["dash"]) == ("solid", "dashed")
    alone = tl.Curves({"val/loss": [1.0, 2.0]})
    assert entry(alone, "val/loss")["dash"] == "solid"


def test_lines_are_hidden_shown_and_seen_alone(front_end):
    view = tl.Curves({name: [1.0, 2.0] for name in "abc"})
    key = entry(view, "b")["key"]
    colors = [each["color"] for each in view.bar.series]
    after(front_end, view, "toggle", series=key, only=False)
    assert [each["drawn"] for each in view.bar.series] == [True, False, True]
    assert [each["color"] for each in view.bar.series] == colors
    after(front_end, view, "toggle", series=key, only=True)
    assert [each["drawn"] for each in view.bar.series] == [False, True, False]
    after(front_end, view, "toggle", series=key, only=True)
    assert [each["drawn"] for each in view.bar.series] == [True, True, True]


# -- several runs ---------------------------------------------------------------------------------


def test_runs_are_compared_by_colour(front_end):
    with tl.Run("a") as one, tl.Run("a") as two:
        log(one, loss=[1.0, 2.0], lr=[1.0])
        log(two, loss=[3.0, 4.0])
        view = tl.Curves([one, two], "loss")
        assert [each["run"] for each in view.bar.series] == ["a", "a 2"]
        assert len({each["color"] for each in view.bar.series}) == 2
        named = tl.Curves({"small": one, "large": two})
        assert [(each["run"], each["name"]) for each in named.bar.series] == [
            ("small", "loss"),
            ("small", "lr"),
            ("large", "loss"),
        ]
        front_end.render(view.bar)
        log(two, loss=[9.0])
        wait_for(lambda: view.bar.series[1]["last"] == "9")
        one.close()
        assert view.comm is not None
    assert view.comm is None


def test_runs_and_other_things_do_not_mix(front_end, run):
    with pytest.raises(TypeError, match="data_or_run: expected runs alone, got a int"):
        tl.Curves([run, 7])
    assert len(front_end.models) == 0


# -- hundreds -------------------------------------------------------------------------------------


def test_of_many_series_the_first_groups_are_open(front_end):
    view = tl.Curves({f"block {n // 10}/layer {n % 10}": [1.0, 2.0] for n in range(300)})
    assert [group["open"] for group in view.bar.groups] == [True] * 3 + [False] * 27
    assert len(view.bar.series) == 30
    assert sum(each["drawn"] for each in view.bar.series) == 24
    assert view.bar.summary == "to step 1 · 24 of 300 series"
    looks = {(each["color"], each["dash"]) for each in view.bar.series if each["drawn"]}
    assert len(looks) == 24
    after(front_end, view, "fold", group=view.bar.groups[0]["key"], open=False)
    assert len(view.bar.series) == 20
    after(front_end, view, "search", text="LAYER 7")
    assert [group["count"] for group in view.bar.groups] == [1] * 30
    assert {each["name"].split("/")[1] for each in view.bar.series} == {"layer 7"}


def test_a_thousand_series_cost_what_is_drawn(front_end, run):
    run._history._most_series = 2_000
    log(run, **{f"g{n // 20}/{n}": [1.0, 2.0] for n in range(1_000)})
    view = tl.Curves(run)
    read = []
    for name, each in view.bar._sources.runs[0]._known.items():
        window = each.window
        each.window = lambda *given, name=name, window=window: (read.append(name), window(*given))[
            1
        ]
    began = time.perf_counter()
    view.bar.content()
    assert time.perf_counter() - began < 1
    assert len(set(read)) <= 24
