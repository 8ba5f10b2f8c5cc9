"""Parameters as pictures: no outlier is lost, no range is too wide."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from torchloupe.reduce import distribution, filters_of, heat_map


def random(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


class TestHeatMap:
    def test_what_fits_is_shown_as_it_is(self):
        weights = random(3, 2, 2, 2)
        np.testing.assert_array_equal(heat_map(weights), weights.reshape(3, 8))

    @pytest.mark.parametrize("shape", [(128, 512), (65, 1000), (64, 32, 5, 4)])
    def test_a_cell_is_the_number_in_the_middle_of_its_block(self, shape):
        weights = random(*shape)
        matrix = torch.from_numpy(weights.reshape(shape[0], -1))[None, None]
        size = min(64, matrix.shape[2]), 128
        middles = F.interpolate(matrix, size, mode="nearest-exact")[0, 0]
        np.testing.assert_array_equal(heat_map(weights), middles)

    def test_a_nan_is_not_lost(self):
        weights = random(500, 500)
        weights[123, 456] = np.nan
        assert np.isnan(heat_map(weights)).sum() == 1

    @pytest.mark.parametrize(
        ("shape", "shown"), [((), (1, 1)), ((5,), (1, 5)), ((9, 0), (9, 0)), ((0, 4), (0, 4))]
    )
    def test_numbers_vectors_and_nothing(self, shape, shown):
        assert heat_map(np.zeros(shape)).shape == shown


class TestFilters:
    def test_one_channel_is_kept_as_it_is(self):
        weights = random(8, 1, 3, 3)
        np.testing.assert_array_equal(filters_of(weights)[..., 0], weights[:, 0])

    def test_three_channels_share_a_scale_about_the_middle(self):
        weights = random(100, 3, 5, 5)
        found = filters_of(weights)
        assert found.shape == (64, 5, 5, 3)
        true = (
            torch.from_numpy(weights[:64]).permute(0, 2, 3, 1) / (2 * np.abs(weights).max()) + 0.5
        )
        np.testing.assert_allclose(found, true, atol=1e-6)

    def test_all_zero_is_the_middle(self):
        assert (filters_of(np.zeros((2, 3, 2, 2))) == 0.5).all()

    @pytest.mark.parametrize("shape", [(8, 2, 3, 3), (8, 3, 1, 1), (8, 27), (8,)])
    def test_anything_else_has_none(self, shape):
        assert filters_of(np.zeros(shape)) is None


def test_the_distribution_is_numpys():
    values = random(1000)
    counts, edges = distribution(values)
    true, places = np.histogram(values.astype(np.float64), bins=64)
    np.testing.assert_array_equal(counts, true)
    np.testing.assert_array_equal(edges, places)


@pytest.mark.parametrize("values", [[], [3.0], [1e300, 1e300], [-1e308, 1e308], [1, 1 + 1e-16]])
def test_any_range_has_a_distribution(values):
    counts, edges = distribution(np.array(values))
    assert counts.sum() == len(values)
    assert (np.diff(edges) > 0).all()
