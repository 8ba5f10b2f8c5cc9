"""What is clicked and enclosed, against NumPy's and matplotlib's answers; and too many points."""

import tracemalloc

import numpy as np
import pytest
import torch
from matplotlib.path import Path

import torchloupe as tl
from tests.front_end import wait_for
from torchloupe.run import _recorder
from torchloupe.views import _scatter_scene
from torchloupe.views._scatter_selection import NOTHING, Request, resolve

RNG = np.random.default_rng(4)
WIDE, HIGH = 560, 380


def asked(view, shape, places):
    """Return what a request of the page selects."""
    request = Request(shape, [float(each) for each in places], "replace")
    return resolve(request, view._projecting.scene, NOTHING)


def lasso(corners=40, radius=3.0, seed=0):
    random = np.random.default_rng(seed)
    angles = random.uniform(0, 2 * np.pi, corners)  # not sorted: it crosses itself
    return np.stack([radius * np.cos(angles), 0.7 * radius * np.sin(angles)], 1)


@pytest.fixture
def few_drawn(monkeypatch):
    monkeypatch.setattr(_scatter_scene, "MOST_DRAWN", 1000)


@pytest.mark.parametrize("zoom", [1, 10, 100, 2000])
def test_a_click_is_numpys_nearest_on_the_screen(front_end, zoom):
    """Seen to fail when clicks are answered from the quantised places."""
    points = RNG.normal(3, 2, (20_000, 2)).astype(np.float32)
    view = tl.LatentScatter(points)
    x0, x1, y0, y1 = view.bounds
    unit = max((x1 - x0) / WIDE, (y1 - y0) / HIGH) / zoom
    near = points[RNG.integers(0, len(points), 1000)].astype(float)
    places = near + RNG.normal(0, 8 * unit, (1000, 2))  # so that most have one within reach
    hits = 0
    for place in places:
        pixels = np.hypot(*((points.astype(float) - place) / unit).T)
        expected = [int(pixels.argmin())] if pixels.min() <= 12 else []
        assert asked(view, "point", [*place, 12 * unit]).tolist() == expected
        hits += len(expected)
    assert hits > 500


@pytest.mark.parametrize("count", [100_000, 300_000])
@pytest.mark.parametrize("seed", range(4))
def test_a_lasso_around_very_many_is_matplotlibs(front_end, seed, count):
    """Seen to fail without the exact look at the cells that the outline touches."""
    points = RNG.normal(0, 2, (count, 2)).astype(np.float32)
    points[::97] = np.round(points[::97])
    outline = lasso(seed=seed) if seed else np.round(lasso(seed=seed))
    expected = np.flatnonzero(Path(outline).contains_points(points.astype(float)))
    np.testing.assert_array_equal(
        asked(tl.LatentScatter(points), "lasso", outline.ravel()), expected
    )
    assert len(expected) > 5000


def test_of_too_many_points_some_are_drawn_and_all_are_selected(front_end, few_drawn):
    """Seen to fail when a lasso looks at the drawn ones alone."""
    points = RNG.normal(0, 2, (5000, 2))
    points[::500] = np.nan
    labels = np.arange(5000) % 3
    view = tl.LatentScatter(points, labels)
    assert view.summary.startswith("1,000 of 5,000 samples · 2-D · 10 not finite")
    assert len(view.points) == len(view.codes) == len(view.indices) == 1000
    np.testing.assert_array_equal(view.indices, tl.LatentScatter(points).indices)
    assert len(np.unique(view.indices)) == 1000
    np.testing.assert_array_equal(view.codes, labels[view.indices])
    x0, x1, y0, y1 = view.bounds
    restored = np.array([x0, y0]) + view.points / 65535 * np.array([x1 - x0, y1 - y0])
    assert np.abs(restored - points[view.indices]).max() <= (x1 - x0) / 65535
    found = asked(view, "lasso", lasso().ravel())
    inside = Path(lasso()).contains_points(np.nan_to_num(points, nan=99))
    np.testing.assert_array_equal(found, np.flatnonzero(inside))
    np.testing.assert_array_equal(asked(view, "class", [1]).tolist(), [
        each for each in range(5000) if each % 3 == 1 and each % 500
    ])  # fmt: skip
    view.selection = found
    frame = view.content()
    bits = np.unpackbits(frame["selected"], count=1000, bitorder="little")
    np.testing.assert_array_equal(bits, np.isin(view.indices, found))
    assert frame["selected_count"] == len(found)


def test_of_too_many_points_a_click_takes_a_drawn_one(front_end, few_drawn):
    points = RNG.normal(0, 2, (5000, 2))
    view = tl.LatentScatter(points)
    drawn = points[view.indices]
    for place in RNG.normal(0, 2, (50, 2)):
        away = np.hypot(*(drawn - place).T)
        assert asked(view, "point", [*place, 9]).tolist() == [view.indices[away.argmin()]]


def test_ten_million_points_are_sampled_and_said_in_bounded_memory(front_end):
    """Seen to fail with a float64 copy of the plane."""
    points = torch.rand(10_000_000, 2, generator=torch.Generator().manual_seed(0))
    data = points.numel() * points.element_size()
    tracemalloc.start()
    try:
        view = tl.LatentScatter(points)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert view.summary == "5,000,000 of 10,000,000 samples · 2-D"
    assert len(view.points) == 5_000_000
    # One copy of the data, which are the caller's; places, indices and what numbers the rows.
    assert kept < 4.5 * data
    assert peak < 5.5 * data
    found = asked(view, "rectangle", [0.2, 0.3, 0.5, 0.6])
    x, y = points.double().numpy().T
    expected = (x >= 0.2) & (x <= 0.3) & (y >= 0.5) & (y <= 0.6)
    np.testing.assert_array_equal(found, np.flatnonzero(expected))
    view.close()


@pytest.mark.parametrize("kind", [np.asarray, torch.as_tensor, list])
def test_what_is_logged_is_thinned_and_said(front_end, monkeypatch, kind):
    monkeypatch.setattr(_recorder, "_MOST_POINTS", 100)
    points = RNG.normal(0, 2, (250, 2))
    with tl.Run("many") as run:
        run.log_points("latents", kind(points), [str(each % 7) for each in range(250)])
        _, arrays = run.latest("latents")
        view = tl.LatentScatter(run)
        assert view.summary.startswith("100 of 250 samples")
        np.testing.assert_array_equal(arrays["points"], points[view.indices])
        assert [view.classes[code] for code in view.codes] == [str(i % 7) for i in view.indices]
        view.selection = [249]
        with pytest.raises(ValueError, match="250"):
            view.selection = [250]


def test_thinned_points_keep_their_indices_on_disk(tmp_path, front_end, monkeypatch):
    monkeypatch.setattr(_recorder, "_MOST_POINTS", 100)
    points = RNG.normal(0, 2, (250, 2))
    with tl.Run("many", dir=tmp_path) as run:
        run.log_points("latents", points)
        path = run.path
    with tl.open(path) as run:
        view = tl.LatentScatter(run)
        wait_for(lambda: view.content()["points"] is not None)
        assert view.content()["summary"].startswith("100 of 250 samples")
        indices = view.content()["indices"]
        np.testing.assert_array_equal(run.latest("latents")[1]["points"], points[indices])


LABELS = [3, "three", 2.5, None, "🦊", "<script>alert(1)</script>", True, float("nan"), ""]


def test_labels_of_every_kind_are_classes_side_by_side(front_end):
    view = tl.LatentScatter(np.zeros((len(LABELS), 2)), LABELS)
    names = [view.classes[code] for code in view.codes]
    assert names == ["3", "three", "2.5", "no label", "🦊", LABELS[5], "True", "no label", ""]
    assert view.classes == ["True", "2.5", "3", "", LABELS[5], "three", "🦊", "no label"]
    assert view.unlabelled == 7


def test_a_thousand_classes_have_a_thousand_codes(front_end):
    labels = RNG.permutation(1000)
    view = tl.LatentScatter(np.zeros((1000, 2)), labels)
    assert view.codes.dtype == np.uint16
    np.testing.assert_array_equal(view.codes, labels)
    assert view.classes == [str(each) for each in range(1000)]


@pytest.mark.parametrize("constant", [(0,), (1,), (0, 1)])
def test_constant_dimensions_can_be_clicked_and_enclosed(front_end, constant):
    points = RNG.normal(0, 2, (300, 2))
    points[:, constant] = 5.0
    view = tl.LatentScatter(points)
    at = points[17]
    expected = int(np.hypot(*(points - at).T).argmin())
    assert asked(view, "point", [*at, 0.1]).tolist() == [expected]
    around = np.array([[-99, -99], [99, -99], [99, 99], [-99, 99]], float)
    assert len(asked(view, "lasso", around.ravel())) == 300
