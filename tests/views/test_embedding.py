"""t-SNE and UMAP in a thread: the libraries' own points, a way out, and nothing that is raised.

The first that runs UMAP waits for numba to compile it: about 8 s, and 18 s the first time of all.
"""

import sys
import threading
import time

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.manifold import TSNE, trustworthiness

from torchloupe import outside
from torchloupe.reduce import fit_pca
from torchloupe.views._embedding import Embedding

# What UMAP and numba say of themselves when they are imported and compiled.
themselves = [
    pytest.mark.filterwarnings("ignore:Tensorflow not installed:ImportWarning"),
    pytest.mark.filterwarnings("ignore:Cannot cache compiled function"),
]
METHODS = ["t-SNE", pytest.param("UMAP", marks=themselves)]
DIGITS = load_digits().data[:400]


@pytest.fixture(scope="module")
def finished():
    """Return an embedding of the digits."""
    embedding = Embedding(DIGITS[:300])
    assert embedding.wait(60)
    return embedding


def done(*arguments, **options):
    embedding = Embedding(*arguments, **options)
    assert embedding.wait(120)
    assert (embedding.state, embedding.problem) == ("finished", "")
    return embedding


def test_the_points_are_scikit_learns(monkeypatch):
    """Seen to fail without its learning rate, and with the exaggeration of a warm start."""
    taken = []

    class Spy(TSNE):
        def fit_transform(self, sample):
            taken.append((self.init.copy(), sample.copy()))
            return super().fit_transform(sample)

    monkeypatch.setattr("sklearn.manifold.TSNE", Spy)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    points = done(DIGITS[:150], seed=3).points
    init, sample = taken[0]
    plane = fit_pca(DIGITS[:150]).project(DIGITS[:150])
    assert np.corrcoef(init[:, 0], plane[:, 0])[0, 1] > 0.999
    expected = TSNE(init=init, random_state=3).fit_transform(sample)
    np.testing.assert_array_equal(points, expected)


def test_neighbourhoods_are_kept(finished):
    assert finished.points.shape == (300, 2)
    assert trustworthiness(DIGITS[:300], finished.points) > 0.95


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_gives_the_same_points(method):
    one, other = (done(DIGITS[:80], method, seed=1) for _ in range(2))
    np.testing.assert_array_equal(one.points, other.points)
    assert not np.array_equal(one.points, done(DIGITS[:80], method, seed=2).points)


@pytest.mark.parametrize("method", METHODS)
def test_progress_rises_to_one(method):
    seen = []
    ready = threading.Event()

    def look():
        ready.wait()
        seen.append(embedding.progress)

    embedding = Embedding(DIGITS[:60], method, on_change=look)
    ready.set()
    assert embedding.wait(60)
    assert len(seen) > 100
    assert sorted(seen) == seen
    assert 0 < seen[0] < 0.1
    assert embedding.progress == 1


@pytest.mark.parametrize("method", METHODS)
def test_cancelling_is_prompt(method):
    """Seen to fail without the rate that notices each step."""
    running = threading.Event()
    embedding = Embedding(DIGITS, method, on_change=running.set)
    assert running.wait(120)
    thread = named("torchloupe embedding")
    embedding.cancel()
    assert embedding.state == "cancelled"
    assert embedding.wait(0)
    for each in thread:
        each.join(0.5)
    assert not named("torchloupe embedding")
    assert embedding.points is None
    assert embedding.progress < 1
    embedding.cancel()


def named(name):
    return [thread for thread in threading.enumerate() if thread.name == name]


def test_cancelling_after_the_end_changes_nothing(finished):
    finished.cancel()
    assert finished.state == "finished"
    assert finished.points is not None


@pytest.mark.parametrize("method", METHODS)
def test_a_warm_start_stays_near(method):
    """Seen to fail from a start of its own and without turning the points back."""
    latents = DIGITS[:120]
    earlier = done(latents, method)
    random = np.random.default_rng(0)
    moved = latents + 0.05 * random.normal(size=latents.shape)
    steps = []
    warm = done(moved, method, earlier=earlier, on_change=lambda: steps.append(1))
    spread = np.linalg.norm(earlier.points.std(0))
    jumps = np.linalg.norm(warm.points - earlier.points, axis=1)
    assert np.median(jumps) < 0.3 * spread
    assert len(steps) <= 501
    np.testing.assert_allclose(warm.points.mean(0), earlier.points.mean(0), atol=1e-9 * spread)


def test_a_warm_start_from_some_of_the_samples(finished):
    latents = DIGITS[:310].copy()
    latents[5] = np.nan
    warm = done(latents, earlier=finished)
    assert len(warm.points) == 309
    old = finished.points[np.delete(np.arange(300), 5)]
    jumps = np.linalg.norm(warm.points[:299] - old, axis=1)
    assert np.median(jumps) < 0.3 * np.linalg.norm(finished.points.std(0))
    assert (done(DIGITS[300:340], earlier=finished).indices == np.arange(40)).all()


def test_many_rows_are_sampled_evenly_and_it_is_said():
    latents = DIGITS.copy()
    latents[0] = np.nan
    embedding = done(torch.from_numpy(latents), most=50)
    assert embedding.total == 400
    assert len(embedding.points) == len(embedding.indices) == 50
    assert (embedding.indices[0], embedding.indices[-1]) == (1, 399)
    assert np.ptp(np.diff(embedding.indices)) <= 1


@pytest.mark.parametrize("count", [0, 1, 2, 4, 5, 6])
@pytest.mark.parametrize("method", METHODS)
def test_few_samples(count, method):
    points = done(DIGITS[:count], method).points
    assert points.shape == (count, 2)
    assert np.isfinite(points).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "latents",
    [np.full((30, 4), 2.5), np.repeat(np.eye(3), 10, axis=0), np.arange(30.0)[:, None] * 1e200],
    ids=["constant", "duplicates", "one huge dimension"],
)
def test_odd_data(latents, method):
    assert np.isfinite(done(latents, method).points).all()


@pytest.mark.parametrize(
    ("method", "module", "extra"), [("t-SNE", "sklearn.manifold", "lab"), ("UMAP", "umap", "umap")]
)
def test_a_missing_library_is_said_with_its_extra(monkeypatch, method, module, extra):
    monkeypatch.setitem(sys.modules, module, None)
    embedding = Embedding(DIGITS[:20], method)
    assert embedding.wait(10)
    assert embedding.state == "failed"
    assert (
        f'{method} needs the extra `{extra}`: pip install "torchloupe[{extra}]"'
        in embedding.problem
    )
    assert embedding.points is None


def test_what_a_library_raises_stays_in_the_thread(monkeypatch):
    def fail(self, sample):
        raise MemoryError("no room")

    monkeypatch.setattr(TSNE, "fit_transform", fail)
    embedding = Embedding(DIGITS[:20])
    assert embedding.wait(10)
    assert (embedding.state, embedding.problem) == ("failed", "MemoryError: no room")


def test_points_that_are_not_finite_are_a_failure(monkeypatch):
    monkeypatch.setattr(TSNE, "fit_transform", lambda self, sample: np.full((20, 2), np.nan))
    embedding = Embedding(DIGITS[:20])
    assert embedding.wait(10)
    assert embedding.state == "failed"
    assert "not finite" in embedding.problem


def test_without_a_thread_it_fails_and_says_so():
    def none_left(operation):
        if operation == "thread":
            raise RuntimeError("can't start new thread")

    outside.interfere(none_left)
    try:
        embedding = Embedding(DIGITS[:20])
    finally:
        outside.interfere(None)
    assert embedding.wait(0)
    assert (embedding.state, embedding.problem) == (
        "failed",
        "RuntimeError: can't start new thread",
    )


def test_nothing_global_is_touched():
    torch.manual_seed(0)
    np.random.seed(0)
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), torch.get_num_threads()
    embedding = Embedding(DIGITS[:100])
    while not embedding.wait(0.02):
        assert torch.get_num_threads() == before[2]
    assert torch.equal(torch.get_rng_state(), before[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])


def test_a_thread_that_ended_leaves_nothing(finished):
    deadline = time.perf_counter() + 5
    while named("torchloupe embedding") and time.perf_counter() < deadline:
        time.sleep(0.01)
    assert not named("torchloupe embedding")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "tsne"}, "method is 'tsne'; expected one of t-SNE, UMAP"),
        ({"most": 0}, "most is 0; expected 1 or more"),
        ({"latents": [1.0, 2.0]}, r"latents has shape \[2\]; expected \[N, D\]"),
    ],
)
def test_arguments_without_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Embedding(**({"latents": DIGITS[:9]} | options))
