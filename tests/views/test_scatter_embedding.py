"""t-SNE and UMAP in a scatter: beside all else, one at a time, and never a wrong picture."""

import threading
import time
import types

import numpy as np
import pytest
import torch
from torch import nn

import torchloupe as tl
from tests.front_end import wait_for
from torchloupe.views import _embedding

RNG = np.random.default_rng(3)
CLOUD = RNG.normal(size=(300, 5)) * [3.0, 2.0, 1.0, 0.3, 0.1] + 1.0


@pytest.fixture
def run():
    with tl.Run("embedding") as made:
        yield made


@pytest.fixture
def slow(monkeypatch):
    """A t-SNE that takes the steps it is told to: `go.release()` lets it do one."""
    go, begun = threading.Semaphore(0), []

    def embed(sample, begin, steps, warm, seed, step):
        begun.append(warm)
        for _ in range(4):
            while not go.acquire(timeout=0.01):
                _look_for_stop(step)
            step()
        return sample[:, :2] * 100

    monkeypatch.setattr(_embedding, "_by_tsne", embed)
    return types.SimpleNamespace(go=go, begun=begun)


def _look_for_stop(step):
    owner = next(c.cell_contents for c in step.__closure__ if hasattr(c.cell_contents, "_stop"))
    if owner._stop.is_set():
        raise _embedding._Cancelled


def decode(view, x, y):
    view.receive("decode", {"x": x, "y": y, "ask": 1}, "me")
    return view.pointer


def test_an_embedding_comes_when_it_is_there(front_end, slow):
    """Seen to fail when the inverse was that of the plane shown meanwhile."""
    view = tl.LatentScatter(CLOUD, decode=nn.Linear(5, 4), projection="t-SNE")
    page = front_end.render(view)
    assert "PCA" in view.summary
    assert "t-SNE 0 %" in view.summary
    slow.go.release(2)
    wait_for(lambda: view._projecting._work.embedding.progress > 0.05)
    assert "PCA" in view.summary
    slow.go.release(2)
    wait_for(lambda: view.axes == ["t-SNE 1", "t-SNE 2"])
    words = "300 samples · t-SNE · decoded from the nearest neighbours' latents"
    wait_for(lambda: front_end.state(view)["summary"].startswith("300 samples · t-SNE"))
    wait_for(lambda: view.summary.endswith("latents"))
    assert [each in view.summary for each in words.split(" · ")] == [True] * 3
    x, y = view._projecting.scene.plane[11]
    np.testing.assert_allclose(decode(view, x, y), CLOUD[11], rtol=1e-5)
    assert page


def test_beyond_the_limit_it_is_said_how_many_are_shown(front_end, monkeypatch, slow):
    from torchloupe.views import _scatter_projection

    monkeypatch.setattr(_scatter_projection, "_MOST", 50)
    points = CLOUD.copy()
    points[0, 0] = np.nan
    slow.go.release(9)
    view = tl.LatentScatter(points, labels=np.arange(300) % 3, projection="t-SNE")
    view._projecting._work.embedding.wait(10)
    frame = view.content()
    assert frame["summary"].startswith("50 of 300 samples · t-SNE · 1 not finite")
    np.testing.assert_array_equal(frame["codes"], frame["indices"] % 3)
    assert len(frame["points"]) == len(frame["indices"]) == 50
    view.receive("inspect", {"row": 3}, "me")


def test_a_new_snapshot_waits_its_turn_and_starts_warm(front_end, run, slow):
    """Seen to fail when each new snapshot cancelled the last one's embedding: none ever came."""
    run.log_points("latents", CLOUD)
    view = tl.LatentScatter(run, projection="t-SNE")
    first = view._projecting._work.embedding
    for _ in range(3):
        run.log_points("latents", CLOUD + 1)
        view.content()
    assert (first.state, slow.begun) == ("running", [False])
    slow.go.release(4)
    assert first.wait(10)
    wait_for(lambda: first.ended)
    frame = view.content()
    assert frame["axes"] == ["t-SNE 1", "t-SNE 2"]
    assert "t-SNE 0 %" in frame["summary"]
    wait_for(lambda: slow.begun == [False, True])
    slow.go.release(4)
    assert view._projecting._work.embedding.wait(10)
    assert "%" not in view.content()["summary"]
    np.testing.assert_array_equal(view._projecting.scene.latents, CLOUD + 1)


def test_at_the_cursor_only_what_belongs_there_is_shown(front_end, slow):
    with tl.Run("past", budget=None) as run:
        for step in run.track(range(3)):
            run.log_points("latents", CLOUD + step)
        view = tl.LatentScatter(run, projection="t-SNE")
        first = view._projecting._work.embedding
        run.cursor = 1
        view.content()
        assert first.state == "cancelled"
        wait_for(lambda: first.ended)
        slow.go.release(4)
        view.content()
        assert view._projecting._work.embedding.wait(10)
        view.content()
        np.testing.assert_array_equal(view._projecting.scene.latents, CLOUD + 1)
        run.cursor = None
        frame = view.content()
        assert frame["axes"][0] == "PC 1"
        np.testing.assert_array_equal(view._projecting.scene.latents, CLOUD + 2)


@pytest.mark.parametrize("act", ["close", "other"])
def test_nothing_is_computed_for_nobody(front_end, slow, act):
    """Seen to fail: the thread outlived the view."""
    view = tl.LatentScatter(CLOUD, projection="t-SNE")
    embedding = view._projecting._work.embedding
    if act == "close":
        view.close()
    else:
        view.projection = (0, 1)
    assert embedding.state == "cancelled"
    wait_for(lambda: embedding.ended)
    if act == "other":
        assert view.content()["axes"] == ["z₀", "z₁"]
        view.projection = "t-SNE"
        assert view.content()["axes"] == ["z₀", "z₁"]  # what was seen before stays meanwhile
        assert view._projecting._work.embedding is not embedding


def test_an_embedding_that_fails_says_so(front_end, monkeypatch):
    def fail(*_):
        raise ImportError("UMAP needs the extra `umap`")

    monkeypatch.setattr(_embedding, "_by_umap", fail)
    view = tl.LatentScatter(CLOUD, projection="UMAP")
    front_end.render(view)
    wait_for(lambda: "UMAP needs the extra" in front_end.state(view)["problem"])
    assert view.axes[0] == "PC 1"
    assert view._projecting.scene is not None
    view.projection = None
    wait_for(lambda: front_end.state(view)["problem"] == "")


def test_training_goes_on_while_it_computes(front_end, run, slow):
    model = nn.Linear(8, 4)
    run.probe(tl.Latents(model, torch.randn(30, 8), decode=nn.Linear(4, 8)), every=1)
    view = tl.LatentScatter(run, projection="t-SNE")
    front_end.render(view)
    began = time.monotonic()
    for _ in run.track(range(5)):
        time.sleep(0.01)
    assert time.monotonic() - began < 5
    wait_for(lambda: view._projecting._work is not None)
    view.close()


def test_a_real_one(front_end):
    centres = RNG.normal(size=(3, 6)) * 20
    labels = np.arange(90) % 3
    points = centres[labels] + RNG.normal(size=(90, 6))
    view = tl.LatentScatter(points, labels, projection="t-SNE")
    assert view._projecting._work.embedding.wait(60)
    view.content()
    plane = view._projecting.scene.plane
    middles = np.stack([plane[labels == each].mean(0) for each in range(3)])
    nearest = np.linalg.norm(plane[:, None] - middles, axis=2).argmin(1)
    np.testing.assert_array_equal(nearest, labels)
