"""Points: where they are drawn, in which class, and what is refused."""

import numpy as np
import pytest
import torch

import torchloupe as tl
from tests.front_end import wait_for

CLOUD = np.random.default_rng(0).normal(3, 2, (500, 2))


@pytest.fixture
def run():
    with tl.Run("points") as made:
        yield made


def places(view):
    """Return the points as a front end computes them."""
    x0, x1, y0, y1 = view.bounds
    low, high = np.array([x0, y0]), np.array([x1, y1])
    return low + view.points / 65535 * (high - low)


def names(view):
    """Return the class of each point by name."""
    return [view.classes[code] for code in view.codes]


def test_points_are_where_they_were_given(front_end):
    view = tl.LatentScatter(torch.from_numpy(CLOUD))
    step = np.array([view.bounds[1] - view.bounds[0], view.bounds[3] - view.bounds[2]]) / 65535
    assert (np.abs(places(view) - CLOUD) <= step / 2 * 1.001).all()
    assert view.points.dtype == np.uint16
    assert view.summary == "500 samples · 2-D"
    assert view.axes == ["z₀", "z₁"]
    np.testing.assert_array_equal(front_end.array(view, "points"), view.points)
    assert (view.decodable, view.decoded, view.decoded_at) == (False, None, None)
    assert view.pointer is None


def test_labels_are_the_second_argument_or_a_keyword(front_end):
    given = ["b", "a", None, "b"]
    for view in (tl.LatentScatter(CLOUD[:4], given), tl.LatentScatter(CLOUD[:4], labels=given)):
        assert names(view) == ["b", "a", "no label", "b"]
        assert view.classes == ["a", "b", "no label"]
        assert view.unlabelled == 2
        np.testing.assert_array_equal(front_end.array(view, "codes"), view.codes)


@pytest.mark.parametrize(
    "labels", [torch.arange(4), np.arange(4), range(4), [0, 1, 2, 3], [0.0, 1.0, 2.0, 3.0]]
)
def test_labels_of_any_kind(front_end, labels):
    assert names(tl.LatentScatter(CLOUD[:4], labels)) == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("dimensions", "axes", "words"),
    [
        (1, ["z₀", ""], "1-D"),
        (2, ["z₀", "z₁"], "2-D"),
        (16, ["z₀", "z₁"], "dimensions 0 and 1 of 16"),
    ],
)
def test_any_number_of_dimensions(front_end, dimensions, axes, words):
    points = np.random.default_rng(0).normal(size=(9, dimensions))
    view = tl.LatentScatter(points, projection=None if dimensions < 3 else (0, 1))
    assert view.axes == axes
    assert view.summary == f"9 samples · {words}"
    plane = np.zeros((9, 2))
    plane[:, : min(2, dimensions)] = points[:, :2]
    np.testing.assert_allclose(places(view), plane, atol=1e-3)


def test_what_is_not_finite_is_left_out_and_counted(front_end):
    points = CLOUD[:4].copy()
    points[1, 0], points[2, 1] = np.nan, np.inf
    view = tl.LatentScatter(points, ["a", "b", "c", "d"])
    assert len(view.points) == 2
    assert names(view) == ["a", "d"]
    assert view.summary == "2 of 4 samples · 2-D · 2 not finite"


@pytest.mark.parametrize(
    "points",
    [
        np.zeros((0, 2)),
        np.full((3, 2), np.nan),
        np.ones((3, 2)),
        np.full((3, 2), 1e308) * [[1], [-1], [0]],
        np.ones((3, 2), bool),
        np.full((3, 2), 2**53),
        torch.ones(3, 2, dtype=torch.bfloat16),
        torch.ones(3, 2).to(torch.float8_e5m2),
        torch.ones(2, 3, requires_grad=True).T,
        [[1.0, 2.0]],
    ],
)
def test_bounds_are_finite_and_apart_whatever_the_points(front_end, points):
    view = tl.LatentScatter(points)
    x0, x1, y0, y1 = view.bounds
    assert np.isfinite([x0, x1, y0, y1, x1 - x0, y1 - y0]).all()
    assert x0 < x1
    assert y0 < y1


def test_what_is_logged_arrives(front_end, run):
    view = tl.LatentScatter(run)
    assert (view.points, view.summary, view.title) == (None, "no points yet", "Latents")
    front_end.render(view)
    run.log_points("latents", CLOUD, labels=np.arange(500) % 10)
    wait_for(lambda: front_end.array(view, "points") is not None)
    assert len(front_end.state(view)["classes"]) == 10
    assert front_end.state(view)["summary"].startswith("500 samples · 2-D · step 0")


def test_a_thinned_probe_says_so(front_end, run):
    data = torch.from_numpy(CLOUD).float()
    run.probe(tl.Latents(torch.nn.Identity(), data, labels=range(500), limit=50), every=1)
    for _ in run.track(range(1)):
        pass
    view = tl.LatentScatter(run)
    assert "50 of 500 samples" in view.summary
    assert len(view.points) == len(view.codes) == 50


def test_the_same_points_are_not_made_twice(front_end, run):
    run.log_points("latents", CLOUD)
    view = tl.LatentScatter(run)
    assert view.content()["points"] is view.content()["points"]
    run.log_points("latents", CLOUD)
    assert view.content()["points"] is not view.points


REFUSED = {
    "one axis": (np.zeros(3), ValueError, r"\[3\]"),
    "three axes": (np.zeros((3, 2, 2)), ValueError, r"\[3, 2, 2\]"),
    "no dimensions": (np.zeros((3, 0)), ValueError, r"\[3, 0\]"),
    "complex": (torch.zeros(3, 2, dtype=torch.complex64), TypeError, "complex64.*abs"),
    "sparse": (torch.eye(2).to_sparse(), TypeError, "sparse.*to_dense"),
    "meta": (torch.zeros(3, 2, device="meta"), TypeError, "meta"),
    "text": ("points", (TypeError, ValueError), "data_or_run"),
    "nothing": (None, (TypeError, ValueError), "data_or_run"),
    "beyond 2**53": (np.full((3, 2), 2**53 + 1), ValueError, "9007199254740993"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_shown_is_refused_by_name(front_end, case):
    points, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        tl.LatentScatter(points)
    assert front_end.models == {}


@pytest.mark.parametrize("case", REFUSED)
def test_and_so_by_the_run(run, case):
    points, error, message = REFUSED[case]
    with pytest.raises(error, match=message.replace("data_or_run", "points")):
        run.log_points("latents", points)
    assert run.channels == {}


@pytest.mark.parametrize("labels", [["a"], 7, "abc", np.zeros((3, 2)), [object()] * 3])
def test_labels_that_do_not_fit_are_refused(front_end, run, labels):
    with pytest.raises((TypeError, ValueError), match="labels"):
        tl.LatentScatter(CLOUD[:3], labels=labels)
    with pytest.raises((TypeError, ValueError), match="labels"):
        run.log_points("latents", CLOUD[:3], labels=labels)


def test_labels_are_literal_text(front_end):
    hostile = ["<img src=x onerror=alert(1)>", "x" * 10_000, "\ud800"]
    view = tl.LatentScatter(CLOUD[:3], hostile)
    assert hostile[0] in view.classes
    assert max(map(len, view.classes)) == 80
    "".join(view.classes).encode()


def test_what_a_probe_brings_is_not_given_again(front_end, run):
    for keywords in ({"labels": ["a"]}, {"decode": torch.nn.Identity()}):
        with pytest.raises(TypeError, match="labels, decode"):
            tl.LatentScatter(run, **keywords)
    with pytest.raises(TypeError, match="decode: expected a module or a function, got int"):
        tl.LatentScatter(CLOUD, decode=7)
