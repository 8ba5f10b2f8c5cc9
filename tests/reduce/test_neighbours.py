"""Nearest points, lassos and rectangles: NumPy's and matplotlib's own answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from torchloupe.reduce import NeighbourInverse, inside, nearest, within_rectangle

GRID = st.integers(-3, 3).map(float)  # many ties, many points on edges
PLACES = arrays.arrays(np.float64, st.tuples(st.integers(1, 30), st.just(2)), elements=GRID)


def by_numpy(points, place, scale):
    distance = np.square((points - place) * scale).sum(1)
    return int(np.where(np.isnan(distance), np.inf, distance).argmin())


@pytest.mark.parametrize("zoom", [1.0, 37.0, 1e4, 1e-9])
def test_nearest_is_numpys_for_a_thousand_places(zoom):
    """Seen to fail without the scale of each axis."""
    random = np.random.default_rng(0)
    points = random.normal(size=(100_000, 2)).astype(np.float32)
    points[::1000] = np.nan
    places = random.normal(size=(1000, 2))
    scale = np.array([800.0, 30.0]) * zoom
    found = nearest(points, places, scale)
    sample = range(0, 1000, 10)
    assert [found[at] for at in sample] == [
        by_numpy(points.astype(float), places[at], scale) for at in sample
    ]
    chosen = np.square((points[found] - places) * scale).sum(1)
    for start in range(0, 1000, 100):  # and nobody is nearer to any of the others
        part = places[start : start + 100, None]
        least = np.nanmin(np.square((points[::7] - part) * scale).sum(2), axis=1)
        assert (chosen[start : start + 100] <= least).all()


@given(PLACES, PLACES)
def test_of_several_at_one_distance_the_first_is_nearest(points, places):
    """Seen to fail with <= between chunks; chunks are of 65,536."""
    expected = [by_numpy(points, place, 1.0) for place in places]
    assert nearest(points, places).tolist() == expected


def test_ties_across_chunks():
    points = np.ones((200_000, 2))
    assert nearest(points, [[0.0, 0.0]]).tolist() == [0]
    points[:150_000] = np.nan
    assert nearest(points, [[0.0, 0.0]]).tolist() == [150_000]


def test_rows_that_are_not_finite_are_never_the_nearest():
    points = [[np.nan, 0.0], [np.inf, 0.0], [5.0, 5.0]]
    assert nearest(points, [[0.0, 0.0]]).tolist() == [2]
    assert nearest(points[:2], [[0.0, 0.0]]).tolist() == [-1]
    assert nearest(np.zeros((0, 2)), [[0.0, 0.0]]).tolist() == [-1]


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_very_small_and_very_large_distances_are_told_apart(size):
    """Seen to fail with squares alone."""
    assert nearest(np.array([[3.0, 4], [3, 3], [9, 9]]) * size, [[0.0, 0.0]]).tolist() == [1]


@pytest.mark.parametrize("scale", [(0.0, 1.0), (1.0,), (np.inf, 1.0), (-1.0, 1.0)])
def test_scales_without_sense_are_refused(scale):
    with pytest.raises(ValueError, match="scale is"):
        nearest([[0.0, 0.0]], [[0.0, 0.0]], scale)


def contained(points, polygon):
    path = pytest.importorskip("matplotlib.path")
    return path.Path(polygon).contains_points(points)


def lasso(count, seed, turns=1.0, wobble=0.3):
    random = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi * turns, count, endpoint=False)
    radius = 1 + wobble * random.normal(size=count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)


@pytest.mark.parametrize("turns", [1.0, 2.3])
@pytest.mark.parametrize("count", [3, 20, 200])
def test_a_lasso_is_matplotlibs(count, turns):
    """Seen to fail with the winding rule, which differs where a lasso crosses itself."""
    points = np.random.default_rng(count).normal(size=(100_000, 2)).astype(np.float32)
    points[:50] = np.nan
    polygon = lasso(count, count, turns)
    found = inside(points, polygon)
    np.testing.assert_array_equal(found, contained(points, polygon))
    assert 0 < found.sum() < len(points)


@given(PLACES, PLACES)
def test_on_edges_and_corners_a_lasso_is_matplotlibs_too(points, polygon):
    """Seen to fail with a half-open interval that is open at the other end."""
    np.testing.assert_array_equal(inside(points, polygon), contained(points, polygon))


def test_what_is_enclosed_twice_is_outside():
    star = lasso(5, 0, wobble=0.0)[[0, 2, 4, 1, 3]]
    assert inside([[0.0, 0.0], [0.8, 0.0], [np.nan, 0.0], [2.0, 0.0]], star).tolist() == [
        False,
        True,
        False,
        False,
    ]


def test_a_polygon_of_fewer_than_three_encloses_nothing():
    assert not inside([[0.0, 0.0]], [[0.0, 0.0], [1.0, 1.0]]).any()
    assert not inside([[0.0, 0.0]], np.zeros((0, 2))).any()
    assert inside(np.zeros((0, 2)), lasso(9, 0)).shape == (0,)
    with pytest.raises(ValueError, match="polygon must be finite"):
        inside([[0.0, 0.0]], [[0.0, np.nan], [1.0, 1.0], [0.0, 1.0]])


def test_ten_million_points():
    points = np.random.default_rng(0).uniform(-3, 3, size=(10_000_000, 2)).astype(np.float32)
    share = inside(points, lasso(200, 1, wobble=0.0)).mean()
    assert share == pytest.approx(np.pi / 36, rel=0.01)
    assert nearest(points, points[[12_345]].astype(float)).tolist() == [12_345]


def test_a_rectangle_has_its_edges():
    points = [[0.0, 0.0], [1.0, 2.0], [1.1, 1.0], [0.5, -0.1], [np.nan, 1.0]]
    for rectangle in [(0, 1, 0, 2), (1, 0, 2, 0)]:
        assert within_rectangle(points, rectangle).tolist() == [True, True, False, False, False]
    with pytest.raises(ValueError, match="rectangle is"):
        within_rectangle(points, (0, 1, 0, np.nan))


def test_the_latent_at_a_point_is_its_own():
    random = np.random.default_rng(0)
    points, latents = random.normal(size=(50, 2)), random.normal(size=(50, 7))
    inverse = NeighbourInverse(points, latents)
    np.testing.assert_allclose(inverse.invert(points), latents, atol=1e-12)


def test_the_latent_elsewhere_is_shepards_mean():
    """Seen to fail with weights of one over the distance, not squared."""
    random = np.random.default_rng(1)
    points, latents = random.normal(size=(50, 2)), random.normal(size=(50, 7))
    places = random.normal(size=(20, 2))
    inverse = NeighbourInverse(points, latents, 4)
    indices, weights = inverse.neighbours(places)
    for place, chosen, weight, latent in zip(
        places, indices, weights, inverse.invert(places), strict=True
    ):
        away = np.linalg.norm(points - place, axis=1)
        assert chosen.tolist() == np.argsort(away)[:4].tolist()
        expected = away[chosen] ** -2.0
        np.testing.assert_allclose(weight, expected / expected.sum(), rtol=1e-9)
        np.testing.assert_allclose(
            latent, np.average(latents[chosen], axis=0, weights=expected), rtol=1e-9
        )


def test_several_points_in_one_place_share_it():
    inverse = NeighbourInverse([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0]], [[1.0], [3.0], [9.0]])
    assert inverse.invert([[0.0, 0.0]]).tolist() == [[2.0]]
    assert inverse.neighbours([[0.0, 0.0]])[0].tolist() == [[0, 1, 2]]


def test_rows_without_a_place_or_a_latent_take_no_part():
    inverse = NeighbourInverse([[np.nan, 0.0], [0.0, 0.0], [1.0, 0.0]], [[1.0], [np.inf], [9.0]])
    assert inverse.neighbours([[0.0, 0.0]])[0].tolist() == [[2]]
    assert inverse.invert([[0.0, 0.0]]).tolist() == [[9.0]]
    with pytest.raises(ValueError, match="no row that is finite in both"):
        NeighbourInverse(np.zeros((0, 2)), np.zeros((0, 3)))
    with pytest.raises(ValueError, match="latents has 3 rows for 2 points"):
        NeighbourInverse(np.zeros((2, 2)), np.zeros((3, 3)))


@given(PLACES, PLACES, st.integers(1, 6))
def test_weights_add_up_to_one(points, places, count):
    indices, weights = NeighbourInverse(points, points, count).neighbours(places)
    assert indices.shape == weights.shape == (len(places), min(count, len(points)))
    np.testing.assert_allclose(weights.sum(1), 1)
    assert (np.diff(weights, axis=1) <= 0).all()
