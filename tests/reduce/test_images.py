"""Pictures: one layout, a range to draw them over, a budget."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from torchloupe.reduce import as_images, fit_images, image_range


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_channels_move_last(channels):
    images = torch.rand(2, channels, 5, 7)
    found = as_images(images, name="images")
    assert found.dtype == np.float32
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, images.permute(0, 2, 3, 1).numpy())


def test_three_axes_are_pictures_of_one_channel():
    images = torch.rand(3, 5, 7)
    np.testing.assert_array_equal(as_images(images, name="x"), images.numpy()[..., None])


def test_two_axes_are_one_picture():
    image = torch.rand(5, 7)
    np.testing.assert_array_equal(as_images(image, name="x"), image.numpy()[None, ..., None])


@pytest.mark.parametrize("dtype", [torch.uint8, torch.bool, torch.float64, torch.bfloat16])
def test_values_are_unchanged(dtype):
    images = torch.tensor([[0.0, 1.0], [1.0, 0.0]]).to(dtype)
    found = as_images(images, name="x")
    assert found.dtype == np.float32
    assert found[0, :, :, 0].tolist() == [[0, 1], [1, 0]]


def test_beyond_float32_is_infinite_without_a_warning():
    assert np.isinf(as_images(np.full((1, 1), 1e300), name="x")).all()


def test_the_copy_is_not_the_live_tensor():
    images = torch.zeros(1, 2, 2)
    found = as_images(images, name="x")
    images += 1
    assert not found.any()


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        ((4,), r"images has shape \[4\]; expected \[N, C, H, W\], \[N, H, W\] or \[H, W\]"),
        ((1, 1, 1, 2, 2), "expected"),
        ((2, 2, 4, 4), "C of 1, 3 or 4$"),
        ((2, 5, 4, 6), "C of 1, 3 or 4$"),
        ((2, 32, 32, 3), r"channels come first, call .permute\(0, 3, 1, 2\)"),
        ((0, 1, 4, 4), "no axis may be empty"),
        ((2, 0, 4), "no axis may be empty"),
        ((2, 3, 4, 0), "no axis may be empty"),
    ],
)
def test_other_shapes_are_refused(shape, problem):
    with pytest.raises(ValueError, match=problem):
        as_images(torch.zeros(shape), name="images")


def test_complex_pictures_are_refused():
    with pytest.raises(TypeError, match="images"):
        as_images(torch.zeros(1, 2, 2, dtype=torch.complex64), name="images")


@pytest.mark.parametrize(
    ("values", "source", "expected"),
    [
        ([0.2, 0.3], torch.uint8, (0, 255)),
        ([0, 255], "uint8", (0, 255)),
        ([0, 1], torch.bool, (0, 1)),
        ([0, 1], np.dtype(bool), (0, 1)),
        ([0.2, 0.7], torch.float32, (0, 1)),
        ([0, 1], "int64", (0, 1)),
        ([-0.2, 0.7], torch.float32, (-1, 1)),
        ([-1, 1], "float32", (-1, 1)),
        ([-0.2, 1.5], "float32", (-0.2, 1.5)),
        ([0, 12], "int64", (0, 12)),
        ([np.nan, 0.5, np.inf], "float32", (0, 1)),
        ([np.nan, 3, -np.inf, 5], "float32", (3, 5)),
        ([np.nan, np.nan], "float32", (0, 1)),
        ([np.inf], "float32", (0, 1)),
        ([], "float32", (0, 1)),
        ([7, 7], "float32", (6.5, 7.5)),
    ],
)
def test_the_range(values, source, expected):
    images = np.array(values, np.float32)
    assert image_range(images, source_dtype=source) == pytest.approx(expected)


@given(st.lists(st.floats(width=32), min_size=1))
def test_the_range_always_rises_and_holds_every_finite_value(values):
    images = np.array(values, np.float32)
    lo, hi = image_range(images, source_dtype="float32")
    assert -np.inf < lo < hi < np.inf
    finite = images[np.isfinite(images)]
    assert ((finite >= lo) & (finite <= hi)).all()


def test_small_sets_are_kept_whole_and_copied():
    images = np.random.default_rng(0).random((10, 8, 8, 1), np.float32)
    kept, shown, scale = fit_images(images)
    assert (shown, scale) == (10, 1)
    np.testing.assert_array_equal(kept, images)
    assert not np.shares_memory(kept, images)


def test_first_fewer_pictures():
    images = np.zeros((100, 32, 32, 3), np.float32)
    kept, shown, scale = fit_images(images, 20 * 32 * 32 * 3 + 1)
    assert (len(kept), shown, scale) == (20, 20, 1)


def test_then_coarser_ones():
    images = np.zeros((100, 64, 64, 3), np.float32)
    kept, shown, scale = fit_images(images, 8 * 64 * 64)
    assert (kept.shape, shown, scale) == ((8, 32, 32, 3), 8, 2)


@given(
    count=st.integers(1, 20),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    channels=st.sampled_from([1, 3, 4]),
    budget=st.integers(32, 4000),
)
def test_the_budget_holds_and_the_means_are_torchs(count, height, width, channels, budget):
    images = np.random.default_rng(0).random((count, height, width, channels), np.float32)
    kept, shown, scale = fit_images(images, budget)
    assert kept.size <= budget
    assert len(kept) == shown >= min(count, 8)
    assert shown == count or shown == 8 or (shown + 1) * images[0].size > budget
    pooled = torch.nn.functional.avg_pool2d(
        torch.from_numpy(images[:shown]).permute(0, 3, 1, 2),
        scale,
        ceil_mode=True,
        count_include_pad=False,
    )
    np.testing.assert_allclose(kept, pooled.permute(0, 2, 3, 1).numpy(), rtol=1e-5)
    assert kept.dtype == np.float32
    assert kept.flags.c_contiguous
    if scale > 1:
        finer = scale - 1
        assert shown * -(-height // finer) * -(-width // finer) * channels > budget


def test_nan_and_infinity_are_seen_in_the_mean():
    images = np.ones((1, 64, 64, 1), np.float32)
    images[0, 0, 0], images[0, 0, 63], images[0, 63, 0] = np.nan, np.inf, -np.inf
    kept, _, scale = fit_images(images, 1024)
    assert scale == 2
    assert np.isnan(kept[0, 0, 0, 0])
    assert (kept[0, 0, 31, 0], kept[0, 31, 0, 0]) == (np.inf, -np.inf)
    assert (kept == 1).sum() == kept.size - 3


def test_a_budget_too_small_is_refused():
    with pytest.raises(ValueError, match="budget is 31; expected 32 or more"):
        fit_images(np.zeros((1, 2, 2, 1), np.float32), 31)


def test_other_layouts_are_refused():
    with pytest.raises(ValueError, match=r"expected \[N, H, W, C\]"):
        fit_images(np.zeros((2, 2), np.float32))
