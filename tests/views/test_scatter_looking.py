"""Looking closely: the points of a window stand where they are, to half a pixel."""

import numpy as np
import pytest
import torch

import torchloupe as tl
from torchloupe.reduce import quantise_values, quantise_window

RNG = np.random.default_rng(0)
CLOUD = RNG.normal(3, 2, (5000, 2))
WIDE, HIGH, RATIO = 560, 380, 2


def look(view, x, y, zoom):
    """Look at a window as the page does; return it and the data units a device pixel."""
    x0, x1, y0, y1 = view.bounds
    unit = max((x1 - x0) / WIDE, (y1 - y0) / HIGH) / zoom
    half_x, half_y = WIDE * unit / 2, HIGH * unit / 2
    window = {"x0": x - half_x, "x1": x + half_x, "y0": y - half_y, "y1": y + half_y}
    view.receive("window", window, "me")
    return window, unit / RATIO


def restored(codes, bounds):
    x0, x1, y0, y1 = bounds
    return np.array([x0, y0]) + codes / 65535 * np.array([x1 - x0, y1 - y0])


@pytest.mark.parametrize("zoom", [30, 65, 100, 2000])
def test_codes_of_a_window_are_off_by_less_than_half_a_device_pixel(front_end, zoom):
    """Seen to fail with the codes of the whole."""
    view = tl.LatentScatter(CLOUD)
    for x, y in CLOUD[:20]:
        window, pixel = look(view, x, y, zoom)
        frame = view.content()
        exact = CLOUD[frame["near_rows"]]
        error = np.abs(restored(frame["near_points"], frame["near_bounds"]) - exact)
        assert error.max() < pixel / 2
        seen = ([window["x0"], window["y0"]] <= CLOUD) & ([window["x1"], window["y1"]] >= CLOUD)
        assert set(np.flatnonzero(seen.all(1))) <= set(frame["near_rows"])
        assert len(frame["near_rows"]) < len(CLOUD)


def test_the_whole_is_not_sent_again_for_a_window(front_end):
    view = tl.LatentScatter(CLOUD)
    before = view.content()
    look(view, 3, 3, 100)
    after = view.content()
    assert after["points"] is before["points"]
    assert after["codes"] is before["codes"]
    assert view.urgent() is False  # content was made
    look(view, 3, 3, 120)
    assert view.urgent() is True


def test_rows_of_a_window_count_drawn_points(front_end):
    points = CLOUD.copy()
    points[:100, 0] = np.nan
    view = tl.LatentScatter(points)
    look(view, *points[500], 100)
    frame = view.content()
    assert 500 - 100 in frame["near_rows"]


@pytest.mark.parametrize("window", [(1, 1, 0, 1), (1, 0, 0, 1), (-1e308, 1e308, 0, 1)])
def test_a_window_that_is_none_changes_nothing(front_end, window):
    view = tl.LatentScatter(CLOUD)
    x0, x1, y0, y1 = window
    with pytest.raises(Exception, match="window"):
        view.receive("window", {"x0": x0, "x1": x1, "y0": y0, "y1": y1}, "me")
    assert view.content()["near_points"] is None


def test_a_crowd_in_one_window_is_sent_without_margin():
    plane = np.concatenate([np.full((2**20 + 5, 2), 0.5), [[1.5, 0.5]]])
    rows, codes, bounds = quantise_window(plane, (0.0, 1.0, 0.0, 1.0))
    assert bounds == (0.0, 1.0, 0.0, 1.0)
    assert (len(rows), codes.shape) == (2**20 + 5, (2**20 + 5, 2))


@pytest.mark.parametrize("points", [np.zeros((0, 2)), np.ones((1, 2)), np.ones((9, 2))])
def test_none_one_and_duplicates_can_be_looked_at(front_end, points):
    view = tl.LatentScatter(points)
    look(view, 1, 1, 100)
    frame = view.content()
    assert len(frame["near_rows"]) == len(points)
    assert np.allclose(restored(frame["near_points"], frame["near_bounds"]), points, atol=1e-6)


def test_values_come_back_within_half_a_step():
    values = RNG.normal(5, 1, 1000)
    values[3], values[4] = np.nan, np.inf
    found = quantise_values(values, 1000, name="values")
    low, high = found.limits
    known = np.isfinite(values)
    back = low + found.codes[known] / 254 * (high - low)
    assert np.abs(back - values[known]).max() <= (high - low) / 254 / 2 * 1.0001
    assert found.codes[[3, 4]].tolist() == [255, 255]
    assert not found.signed


def test_signed_values_have_zero_in_the_middle(front_end):
    found = quantise_values([-1.0, 0.0, 4.0], 3, name="values")
    assert (found.limits, found.signed, found.codes[1]) == ((-4.0, 4.0), True, 127)
    view = tl.LatentScatter(CLOUD[:3], values=[-1.0, 0.0, 4.0])
    assert (view.value_map, view.value_range) == ("diverging", [-4.0, 4.0])
    assert tl.LatentScatter(CLOUD[:3], values=[1, 1, 1]).value_map == "viridis"


def test_values_of_another_length_are_refused(front_end):
    with pytest.raises(ValueError, match=r"values has shape \[2\]; expected \[3\]"):
        tl.LatentScatter(CLOUD[:3], values=[1.0, 2.0])


def test_a_third_dimension_travels_when_it_is_asked_for(front_end):
    points = RNG.normal(size=(50, 5))
    view = tl.LatentScatter(points, projection=(0, 1, 2))
    assert (view.has_depths, view.depths) == (True, None)
    assert view.axes == ["z₀", "z₁", "z₂"]
    view.receive("turn", {"on": True}, "me")
    frame = view.content()
    low, high = frame["depth_bounds"]
    back = low + frame["depths"] / 65535 * (high - low)
    assert np.abs(back - points[:, 2]).max() <= (high - low) / 65535
    assert not tl.LatentScatter(points[:, :2]).has_depths


def test_images_are_sent_when_they_are_asked_for(front_end):
    images = RNG.random((40, 3, 64, 48)).astype(np.float32)
    points = CLOUD[:40].copy()
    points[0] = np.nan
    view = tl.LatentScatter(points, images=images)
    assert view.has_images
    assert view.inspected_image is None
    view.receive("inspect", {"row": 4}, "me")
    frame = view.content()
    assert frame["inspected_row"] == 4
    np.testing.assert_array_equal(frame["inspected_image"], images[5].transpose(1, 2, 0))
    view.receive("illustrate", {"rows": [2, 7]}, "me")
    frame = view.content()
    assert frame["thumbnails"].shape == (2, 32, 24, 3)
    assert frame["thumbnail_rows"].tolist() == [2, 7]
    mean = images[3].reshape(3, 32, 2, 24, 2).mean((2, 4)).transpose(1, 2, 0)
    assert np.abs(frame["thumbnails"][0] / 255 - mean).max() < 0.003


@pytest.mark.parametrize("event", [("inspect", {"row": 9}), ("illustrate", {"rows": [0, 9]})])
def test_rows_that_are_not_there_are_refused(front_end, event):
    view = tl.LatentScatter(CLOUD[:9], images=np.zeros((9, 4, 4)))
    with pytest.raises(Exception, match="rows"):
        view.receive(*event, "me")


def test_images_that_do_not_fit_are_refused(front_end):
    for images in (np.zeros((8, 4, 4)), np.zeros((9, 4)), [1, 2]):
        with pytest.raises(ValueError, match="images"):
            tl.LatentScatter(CLOUD[:9], images=images)


def test_hover_in_a_run_shows_the_probes_own_sample(front_end):
    """Seen to fail while the probe kept its images to itself."""
    data = torch.rand(12, 1, 5, 4)
    with tl.Run("images") as run:
        probe = tl.Latents(lambda x: x.flatten(1)[:, :2], data, limit=7)
        for _ in run.probe(probe, every=1).track(range(1)):
            pass
        view = tl.LatentScatter(run)
        assert view.content()["has_images"]
        view.receive("inspect", {"row": 5}, "me")
        frame = view.content()
        sample = frame["indices"][5]
        np.testing.assert_array_equal(frame["inspected_image"][..., 0], data[sample, 0])
        assert frame["inspected_range"] == [0.0, 1.0]
