"""Projections: scikit-learn's axes up to sign, SciPy's rotation, and exact ways back."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.linalg import orthogonal_procrustes
from scipy.stats import ortho_group
from sklearn.decomposition import PCA

from torchloupe.reduce import Dimensions, aligned, alignment, evenly, fit_pca

TABLES = arrays.arrays(
    np.float64,
    st.tuples(st.integers(0, 12), st.integers(1, 6)),
    elements=st.floats(-1e150, 1e150, allow_subnormal=False),
)


def spread(rows, columns, seed=0):
    """Return latents whose axes differ in variance, turned, away from 0."""
    random = np.random.default_rng(seed)
    scales = np.geomspace(10, 0.1, columns)
    mix = np.linalg.qr(random.normal(size=(columns, columns)))[0]
    return random.normal(size=(rows, columns)) * scales @ mix + 7


@pytest.mark.parametrize("shape", [(500, 16), (40, 16), (10, 16), (16, 2), (30, 200), (300, 1)])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_pca_is_scikit_learns_up_to_sign(shape, dimensions):
    """Seen to fail without the mean, and with shares of the components kept instead of all."""
    latents = spread(*shape)
    kept = min(dimensions, *shape)
    reference = PCA(kept, svd_solver="full").fit(latents)
    pca = fit_pca(latents, dimensions)
    assert pca.components.shape == (dimensions, shape[1])
    signs = np.sign((pca.components[:kept] * reference.components_).sum(1))
    np.testing.assert_allclose(
        pca.components[:kept] * signs[:, None], reference.components_, atol=1e-9
    )
    np.testing.assert_allclose(
        pca.explained[:kept], reference.explained_variance_ratio_, atol=1e-12
    )
    expected = reference.transform(latents)
    np.testing.assert_allclose(pca.project(latents)[:, :kept] * signs, expected, atol=1e-8)
    assert (pca.fitted, pca.total) == (shape[0], shape[0])


def test_a_small_variance_beside_a_large_one_is_found():
    """Seen to fail with the covariance's eigenvectors."""
    random = np.random.default_rng(0)
    latents = random.normal(size=(1000, 3)) * [1e9, 1.0, 1e-3]
    latents = latents @ ortho_group.rvs(3, random_state=1)
    reference = PCA(2, svd_solver="full").fit(latents)
    cosines = np.abs((fit_pca(latents).components * reference.components_).sum(1))
    np.testing.assert_allclose(cosines, 1, atol=1e-9)


@given(TABLES, st.integers(1, 3))
def test_whatever_comes_the_way_back_is_exact(latents, dimensions):
    pca = fit_pca(latents, dimensions)
    width = latents.shape[1]
    gram = pca.components @ pca.components.T
    np.testing.assert_allclose(
        gram,
        np.diag([1.0] * min(dimensions, width) + [0.0] * max(0, dimensions - width)),
        atol=1e-9,
    )
    assert (pca.explained >= 0).all()
    assert pca.explained.sum() <= 1 + 1e-12
    random = np.random.default_rng(0)
    size = np.abs(latents).max(initial=1.0)
    points = size * random.uniform(-1, 1, (4, dimensions))
    points[:, width:] = 0  # there is nothing beyond D
    np.testing.assert_allclose(pca.project(pca.invert(points)), points, atol=size * 1e-12)
    if len(latents) and dimensions >= width:
        back = pca.invert(pca.project(latents))
        np.testing.assert_allclose(back, latents, atol=size * 1e-12)


def test_the_same_latents_give_the_same_axes():
    latents = spread(200, 8)
    one, other = fit_pca(latents), fit_pca(torch.from_numpy(latents))
    np.testing.assert_array_equal(one.components, other.components)
    mirrored = fit_pca(-latents)  # seen to fail without the rule for the sign
    np.testing.assert_allclose(one.components, mirrored.components, atol=1e-12)


@pytest.mark.parametrize(
    "latents", [np.zeros((0, 4)), np.full((9, 4), 3.0), [[1.0, 2.0, 3.0, 4.0]]]
)
def test_without_variance_nothing_is_explained(latents):
    pca = fit_pca(latents)
    assert pca.explained.tolist() == [0, 0]
    np.testing.assert_allclose(pca.components @ pca.components.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(pca.project(latents), np.zeros((len(latents), 2)), atol=1e-12)


def test_rows_that_are_not_finite_are_left_out():
    latents = spread(100, 5)
    broken = latents.copy()
    broken[3, 1], broken[50, 0] = np.nan, -np.inf
    kept = np.delete(np.arange(100), [3, 50])
    pca = fit_pca(broken)
    np.testing.assert_array_equal(pca.components, fit_pca(latents[kept]).components)
    assert (pca.fitted, pca.total) == (98, 100)
    points = pca.project(broken)
    assert np.isnan(points[[3, 50]]).all()
    np.testing.assert_array_equal(np.isfinite(points).all(1), np.isfinite(broken).all(1))


@pytest.mark.parametrize("size", [1e-160, 1.0, 1e160])
def test_the_scale_does_not_matter(size):
    """Seen to fail without the power of two."""
    latents = spread(60, 4)
    pca = fit_pca(latents * size)
    np.testing.assert_allclose(pca.explained, fit_pca(latents).explained, rtol=1e-9)
    np.testing.assert_allclose(pca.components, fit_pca(latents).components, atol=1e-9)


def test_many_rows_are_sampled_and_it_is_said():
    latents = np.random.default_rng(0).normal(size=(10_000_000, 2)).astype(np.float32)
    pca = fit_pca(latents * np.float32([1, 3]))
    assert (pca.fitted, pca.total) == (2**21, 10_000_000)
    np.testing.assert_allclose(np.abs(pca.components[0]), [0, 1], atol=1e-2)


def test_wide_latents_are_sampled_too():
    pca = fit_pca(np.random.default_rng(0).normal(size=(600, 16_384)).astype(np.float32))
    assert (pca.fitted, pca.total) == (256, 600)


@pytest.mark.parametrize(
    ("total", "most"), [(0, 5), (5, 5), (7, 5), (1000, 7), (100, 1), (12_000, 5_000)]
)
def test_a_sample_is_evenly_spaced(total, most):
    indices = evenly(total, most)
    assert len(indices) == min(total, most)
    assert len(np.unique(indices)) == len(indices)
    if len(indices) > 1:
        assert (indices[0], indices[-1]) == (0, total - 1)
        assert np.ptp(np.diff(indices)) <= 1
    if total == 12_000:  # classes that take turns are all there
        assert np.bincount(indices % 2).min() > 2000


def test_the_rotation_is_scipys():
    random = np.random.default_rng(0)
    points = random.normal(size=(50, 3)) * [3, 2, 1] + 5
    earlier = points @ ortho_group.rvs(3, random_state=2) + random.normal(size=(50, 3)) * 0.1
    expected, _ = orthogonal_procrustes(points - points.mean(0), earlier - earlier.mean(0))
    np.testing.assert_allclose(alignment(points, earlier), expected, atol=1e-9)


@pytest.mark.parametrize("determinant", [1, -1])
def test_turned_mirrored_and_moved_points_come_to_lie_where_they_were(determinant):
    """Seen to fail with proper rotations alone."""
    earlier = np.random.default_rng(0).normal(size=(40, 2)) * [2, 1]
    turn = np.array([[0.6, -0.8], [0.8, 0.6]]) * [1, determinant]
    np.testing.assert_allclose(aligned(earlier @ turn + 9, earlier), earlier, atol=1e-9)


def test_rows_unknown_on_either_side_are_left_out_of_the_rotation():
    earlier = np.random.default_rng(0).normal(size=(40, 2)) * [2, 1]
    points = earlier[:, ::-1].copy()
    points[0], earlier = np.nan, np.append(earlier[:-1], [[np.inf, 0]], axis=0)
    found = aligned(points, earlier)
    np.testing.assert_allclose(found[1:-1], earlier[1:-1], atol=1e-9)
    assert np.isnan(found[0]).all()
    nothing = np.full((3, 2), np.nan)
    np.testing.assert_array_equal(alignment(nothing, nothing), np.eye(2))


def test_axes_without_extent_stay_as_they_are():
    """Seen to fail without the weight on the identity."""
    along = np.linspace(-1, 1, 9)[:, None] * [[1.0, 0.0]]
    np.testing.assert_allclose(alignment(along, along), np.eye(2), atol=1e-9)
    np.testing.assert_allclose(alignment(np.ones((4, 2)), along[:4]), np.eye(2), atol=1e-9)
    for angle in np.linspace(0, np.pi, 20):
        turned = along[:, :1] * [np.cos(angle), np.sin(angle)]
        np.testing.assert_allclose(alignment(turned, turned), np.eye(2), atol=1e-9)


def test_a_rotated_pca_is_still_exact():
    latents = spread(200, 6)
    later = latents + np.random.default_rng(1).normal(size=latents.shape) * 0.05
    other_axes = ortho_group.rvs(3, random_state=3)
    earlier = fit_pca(latents, 3).project(latents) @ other_axes
    pca = fit_pca(later, 3)
    rotation = alignment(pca.project(later), earlier)
    turned = pca.rotated(rotation)
    np.testing.assert_allclose(turned.project(later), pca.project(later) @ rotation, atol=1e-9)
    assert np.abs(turned.project(later) - earlier).max() < 0.3
    points = np.random.default_rng(2).normal(size=(5, 3))
    np.testing.assert_allclose(turned.project(turned.invert(points)), points, atol=1e-12)
    variances = turned.project(later).var(0) / later.var(0).sum()
    np.testing.assert_allclose(turned.explained, variances, rtol=1e-9)


def test_raw_dimensions_and_the_others_held():
    latents = spread(20, 5)
    dimensions = Dimensions((3, 1), latents.mean(0))
    np.testing.assert_array_equal(dimensions.project(latents), latents[:, [3, 1]])
    back = dimensions.invert([[10.0, 20.0]])
    mean = latents.mean(0)
    np.testing.assert_array_equal(back, [[mean[0], 20, mean[2], 10, mean[4]]])
    np.testing.assert_array_equal(dimensions.project(back), [[10, 20]])


@pytest.mark.parametrize("chosen", [(), (0, 0), (-1, 0), (0, 5), (0, 1, 2, 3)])
def test_dimensions_that_are_not_there_are_refused(chosen):
    with pytest.raises(ValueError, match="chosen is .*; expected 1 to 3 different ones of 0 … 4"):
        Dimensions(chosen, np.zeros(5))


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r"latents has shape \[3\]; expected \[N, D\]"):
        fit_pca([1.0, 2, 3])
    with pytest.raises(ValueError, match="dimensions is 0"):
        fit_pca(np.zeros((3, 3)), 0)
    with pytest.raises(ValueError, match=r"points has shape \[1, 3\]; expected \[N, 2\]"):
        fit_pca(np.zeros((3, 3))).invert(np.zeros((1, 3)))
    with pytest.raises(ValueError, match=r"earlier has shape \[2, 2\]; expected \[3, 2\]"):
        alignment(np.zeros((3, 2)), np.zeros((2, 2)))
