"""What a latent space is worth: the numbers of `reduce`, of what is shown, once a snapshot."""

import threading
import time

import numpy as np
import pytest
import torch

import torchloupe as tl
from tests.front_end import wait_for
from torchloupe.reduce import measure_latents
from torchloupe.views import _scatter_measures

RNG = np.random.default_rng(0)
LABELS = np.arange(200) % 4
CLOUD = RNG.normal(size=(200, 5)) + 3 * np.eye(4, 5)[LABELS]


def test_they_are_those_of_the_latents_whatever_the_plane(front_end):
    """Seen to fail with the points of the plane."""
    view = tl.LatentScatter(CLOUD, LABELS, projection=(3, 4))
    expected = measure_latents(CLOUD, LABELS)
    found = view.measures
    assert found.agreement == expected.agreement
    # Sums of a matrix product may depend on where in memory it lies.
    assert found.silhouette == pytest.approx(expected.silhouette, rel=1e-9)
    np.testing.assert_allclose(found.variance, expected.variance, rtol=1e-12)
    assert view.measures is found


def test_the_unlabelled_take_no_part(front_end):
    labels = [None if each == 3 else f"class {each}" for each in LABELS]
    view = tl.LatentScatter(CLOUD, labels)
    assert view.measures.sampled == 150


def test_each_snapshot_has_its_own(front_end):
    with tl.Run("measures") as run:
        view = tl.LatentScatter(run)
        assert view.measures is None
        run.log_points("latents", CLOUD)
        assert np.isnan(view.measures.agreement)
        first = view.measures
        run.log_points("latents", 2 * CLOUD)
        np.testing.assert_allclose(view.measures.variance, 4 * first.variance)


def test_a_line_is_in_the_summary_once_it_is_known(front_end, monkeypatch):
    """Seen to fail when it was found out while the frame was made."""
    threads, measured = [], _scatter_measures.measure_latents

    def measure(*arguments, **keywords):
        threads.append(threading.current_thread().name)
        return measured(*arguments, **keywords)

    monkeypatch.setattr(_scatter_measures, "measure_latents", measure)
    points = CLOUD.copy()
    points[:, 4] = 0.5
    view = tl.LatentScatter(points, LABELS)
    assert "kNN" not in view.summary
    front_end.render(view)
    sent = len(front_end.updates)
    expected = measured(points, LABELS)
    line = (
        f"kNN agreement {100 * expected.agreement:.0f} % (chance {100 * expected.chance:.0f} %)"
        " · 4 of 5 dimensions active · dead: z₄"
    )
    wait_for(lambda: line in front_end.state(view)["summary"])
    assert not any("points" in names for *_, names in front_end.updates[sent:])
    view.projection = (0, 1)
    wait_for(lambda: "dimensions 0 and 1" in front_end.state(view)["summary"])
    assert line in view.summary
    assert threads == ["torchloupe measures"]


def test_it_is_of_so_many_at_most(front_end, monkeypatch):
    sizes, measured = [], _scatter_measures.measure_latents

    def measure(latents, *arguments, **keywords):
        sizes.append(len(latents))
        return measured(latents, *arguments, **keywords)

    monkeypatch.setattr(_scatter_measures, "measure_latents", measure)
    monkeypatch.setattr(_scatter_measures, "_MOST", 100)
    view = tl.LatentScatter(CLOUD, LABELS)
    front_end.render(view)
    wait_for(lambda: "of 100)" in front_end.state(view)["summary"])
    assert sizes == [100]


def test_two_dimensions_without_labels_need_no_line(front_end):
    view = tl.LatentScatter(CLOUD[:, :2])
    front_end.render(view)
    wait_for(lambda: view._measuring.state() != -1)
    assert view.content()["summary"] == "200 samples · 2-D"


@pytest.mark.parametrize("points", [np.zeros((0, 3)), np.ones((1, 3)), np.full((4, 3), np.nan)])
def test_of_hardly_anything_there_is_hardly_a_line(front_end, points):
    view = tl.LatentScatter(points, ["a"] * len(points))
    front_end.render(view)
    wait_for(lambda: view._measuring.state() != -1)
    assert "kNN" not in view.content()["summary"]
    assert "not measured" not in view.content()["summary"]


def test_what_is_amiss_is_named():
    points = RNG.normal(size=(50, 9))
    points[:, 2:8] = 1.0
    words = _scatter_measures.describe_measures(measure_latents(points))
    assert words == "3 of 9 dimensions active · dead: z₂, z₃, z₄, z₅ and 2 more"
    logs = np.zeros_like(points)
    points[:, 2] = 1e-3 * RNG.normal(size=50)
    points[:, 3:8] = RNG.normal(size=(50, 5))
    words = _scatter_measures.describe_measures(measure_latents(points, log_variance=logs))
    assert words == "8 of 9 dimensions active · collapsed: z₂"


def test_a_failure_is_said_there_and_harms_nothing(front_end, monkeypatch):
    def fail(*_, **__):
        raise MemoryError("no room")

    monkeypatch.setattr(_scatter_measures, "measure_latents", fail)
    view = tl.LatentScatter(torch.from_numpy(CLOUD), LABELS)
    front_end.render(view)
    wait_for(lambda: "not measured: MemoryError" in front_end.state(view)["summary"])
    assert view.problem == ""


def test_nothing_is_measured_while_the_run_goes_on(front_end):
    """Seen to fail when each snapshot is measured: that took a third of the running time."""
    with tl.Run("measures") as run:
        run.pause()
        run.start(endless)
        run.log_points("z", CLOUD, LABELS)
        run.resume()
        wait_for(lambda: run.state == "running")
        view = tl.LatentScatter(run)
        front_end.render(view)
        for _ in range(5):
            run.log_points("z", CLOUD, LABELS)
            time.sleep(0.05)
        assert view._measuring.state() == -1
        run.pause()
        try:
            wait_for(lambda: "kNN agreement" in front_end.state(view)["summary"])
        finally:
            run.stop()


def endless(run):
    for _ in run.track(iter(int, 1)):
        time.sleep(0.002)


def test_a_run_tells_which_dimensions_of_a_variational_encoder_collapsed(front_end, tmp_path):
    torch.manual_seed(0)
    data = torch.randn(60, 4)

    def encode(x):
        used = torch.tensor([1.0, 0.0, 1.0])
        return x[:, :3] * used, (-4.0 * used).expand(len(x), 3)

    with tl.Run("collapse", dir=tmp_path) as run:
        run.probe(tl.Latents(encode, data, log_variance=True))
        run.tick(epoch=1)
        scatter = tl.LatentScatter(run)
        assert scatter.measures.collapsed.tolist() == [False, True, False]
        assert scatter.measures.from_encoder
        path = run.path
    with tl.open(path) as opened:
        found = tl.LatentScatter(opened).measures
        assert found.collapsed.tolist() == [False, True, False]
