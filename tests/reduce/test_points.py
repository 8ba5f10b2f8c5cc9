"""Points in two bytes an axis: the error is known, the bounds hold, nothing is lost in silence."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from torchloupe.reduce import quantise_points

anything = arrays.arrays(np.float64, st.tuples(st.integers(0, 30), st.integers(1, 3)))


def restore(points):
    """Do what the browser does."""
    x0, x1, y0, y1 = points.bounds
    codes = points.codes.astype(np.float64)
    return np.stack([x0 + codes[:, 0] / 65535 * (x1 - x0), y0 + codes[:, 1] / 65535 * (y1 - y0)], 1)


def test_points_come_back_within_half_a_code():
    values = torch.randn(1000, 5) * torch.tensor([1.0, 40, 1, 1, 1])
    points = quantise_points(values, name="z")
    assert points.codes.dtype == np.uint16
    x0, x1, y0, y1 = points.bounds
    error = np.abs(restore(points) - values[:, :2].double().numpy()).max(axis=0)
    assert (error <= np.array([x1 - x0, y1 - y0]) / 65535 * 0.5001).all()


def test_the_margin_is_five_percent():
    points = quantise_points([[0.0, -2.0], [10.0, 2.0]], name="z")
    assert points.bounds == pytest.approx((-0.5, 10.5, -2.2, 2.2))


@given(anything)
def test_whatever_comes_the_result_is_drawable(values):
    points = quantise_points(values, name="z")
    x0, x1, y0, y1 = points.bounds
    assert np.isfinite(points.bounds).all()
    assert x0 < x1
    assert y0 < y1
    assert np.isfinite([x1 - x0, y1 - y0]).all()
    expected = np.isfinite(values[:, :2]).all(axis=1)
    np.testing.assert_array_equal(points.finite, expected)
    assert points.codes.shape == (expected.sum(), 2)
    assert points.dropped == (~expected).sum()
    assert np.isfinite(restore(points)).all()


@given(arrays.arrays(np.float64, (20, 2), elements=st.floats(-1e6, 1e6)))
def test_the_order_of_points_is_kept(values):
    points = quantise_points(values, name="z")
    for column in range(2):
        order = np.argsort(values[:, column], kind="stable")
        assert (np.diff(points.codes[order, column].astype(int)) >= 0).all()


def test_one_column_lies_on_zero():
    for values in ([1.0, 2.0, 3.0], [[1.0], [2.0], [3.0]]):
        points = quantise_points(values, name="z")
        np.testing.assert_allclose(restore(points)[:, 0], [1, 2, 3], atol=1e-4)
        np.testing.assert_allclose(restore(points)[:, 1], 0, atol=1e-4)
        assert points.bounds[2:] == (-0.5, 0.5)


@pytest.mark.parametrize("constant", [3.0, -1e12, 1e300])
def test_a_constant_has_room_around_it(constant):
    points = quantise_points([[constant, 1.0], [constant, 2.0]], name="z")
    x0, x1, *_ = points.bounds
    assert x0 < constant < x1
    if constant == 3.0:
        assert (x0, x1) == (2.5, 3.5)


def test_rows_without_a_place_are_counted():
    values = [[0.0, 0.0, np.nan], [np.nan, 1.0, 0.0], [1.0, np.inf, 0.0], [2.0, 2.0, 0.0]]
    points = quantise_points(values, name="z")
    assert points.finite.tolist() == [True, False, False, True]
    assert points.dropped == 2


@pytest.mark.parametrize("values", [torch.zeros(0, 2), [[np.nan, 1.0]], np.zeros(0)])
def test_no_points(values):
    points = quantise_points(values, name="z")
    assert points.codes.shape == (0, 2)
    assert points.bounds == (-1.0, 1.0, -1.0, 1.0)


def test_given_bounds_hold_and_points_beyond_lie_on_the_edge():
    bounds = (0.0, 1.0, 0.0, 2.0)
    points = quantise_points([[0.5, 1.0], [-3.0, 5.0]], bounds=bounds, name="z")
    assert points.bounds == bounds
    assert points.codes.tolist() == [[32768, 32768], [0, 65535]]


@pytest.mark.parametrize(
    "bounds", [(1.0, 0.0, 0.0, 1.0), (0.0, 1.0, 2.0, 2.0), (np.nan, 1, 0, 1), (0, np.inf, 0, 1), ()]
)
def test_bounds_that_do_not_rise_are_refused(bounds):
    with pytest.raises(ValueError, match="bounds is .*; expected finite"):
        quantise_points([[0.0, 0.0]], bounds=bounds, name="z")


@pytest.mark.parametrize("shape", [(), (3, 0), (2, 2, 2)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"latents has shape .*; expected \[N, D\] or \[N\]"):
        quantise_points(torch.zeros(shape), name="latents")


def test_text_is_refused():
    with pytest.raises(TypeError, match="latents"):
        quantise_points(["a"], name="latents")
