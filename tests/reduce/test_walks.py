"""Paths keep their pace and their ends; traversals read like a page."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.spatial.transform import Rotation, Slerp

from torchloupe.reduce import along, fit_pca, grid, line, places

STOPS = arrays.arrays(
    np.float64,
    st.tuples(st.integers(1, 5), st.integers(1, 4)),
    elements=st.integers(-3, 3).map(float),
)


def test_a_line_is_numpys():
    start, end = np.array([1.0, -2, 3]), np.array([4.0, 4, 3])
    np.testing.assert_allclose(line(start, end, 7), np.linspace(start, end, 7), atol=1e-12)
    np.testing.assert_array_equal(line(start, end, 1), [start])
    np.testing.assert_array_equal(line(torch.ones(2), torch.ones(2), 3), np.ones((3, 2)))


def test_a_path_is_as_fast_on_short_legs_as_on_long_ones():
    """Seen to fail with as many steps on each leg."""
    path = along([[0.0, 0], [1, 0], [1, 9]], 21)
    lengths = np.linalg.norm(np.diff(path, axis=0), axis=1)
    np.testing.assert_allclose(lengths, 0.5, atol=1e-12)
    np.testing.assert_allclose(path[2], [1, 0], atol=1e-12)


def test_arcs_are_scipys_slerp():
    """Quaternions are what slerp was made for; seen to fail with straight legs."""
    stops = np.array([[1.0, 0, 0, 0], [0.6, 0.8, 0, 0]])
    times = np.linspace(0, 1, 9)
    expected = Slerp([0, 1], Rotation.from_quat(stops))(times).as_quat()
    np.testing.assert_allclose(along(stops, 9, spherical=True), expected, atol=1e-9)


def test_an_arc_keeps_its_length_and_its_pace():
    random = np.random.default_rng(0)
    stops = random.normal(size=(4, 16))
    stops *= 4 / np.linalg.norm(stops, axis=1, keepdims=True)
    path = along(stops, 400, spherical=True)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 4, rtol=1e-9)
    paces = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert np.ptp(np.sort(paces)[5:]) < 1e-3 * paces.max()  # across a corner the chord is shorter
    uneven = along([[1.0, 0], [0, 5]], 200, spherical=True)
    paces = np.linalg.norm(np.diff(uneven, axis=0), axis=1)
    assert np.ptp(paces) < 1e-2 * paces.max()


@pytest.mark.parametrize(
    "stops",
    [
        [[1.0, 0], [3.0, 0]],
        [[1.0, 0], [-2.0, 0]],
        [[0.0, 0], [1.0, 1]],
        [[1.0, 1], [0.0, 0]],
        [[1.0, 0], [1.0, 1e-9]],
    ],
)
def test_arcs_without_a_plane_are_straight(stops):
    np.testing.assert_array_equal(along(stops, 5, spherical=True), along(stops, 5))


@given(STOPS, st.integers(1, 9), st.booleans())
def test_whatever_comes_both_ends_are_there(stops, steps, spherical):
    path = along(stops, steps, spherical=spherical)
    assert path.shape == (steps, stops.shape[1])
    assert np.isfinite(path).all()
    np.testing.assert_allclose(path[0], stops[0], atol=1e-12)
    if steps > 1:
        np.testing.assert_array_equal(path[-1], stops[-1])


def test_a_stop_made_twice_takes_no_time():
    once, twice = [[0.0, 0], [1, 0], [1, 3]], [[0.0, 0], [1, 0], [1, 0], [1, 3], [1, 3]]
    np.testing.assert_allclose(along(twice, 9), along(once, 9), atol=1e-12)


@pytest.mark.parametrize(
    ("stops", "steps", "message"),
    [
        (np.zeros((0, 2)), 3, "points has 0 rows"),
        ([[np.nan, 0.0]], 3, "all finite"),
        ([[0.0, 0.0]], 0, "steps is 0"),
        ([0.0, 1.0], 3, r"points has shape \[2\]"),
    ],
)
def test_paths_without_sense_are_refused(stops, steps, message):
    with pytest.raises(ValueError, match=message):
        along(stops, steps)


def test_places_are_the_centres_of_cells_from_the_top_left():
    """Seen to fail with the lowest row first."""
    expected = [[1.0, 15.0], [3.0, 15.0], [1.0, 5.0], [3.0, 5.0]]
    assert places((0.0, 4.0, 0.0, 20.0), 2).tolist() == expected
    assert places((0.0, 4.0, 0.0, 20.0), 1).tolist() == [[2.0, 10.0]]


def test_a_traversal_holds_the_others():
    latents = grid((0.0, 4.0, 0.0, 20.0), 3, 2, 0, [9.0, 8.0, 7.0])
    assert latents.shape == (9, 3)
    np.testing.assert_array_equal(latents[:, [2, 0]], places((0.0, 4.0, 0.0, 20.0), 3))
    assert (latents[:, 1] == 8).all()


def test_a_traversal_of_the_principal_plane_lies_in_it():
    pca = fit_pca(np.random.default_rng(0).normal(size=(50, 6)))
    wanted = places((-1.0, 1.0, -2.0, 2.0), 4)
    np.testing.assert_allclose(pca.project(pca.invert(wanted)), wanted, atol=1e-12)


def test_windows_without_sense_are_refused():
    with pytest.raises(ValueError, match="window is"):
        places((0.0, np.inf, 0.0, 1.0), 2)
    with pytest.raises(ValueError, match="count is 0"):
        places((0.0, 1.0, 0.0, 1.0), 0)
