"""Selecting: what a person encloses is resolved on exact values, and both sides agree on it."""

import numpy as np
import pytest
import torch
from matplotlib.path import Path

import torchloupe as tl
from tests.front_end import wait_for

RNG = np.random.default_rng(1)
CLOUD = RNG.normal(0, 2, (2000, 2))


def select(view, shape, places, mode="replace", hidden=()):
    """Select as the page does, and wait until it is done."""
    before = view._selection.state
    fields = {
        "shape": shape,
        "places": [float(each) for each in places],
        "mode": mode,
        "hidden": list(hidden),
    }
    view.receive("select", fields, "me")
    wait_for(lambda: view._selection.telling._thread is None)
    return view._selection.state is not before


def unpacked(view, count):
    bits = view.content()["selected"]
    return None if bits is None else np.unpackbits(bits, count=count, bitorder="little")


def test_a_lasso_is_matplotlibs(front_end):
    """Seen to fail when the places are quantised first."""
    view = tl.LatentScatter(CLOUD)
    for seed in range(10):
        angles = np.sort(np.random.default_rng(seed).uniform(0, 2 * np.pi, 25))
        radii = np.random.default_rng(seed).uniform(0.5, 4, 25)
        polygon = np.stack([radii * np.cos(angles), radii * np.sin(angles)], 1)
        select(view, "lasso", polygon.ravel())
        expected = np.flatnonzero(Path(polygon).contains_points(CLOUD))
        np.testing.assert_array_equal(view.selection, expected)
        assert view.selection.dtype == np.int64


def test_a_rectangle_holds_its_edges(front_end):
    view = tl.LatentScatter(CLOUD)
    x0, x1 = np.sort(CLOUD[:2, 0])
    y0, y1 = np.sort(CLOUD[:2, 1])
    select(view, "rectangle", [x0, x1, y0, y1])
    inside = ([x0, y0] <= CLOUD) & ([x1, y1] >= CLOUD)
    np.testing.assert_array_equal(view.selection, np.flatnonzero(inside.all(1)))


@pytest.mark.parametrize("unit", [0.05, 0.005, 0.0005])
def test_a_click_takes_the_nearest_within_reach(front_end, unit):
    """Seen to fail when the first within reach is taken."""
    view = tl.LatentScatter(CLOUD)
    reach = 12 * unit
    for place in RNG.uniform(-4, 4, (100, 2)):
        select(view, "point", [*place, reach])
        away = np.hypot(*(CLOUD - place).T)
        expected = [int(away.argmin())] if away.min() <= reach else []
        assert view.selection.tolist() == expected


def test_modes_combine(front_end):
    view = tl.LatentScatter(np.arange(10.0)[:, None].repeat(2, 1))
    for mode, low, high, expected in [
        ("replace", 1, 4, [1, 2, 3, 4]),
        ("add", 3, 6, [1, 2, 3, 4, 5, 6]),
        ("remove", 2, 3, [1, 4, 5, 6]),
        ("toggle", 6, 7, [1, 4, 5, 7]),
        ("replace", 20, 30, []),
    ]:
        select(view, "rectangle", [low, high, low, high], mode)
        assert view.selection.tolist() == expected


def test_classes_are_selected_and_hidden_ones_are_not(front_end):
    view = tl.LatentScatter(CLOUD, np.arange(2000) % 4)
    select(view, "class", [2])
    np.testing.assert_array_equal(view.selection, np.arange(2, 2000, 4))
    select(view, "rectangle", [-99, 99, -99, 99], hidden=[0, 1, 2])
    np.testing.assert_array_equal(view.selection, np.arange(3, 2000, 4))
    select(view, "none", [])
    assert view.selection.size == 0


def test_the_mask_is_a_bit_a_drawn_point(front_end):
    points = CLOUD[:50].copy()
    points[[3, 7]] = np.nan
    view = tl.LatentScatter(points)
    assert unpacked(view, 48) is None
    view.selection = [0, 7, 8, 49]
    drawn = np.delete(np.arange(50), [3, 7])
    np.testing.assert_array_equal(unpacked(view, 48), np.isin(drawn, [0, 7, 8, 49]))
    assert view.content()["selected_count"] == 4
    assert view.content()["selected"] is view.content()["selected"]
    assert view.content()["selected"].nbytes == 6


def test_setting_it_reaches_the_page(front_end):
    view = tl.LatentScatter(CLOUD)
    front_end.render(view)
    view.selection = torch.tensor([5, 3, 3])
    assert view.selection.tolist() == [3, 5]
    wait_for(lambda: front_end.state(view)["selected_count"] == 2)
    bits = np.unpackbits(front_end.array(view, "selected"), count=2000, bitorder="little")
    assert np.flatnonzero(bits).tolist() == [3, 5]
    view.selection = None
    wait_for(lambda: front_end.state(view)["selected"] is None)


def test_indices_are_of_the_data_when_a_probe_thins_them(front_end):
    with tl.Run("thinned") as run:
        data = torch.from_numpy(CLOUD).float()
        run.probe(tl.Latents(torch.nn.Identity(), data, limit=100), every=1)
        for _ in run.track(range(1)):
            pass
        view = tl.LatentScatter(run)
        view.content()
        select(view, "rectangle", [-99, 99, -99, 99])
        np.testing.assert_array_equal(view.selection, view.indices)
        view.selection = [1999, 1]
        assert view.selection.tolist() == [1, 1999]


@pytest.mark.parametrize(
    ("value", "error"),
    [([2000], ValueError), ([-1], ValueError), ([0.5], TypeError), ("abc", TypeError),
     ([[1, 2]], TypeError)],
)  # fmt: skip
def test_what_is_no_selection_is_refused(front_end, value, error):
    view = tl.LatentScatter(CLOUD)
    with pytest.raises(error, match="selection"):
        view.selection = value
    assert view.selection.size == 0


def test_whoever_wants_to_know_is_told_once_a_change(front_end):
    view, told = tl.LatentScatter(CLOUD), []
    view.on_select(told.append)
    view.selection = [1, 2]
    view.selection = [2, 1]
    select(view, "none", [])
    assert [each.tolist() for each in told] == [[1, 2], []]
    view.on_select(told.append, remove=True)
    view.selection = [3]
    assert len(told) == 2
    with pytest.raises(TypeError, match="callback"):
        view.on_select(3)


def test_a_callback_that_raises_does_no_harm(front_end):
    with tl.Run("raises") as run:
        run.log_points("latents", CLOUD)
        view = tl.LatentScatter(run)
        view.content()

        def fail(_):
            raise ValueError("no")

        view.on_select(fail)
        select(view, "rectangle", [-1, 1, -1, 1])
        assert view.selection.size
        assert any("no" in str(problem) for problem in run.problems)
        select(view, "none", [])
        assert view.selection.size == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"shape": "circle"},
        {"mode": "eat"},
        {"places": [1.0, 2.0, 3.0]},
        {"places": [float("nan")] * 4},
        {"places": "abc"},
        {"places": [1.0] * 10_000},
        {"hidden": [[]]},
        {"shape": "point", "places": [1.0]},
    ],
)
def test_what_is_no_request_is_rejected(front_end, fields):
    view = tl.LatentScatter(CLOUD)
    whole = {"shape": "lasso", "places": [0.0] * 6, "mode": "replace", "hidden": []}
    with pytest.raises(Exception, match="expected"):
        view.receive("select", whole | fields, "me")
    assert view.selection.size == 0


def test_nothing_is_left_after_close(front_end):
    view = tl.LatentScatter(CLOUD)
    select(view, "rectangle", [-1, 1, -1, 1])
    view.close()
    assert view._selection.telling._thread is None


@pytest.mark.parametrize("points", [np.zeros((0, 2)), np.ones((1, 2)), np.ones((9, 2))])
def test_none_one_and_duplicates(front_end, points):
    view = tl.LatentScatter(points)
    select(view, "point", [1.01, 1, 0.1])
    assert view.selection.tolist() == [0][: len(points)]
    select(view, "lasso", [0, 0, 2, 0, 1, 3])
    assert len(view.selection) == len(points)


def test_each_callback_has_indices_of_its_own():
    view = tl.LatentScatter(CLOUD[:50])
    told = []
    view.on_select(lambda indices: indices.fill(7))
    view.on_select(told.append)
    view.selection = [1, 2]
    assert told[0].tolist() == [1, 2]
    assert view.selection.tolist() == [1, 2]
