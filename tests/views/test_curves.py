"""Curves: the figure holds what decimation chose, and nothing of a line is lost in silence."""

from pathlib import Path

import numpy as np
import pytest
import torch
from bqplot.scales import LogScale

import torchloupe as tl
from tests.front_end import wait_for


@pytest.fixture
def run():
    with tl.Run("curves") as made:
        yield made


def drawn(view, name, part="raw"):
    """Return x and y of a series as the figure holds them, without the filling."""
    (series,) = [each for each in view.bar.series if name in (each["name"], each["run"])]
    dash, row = series[part]
    mark = view.bar.figure._lines[dash]
    x, y = (np.atleast_2d(each)[row] for each in (mark.x, mark.y))
    begin = np.flatnonzero(~np.isnan(x))[0]
    return x[begin:], y[begin:]


def edges(view):
    """Return the marks of infinite values, above and below."""
    infinite = view.bar.figure._infinite
    return infinite["above"], infinite["below"]


def log(run, **series):
    for name, values in series.items():
        for step, value in enumerate(values):
            run.log({name: value}, step=step)


def log_at(run, step, **values):
    run.log(values, step=int(step))


def press(front_end, view, to_log):
    front_end.event(view.bar, "scale", log=to_log)
    wait_for(lambda: front_end.state(view.bar)["log"] is to_log)


def noisy(count=10_000):
    return np.random.default_rng(0).normal(1, 0.1, count).cumsum()


def test_a_short_line_is_the_values_and_a_long_one_has_their_extremes(front_end):
    values = noisy()
    view = tl.Curves({"long": values, "short": values[:300]})
    np.testing.assert_array_equal(drawn(view, "short"), [np.arange(300), values[:300]])
    x, y = drawn(view, "long")
    assert 500 < len(x) <= 2_002
    np.testing.assert_array_equal(y, values[x.astype(int)])
    assert {values.min(), values.max(), values[0], values[-1]} <= set(y)


def test_one_value_is_still_a_line(front_end):
    x, y = drawn(tl.Curves([[5.0]][0]), "value")
    assert (list(x), list(y)) == ([0], [5])


def test_steps_of_ones_own(front_end):
    view = tl.Curves({"a": ([0.5, 20, 40.5], torch.tensor([1.0, 2.0, 3.0])), "b": (1.0, 2.0)})
    np.testing.assert_array_equal(drawn(view, "a"), [[0.5, 20, 40.5], [1, 2, 3]])
    np.testing.assert_array_equal(drawn(view, "b")[1], [1, 2])
    assert view.bar.summary == "to step 40.5"


def test_a_name_that_nobody_logged_is_told_with_those_there_are(front_end, run):
    """Seen to fail when the header says the same as of a run without values."""
    view = tl.Curves(run, channel="loss")
    front_end.render(view.bar)
    assert view.bar.summary == "no values yet"
    log(run, **{"train/loss": [1.0], "train/acc": [0.5]})
    told = "no values of loss yet; there are train/loss, train/acc"
    wait_for(lambda: view.bar.summary == told)
    log(run, loss=[1.0])
    wait_for(lambda: view.bar.summary == "to step 0")


def test_what_is_logged_arrives(front_end, run):
    view = tl.Curves(run)
    assert view.bar.empty
    assert view.bar.summary == "no values yet"
    assert view.children == (view.bar,)
    front_end.render(view.bar)
    values = noisy(3_000)
    log(run, loss=values)
    wait_for(lambda: front_end.state(view.bar)["summary"] == "to step 2,999")
    wait_for(lambda: len(view.children) == 2)
    wait_for(lambda: front_end.state(view.bar)["series"][0]["last"] == f"{values[-1]:.4g}")
    x, y = drawn(view, "loss")
    np.testing.assert_array_equal(y, values[x.astype(int)])
    (mark,) = view.bar.figure._lines.values()
    sent = np.frombuffer(front_end.state(mark)["y"]["value"]).reshape(mark.y.shape)
    np.testing.assert_array_equal(sent, mark.y)
    assert front_end.state(view.bar)["marks"] == {"solid": f"anywidget:{mark.model_id}"}


def test_a_frame_is_few_messages(front_end, run):
    """Seen to fail when every frame is sent whole."""
    log(run, **{f"train/{number}": np.arange(30) / 30 for number in range(10)})
    log(run, **{f"val/{number}": np.arange(30) / 31 for number in range(10)})
    view = tl.Curves(run)
    front_end.render(view.bar)
    with run:
        for step in run.track(range(1)):
            wait_for(lambda: front_end.state(view.bar)["live"])
            # the first frame of a running run gives the axes room to grow
            frame = view.bar.frame
            front_end.updates.clear()
            log_at(run, 29.5, **{f"train/{number}": 0.5 for number in range(10)})
            wait_for(lambda frame=frame: front_end.state(view.bar)["frame"] > frame)
            assert step == 0
    models = [comm_id for comm_id, _, _ in front_end.updates]
    frames = view.bar.frame - frame
    assert len(models) <= 4 * frames, models


def test_a_line_that_grows_keeps_its_mark(front_end, run):
    log(run, loss=[1.0, 2.0])
    view = tl.Curves(run)
    before = view.bar.figure._lines["solid"]
    front_end.render(view.bar)
    log(run, loss=[3.0, 4.0], lr=[0.5])
    wait_for(lambda: len(view.bar.series) == 2 and len(drawn(view, "loss")[1]) == 4)
    assert view.bar.figure._lines["solid"] is before
    assert {"x", "y"} <= set(front_end.sent_to(before)[-1])


def test_only_the_named_series(front_end, run):
    log(run, loss=[1.0], accuracy=[0.5])
    view = tl.Curves(run, "accuracy")
    assert [each["name"] for each in view.bar.series] == ["accuracy"]
    several = tl.Curves(run, ["loss", "not yet"])
    assert [each["name"] for each in several.bar.series] == ["loss"]


# -- gaps and infinities ------------------------------------------------------------------------


def test_nan_is_a_gap_and_infinity_a_mark_at_the_edge(front_end):
    nan, inf = float("nan"), float("inf")
    view = tl.Curves({"loss": [1.0, nan, 3.0, inf, 5.0, -inf, 7.0]})
    above, below = edges(view)
    np.testing.assert_array_equal(drawn(view, "loss")[1], [1, nan, 3, nan, 5, nan, 7])
    np.testing.assert_array_equal((above.x, above.y), ([3], [1]))
    np.testing.assert_array_equal((below.x, below.y), ([5], [0]))
    assert view.bar.series[0]["note"] == "1 NaN, 2 infinite"
    scale = view.bar.figure.widget.axes[1].scale
    assert np.isfinite([scale.min, scale.max]).all()


def test_a_line_ends_with_a_value(front_end):
    """Bqplot places a label at the last point, and complains when that is none."""
    nan = float("nan")
    view = tl.Curves({"a": [nan, 1.0, 2.0, nan], "b": [nan, nan], "c": [1.0, 2.0, 3.0]})
    assert [each["raw"] for each in view.bar.series] == [["solid", 0], None, ["solid", 1]]
    assert np.isfinite(view.bar.figure._lines["solid"].y[:, -1]).all()


def test_marks_go_when_nothing_is_infinite_any_more(front_end, run):
    log(run, odd=[1.0, float("inf")], even=[1.0])
    view = tl.Curves(run)
    assert len(edges(view)[0].x) == 1
    front_end.render(view.bar)
    front_end.event(view.bar, "toggle", series=view.bar.series[0]["key"], only=False)
    wait_for(lambda: not view.bar.series[0]["drawn"])
    wait_for(lambda: len(edges(view)[0].x) == 0)


@pytest.mark.parametrize(
    "values",
    [
        [],
        [float("nan")],
        [float("inf"), float("-inf")],
        [0.0, 0.0],
        [1e308, -1e308],
        [1.7e308],
        [5e-324, 1e-323],
        [1e16, 1e16 + 2],
        [-1.0, -2.0],
    ],
)
@pytest.mark.parametrize("to_log", [False, True])
def test_an_axis_is_found_for_any_values(front_end, values, to_log):
    view = tl.Curves({"loss": values}, log=to_log)
    for axis in view.bar.figure.widget.axes:
        low, high = axis.scale.min, axis.scale.max
        assert np.isfinite([low, high, high - low]).all()
        assert low < high
        assert np.isfinite(axis.tick_values).all()
        assert 1 <= len(axis.tick_values) <= 16


# -- the logarithmic axis -------------------------------------------------------------------------


def test_the_logarithmic_axis_hides_what_is_not_positive_and_says_so(front_end):
    nan = float("nan")
    view = tl.Curves({"loss": [100.0, 10.0, 0.0, 1.0, -1.0]})
    front_end.render(view.bar)
    before = set(front_end.models)
    press(front_end, view, True)
    np.testing.assert_array_equal(drawn(view, "loss")[1], [100, 10, nan, 1])
    assert view.bar.series[0]["note"] == "2 not above 0"
    (line,) = view.bar.figure._lines.values()
    assert isinstance(line.scales["y"], LogScale)
    assert view.bar.figure.widget.axes[1].scale is line.scales["y"]
    press(front_end, view, False)
    np.testing.assert_array_equal(drawn(view, "loss")[1], [100, 10, 0, 1, -1])
    assert len(front_end.models) == len(before)


def test_without_positive_values_there_is_no_logarithmic_axis(front_end):
    view = tl.Curves({"loss": [-1.0, 0.0]}, log=True)
    assert (view.bar.log, view.bar.log_possible) == (False, False)


def test_a_lost_message_of_the_figure_is_made_good(front_end, run):
    log(run, loss=[1.0, 2.0])
    view = tl.Curves(run)
    front_end.render(view.bar)
    (line,) = view.bar.figure._lines.values()
    lost = []

    def lose(comm_id, state):
        if comm_id in (line.comm.comm_id, view.bar.comm.comm_id) and len(lost) < 2:
            lost.append(comm_id)
            return True
        return False

    front_end.loses = lose
    log(run, loss=[3.0])
    wait_for(lambda: len(lost) == 2)
    wait_for(lambda: len(front_end.state(line)["y"]["value"]) == 24)


def test_the_figure_counts_in_the_size_of_a_frame(front_end):
    view = tl.Curves({"loss": noisy()})
    assert view.bar.publish(complete=False) > view.bar.figure.size > 16_000


@pytest.mark.parametrize("log", [False, True])
def test_the_axis_has_room_beyond_the_data(front_end, log):
    """Its ends would cut the ring around the best value. Seen to fail with a factor of 1.05."""
    view = tl.Curves({"loss": [1.0, 1e-4]}, log=log)
    scale = view.bar.figure.widget.marks[0].scales["y"]
    length = np.log if log else np.asarray
    low, least, most, high = length([scale.min, 1e-4, 1.0, scale.max])
    assert (least - low) / (high - low) == pytest.approx(0.037, abs=1e-3)
    assert (high - most) / (high - low) == pytest.approx(0.037, abs=1e-3)


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ({"a": [[1.0]]}, ValueError, r"a: expected values \[n\], got shape \[1, 1\]"),
        ({"a": "text"}, TypeError, "a "),
        ({"a": [1j]}, TypeError, "a .*complex"),
        ({"a": torch.zeros(2, device="meta")}, TypeError, "a .*meta"),
        ({"a": ([0, 1, 2], [1.0])}, ValueError, "steps of a: expected 1 steps"),
        ({"a": ([0, float("nan")], [1.0, 2.0])}, ValueError, "steps of a: expected finite"),
        ({"a": [2**53 + 1]}, ValueError, "a .*9007199254740993"),
        (["runs/a"], TypeError, r"data_or_run: .* 'runs/a'; tl.open\(path\) opens a run"),
        (Path("b"), TypeError, r"data_or_run: expected runs or numbers, got the path 'b'"),
        (None, TypeError, "value"),
        (object(), TypeError, "value"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(front_end, data, error, message):
    with pytest.raises(error, match=message):
        tl.Curves(data)
    assert front_end.models == {}


def test_channels_that_are_no_scalars_are_refused(front_end, run):
    run.log_points("places", np.eye(2))
    with pytest.raises(ValueError, match="channel: 'places' holds points, expected scalars"):
        tl.Curves(run, "places")
    for channel in (7, ["loss", 7], object()):
        with pytest.raises(TypeError, match="channel"):
            tl.Curves(run, channel)


@pytest.mark.parametrize(
    "values",
    [
        torch.ones(3, dtype=torch.bfloat16),
        torch.ones(3, dtype=torch.bool),
        torch.ones(6)[::2],
        torch.ones(3, requires_grad=True),
        np.ones(3, np.float16),
        range(1, 2),
    ],
)
def test_what_can_be_drawn_is(front_end, values):
    assert set(drawn(tl.Curves(values), "value")[1]) == {1.0}


def test_names_are_literal_text(front_end, run):
    name = "<img src=x onerror=alert(1)>"
    log(run, **{name: [1.0]})
    assert tl.Curves(run).bar.series[0]["name"] == name
