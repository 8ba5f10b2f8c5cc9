"""Curves: the figure holds what decimation chose, and nothing of a line is lost in silence."""

import numpy as np
import pytest
import torch

import torchloupe as tl
from tests.front_end import wait_for
from torchloupe.reduce import decimate


@pytest.fixture
def run():
    with tl.Run("curves") as made:
        yield made


def marks(view):
    """Return the lines of a figure, and the marks above and below it."""
    *lines, above, below = view.bar.figure.widget.marks
    return lines, above, below


def log(run, **series):
    for name, values in series.items():
        for step, value in enumerate(values):
            run.log({name: value}, step=step)


def press(front_end, view, to_log):
    front_end.event(view.bar, "scale", log=to_log)
    wait_for(lambda: front_end.state(view.bar)["log"] is to_log)


def noisy(count=10_000):
    return np.random.default_rng(0).normal(1, 0.1, count).cumsum()


def test_the_line_is_what_decimation_chose(front_end):
    values = noisy()
    view = tl.Curves({"loss": values})
    (line,), _, _ = marks(view)
    expected = decimate(np.arange(len(values)), values)
    np.testing.assert_array_equal(line.x, expected.steps)
    np.testing.assert_array_equal(line.y, expected.values)
    assert len(line.x) <= 2_000
    assert line.x.dtype == line.y.dtype == np.float64
    assert line.y.ndim == 1


def test_one_value_is_still_a_line_in_one_dimension(front_end):
    (line,), _, _ = marks(tl.Curves([[5.0]][0]))
    assert line.x.shape == line.y.shape == (1,)


def test_steps_of_ones_own(front_end):
    view = tl.Curves({"a": ([10, 20, 40], torch.tensor([1.0, 2.0, 3.0])), "b": (1.0, 2.0)})
    (first, second), _, _ = marks(view)
    np.testing.assert_array_equal(first.x, [10, 20, 40])
    np.testing.assert_array_equal(second.y, [1, 2])
    assert view.bar.summary == "to step 40"


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
    (line,), _, _ = marks(view)
    expected = decimate(np.arange(3_000), values)
    np.testing.assert_array_equal(line.x, expected.steps)
    np.testing.assert_array_equal(line.y, expected.values)
    sent = front_end.state(line)["y"]
    np.testing.assert_array_equal(np.frombuffer(sent["value"]), expected.values)
    assert front_end.state(view.bar)["series"][0]["last"] == f"{values[-1]:.4g}"


def test_a_line_that_grows_keeps_its_mark(front_end, run):
    log(run, loss=[1.0, 2.0])
    view = tl.Curves(run)
    (before,), _, _ = marks(view)
    front_end.render(view.bar)
    log(run, loss=[3.0, 4.0], accuracy=[0.5])
    wait_for(lambda: len(marks(view)[0]) == 2)
    (after, _), _, _ = marks(view)
    assert after is before
    assert len(after.y) == 4
    assert {"x", "y"} <= set(front_end.sent_to(after)[-1])


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
    (line,), above, below = marks(view)
    np.testing.assert_array_equal(line.y, [1, nan, 3, nan, 5, nan, 7])
    np.testing.assert_array_equal(above.x, [3])
    np.testing.assert_array_equal(above.y, [1])
    np.testing.assert_array_equal(below.x, [5])
    np.testing.assert_array_equal(below.y, [0])
    assert view.bar.series[0]["note"] == "1 NaN, 2 infinite"
    scale = view.bar.figure.widget.axes[1].scale
    assert np.isfinite([scale.min, scale.max]).all()


def test_marks_go_when_nothing_is_infinite_any_more(front_end):
    view = tl.Curves({"loss": [1.0, float("inf")]})
    figure = view.bar.figure
    figure.draw({"loss": decimate([0, 1], [1.0, 2.0])}, log=False)
    assert len(marks(view)[1].x) == 0


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
    view = tl.Curves({"loss": [100.0, 10.0, 0.0, 1.0, -1.0]})
    front_end.render(view.bar)
    before = set(front_end.models)
    press(front_end, view, True)
    (line,), _, _ = marks(view)
    expected = decimate(np.arange(5), np.array([100.0, 10.0, 0.0, 1.0, -1.0]), log=True)
    np.testing.assert_array_equal(line.y, expected.values)
    assert view.bar.series[0]["note"] == "2 not above 0"
    assert type(line.scales["y"]).__name__ == "LogScale"
    assert view.bar.figure.widget.axes[1].scale is line.scales["y"]
    press(front_end, view, False)
    (line,), _, _ = marks(view)
    np.testing.assert_array_equal(line.y, [100, 10, 0, 1, -1])
    assert len(front_end.models) == len(before)


def test_without_positive_values_there_is_no_logarithmic_axis(front_end):
    view = tl.Curves({"loss": [-1.0, 0.0]}, log=True)
    assert (view.bar.log, view.bar.log_possible) == (False, False)


# -- many ---------------------------------------------------------------------------------------


def test_of_many_series_the_first_are_shown_and_it_says_so(front_end):
    view = tl.Curves({f"layer {number}": [1.0, 2.0] for number in range(30)})
    lines, _, _ = marks(view)
    assert len(lines) == len(view.bar.series) == 24
    assert view.bar.summary == "to step 1 · the first 24 of 30 series"
    looks = {(each["color"], each["dash"]) for each in view.bar.series}
    assert len(looks) == 24
    for line, legend in zip(lines, view.bar.series, strict=True):
        assert (line.colors, line.line_style) == ([legend["color"]], legend["dash"])


def test_a_lost_message_of_the_figure_is_made_good(front_end, run):
    log(run, loss=[1.0, 2.0])
    view = tl.Curves(run)
    front_end.render(view.bar)
    (line,), _, _ = marks(view)
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
    (line,), _, _ = marks(tl.Curves(values))
    assert set(line.y) == {1.0}


def test_names_are_literal_text(front_end, run):
    name = "<img src=x onerror=alert(1)>"
    log(run, **{name: [1.0]})
    assert tl.Curves(run).bar.series[0]["name"] == name
