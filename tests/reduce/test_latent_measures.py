"""Measures of a latent space: scikit-learn's and torch's own numbers."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors
from torch.distributions import Normal, kl_divergence

from torchloupe.reduce import (
    DEFINITIONS,
    label_agreement,
    measure_latents,
    moment_divergence,
    normal_divergence,
    posterior_divergence,
    silhouette,
)


def clouds(rows=600, columns=5, classes=4, seed=0, apart=1.5):
    random = np.random.default_rng(seed)
    codes = random.integers(0, classes, rows)
    return random.normal(size=(rows, columns)) + apart * random.normal(size=(classes, columns))[
        codes
    ], codes


def by_neighbours(latents, codes, count):
    nearest = NearestNeighbors(n_neighbors=count).fit(latents).kneighbors(return_distance=False)
    return (codes[nearest] == codes[:, None]).mean()


@pytest.mark.parametrize("count", [1, 10, 50])
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_agreement_is_that_of_scikit_learns_neighbours(count, offset):
    """Seen to fail with the sample among its own neighbours."""
    latents, codes = clouds()
    found = label_agreement(latents + offset, codes, count)
    assert found == pytest.approx(
        by_neighbours(latents, codes, count), abs=1e-9 if not offset else 1e-3
    )


def test_agreement_over_many_chunks():
    latents, codes = clouds(4_000)
    assert label_agreement(latents, codes) == pytest.approx(by_neighbours(latents, codes, 10))


def test_latents_that_are_all_one_agree_by_chance():
    """Seen to fail by taking the first of the equally near: then their labels decide."""
    codes = np.sort(np.random.default_rng(0).integers(0, 3, 200))
    measures = measure_latents(np.full((200, 4), 0.3), codes)
    assert measures.agreement == pytest.approx(measures.chance)


@given(st.permutations(range(12)), st.integers(1, 14))
def test_the_order_of_samples_does_not_matter(order, count):
    """Twelve samples on a grid: ties everywhere."""
    latents = np.stack(np.meshgrid(range(4), range(3)), -1).reshape(-1, 2).astype(float)
    codes = np.arange(12) % 3
    expected = label_agreement(latents, codes, count)
    assert label_agreement(latents[order], codes[order], count) == pytest.approx(expected)


def test_duplicates_with_one_label_agree():
    latents = np.repeat(np.eye(5), 20, axis=0)
    codes = np.repeat(np.arange(5), 20)
    assert label_agreement(latents, codes) == pytest.approx(1)
    assert silhouette(latents, codes) == pytest.approx(1)


@pytest.mark.parametrize("size", [1e-150, 1.0, 1e150])
def test_the_silhouette_is_scikit_learns(size):
    """Seen to fail with the sample's own distance counted in its class."""
    latents, codes = clouds()
    codes[0] = 9  # the only one of its class
    assert silhouette(latents * size, codes) == pytest.approx(silhouette_score(latents, codes))


def test_the_silhouette_over_many_chunks():
    latents, codes = clouds(3_000)
    assert silhouette(latents, codes) == pytest.approx(silhouette_score(latents, codes))


def test_one_class_or_as_many_as_samples_have_no_silhouette():
    latents, _ = clouds(6)
    assert np.isnan(silhouette(latents, np.zeros(6, int)))
    assert np.isnan(silhouette(latents, np.arange(6)))
    assert silhouette(np.zeros((4, 2)), [0, 0, 1, 1]) == 0


def test_the_divergence_is_torchs():
    """Seen to fail with a standard deviation for a log-variance."""
    torch.manual_seed(0)
    mean, logs = torch.randn(50, 6, dtype=torch.float64), torch.randn(50, 6, dtype=torch.float64)
    expected = kl_divergence(Normal(mean, (logs / 2).exp()), Normal(0.0, 1.0))
    np.testing.assert_allclose(normal_divergence(mean, logs), expected, rtol=1e-10)
    measures = measure_latents(mean, log_variance=logs)
    np.testing.assert_allclose(measures.divergence, expected.mean(0), rtol=1e-10)
    assert measures.from_encoder
    moments = kl_divergence(Normal(mean.mean(0), mean.std(0, correction=0)), Normal(0.0, 1.0))
    np.testing.assert_allclose(moment_divergence(mean), moments, rtol=1e-10)
    known = measure_latents(mean)
    np.testing.assert_allclose(known.divergence, moments, rtol=1e-10)
    assert not known.from_encoder
    assert known.collapsed is None


def test_small_divergences_keep_their_digits():
    """Seen to fail with exp(log_variance) - 1."""
    assert normal_divergence([[0.0]], [[1e-9]]).item() == pytest.approx(0.25e-18, rel=1e-5, abs=0)


def test_active_dead_and_collapsed_dimensions():
    random = np.random.default_rng(0)
    mean = np.stack([random.normal(size=500), 1e-3 * random.normal(size=500), np.full(500, 2.0)], 1)
    mean = np.append(mean, 0.09 * random.normal(size=(500, 1)), axis=1).astype(np.float32)
    logs = np.tile([-3.0, 0.0, -2.0, 0.0], (500, 1))
    measures = measure_latents(mean, log_variance=logs)
    np.testing.assert_allclose(measures.variance, mean.astype(float).var(0), rtol=1e-9)
    assert measures.active.tolist() == [True, False, False, False]
    assert measures.dead.tolist() == [False, False, True, False]
    assert measures.collapsed.tolist() == [False, True, False, False]
    assert np.isinf(measure_latents(np.ones((5, 1))).divergence).all()


def test_what_is_known_of_the_posterior_needs_not_be_found_again():
    latents, codes = clouds()
    logs = -np.abs(latents)
    logs[:, 1], latents[:, 1] = 0, 0
    known = posterior_divergence(latents, logs)
    one = measure_latents(latents, codes, posterior=known)
    other = measure_latents(latents, codes, log_variance=logs)
    np.testing.assert_array_equal(one.divergence, other.divergence)
    np.testing.assert_array_equal(one.collapsed, other.collapsed)
    assert one.collapsed.tolist() == [False, True, False, False, False]
    assert one.from_encoder


def test_rows_that_are_not_finite_and_samples_without_label_are_left_out():
    latents, codes = clouds(100)
    latents[3], codes[4] = np.nan, 9
    logs = np.zeros_like(latents)
    logs[5, 0] = np.inf
    measures = measure_latents(latents, codes, unlabelled=9, log_variance=logs)
    assert (measures.total, measures.finite, measures.sampled) == (100, 98, 97)
    kept = np.delete(np.arange(100), [3, 4, 5])
    assert measures.agreement == label_agreement(latents[kept], codes[kept])
    assert measures.silhouette == silhouette(latents[kept], codes[kept])
    both = np.delete(np.arange(100), [3, 5])
    np.testing.assert_allclose(measures.variance, latents[both].var(0))


@pytest.mark.parametrize("latents", [np.zeros((0, 3)), np.full((2, 3), np.nan), np.zeros((1, 3))])
@pytest.mark.parametrize("log_variance", [None, 0.0])
def test_of_one_or_none_there_is_nothing_to_say(latents, log_variance):
    logs = None if log_variance is None else np.zeros_like(latents)
    measures = measure_latents(latents, np.zeros(len(latents), int), log_variance=logs)
    assert np.isnan([measures.agreement, measures.chance, measures.silhouette]).all()
    assert not measures.active.any()
    assert measures.neighbours == 0


def test_a_fixed_sample_is_taken_and_said():
    latents, codes = clouds(3_000)
    measures = measure_latents(latents, codes, most=500)
    assert (measures.total, measures.finite, measures.sampled) == (3_000, 3_000, 500)
    assert measures.agreement == pytest.approx(label_agreement(latents, codes), abs=0.1)
    assert measures.agreement == measure_latents(latents, codes, most=500).agreement


def test_each_measure_has_its_line():
    measures = vars(measure_latents(np.zeros((3, 2))))
    counts = {"total", "finite", "sampled", "neighbours", "from_encoder"}
    assert set(DEFINITIONS) == set(measures) - counts | {"divergence_of_moments"}


@pytest.mark.parametrize("codes", [[0, 1], [0.5, 1.0, 2.0], [[0, 1, 2]]])
def test_codes_that_are_none_are_refused(codes):
    with pytest.raises(ValueError, match=r"codes is .*; expected whole numbers \[3\]"):
        measure_latents(np.zeros((3, 2)), codes)


def test_other_arguments_without_sense_are_refused():
    with pytest.raises(ValueError, match=r"log_variance has shape \[3, 1\]; expected \[3, 2\]"):
        measure_latents(np.zeros((3, 2)), log_variance=np.zeros((3, 1)))
    with pytest.raises(ValueError, match="neighbours is 0"):
        label_agreement(np.zeros((3, 2)), [0, 1, 2], 0)
    with pytest.raises(ValueError, match="latents must be finite"):
        silhouette([[np.nan]], [0])
