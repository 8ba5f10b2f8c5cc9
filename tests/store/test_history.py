"""What a run remembers, by name."""

from __future__ import annotations

import re
import threading
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import torchloupe as tl
from torchloupe.store import History, Snapshot


def points(step: int = 0) -> Snapshot:
    return Snapshot("points", step, 0, {"points": np.ones((2, 2))})


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(width=32)), max_size=60))
def test_history_equals_what_was_logged(pairs: list[tuple[str, float]]) -> None:
    run = tl.Run()
    for (name, value), _ in zip(pairs, run.track(range(len(pairs))), strict=True):
        run.log({name: torch.tensor(value)})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in {name for name, _ in pairs}:
            steps, values = run.history(name)
            expected = [(i, value) for i, (each, value) in enumerate(pairs) if each == name]
            assert steps.tolist() == [i for i, _ in expected]
            assert np.array_equal(values, [value for _, value in expected], equal_nan=True)
            assert run.latest(name)[0] == expected[-1][0]


def test_thinned_values_say_so() -> None:
    run = tl.Run()
    for step in range(70_000):
        run.log(loss=step, step=step)
    with pytest.warns(UserWarning, match="'loss': of 70,000 values the older ones are thinned"):
        steps, values = run.history("loss")
    assert np.array_equal(steps, values)
    assert (steps[0], steps[-1]) == (0, 69_999)


def test_unknown_names_list_those_there_are() -> None:
    run = tl.Run()
    with pytest.raises(KeyError, match="'loss' is not a channel of this run; there are: none yet"):
        run.history("loss")
    run.log(accuracy=1)
    run.log_points("latents", [[1.0, 2.0]])
    with pytest.raises(KeyError, match="there are: 'accuracy', 'latents'"):
        run.latest("loss")
    with pytest.raises(KeyError, match="'latents' is not a channel"):
        run.history("latents")


def test_latest_is_owned() -> None:
    run = tl.Run()
    run.log_points("z", np.ones((3, 2)))
    run.latest("z")[1]["points"][:] = 5
    assert run.latest("z")[1]["points"].tolist() == [[1, 1]] * 3


def test_logged_arrays_do_not_follow_the_user() -> None:
    run = tl.Run()
    data, labels = torch.ones(2, 3, 3), [1, 2]
    run.log_images("images", data, labels=labels)
    data.zero_()
    labels.append(3)
    assert run.latest("images")[1][""].mean() == 1
    assert list(run.channels["images"].details["labels"]) == [1, 2]


def test_versions_rise() -> None:
    history = History()
    history.put("a", points())
    first = history.snapshots["a"].version
    history.put("b", points())
    history.put("a", points())
    assert history.snapshots["a"].version > history.snapshots["b"].version > first
    before = history.scalars_version()
    history.series_for("x").append(0, 1.0, 0.0)
    assert history.scalars_version() > before


def test_a_series_without_values_is_not_there_yet() -> None:
    """Seen to fail: a reader between its making and its first value met an IndexError."""
    history = History()
    history.series_for("x")
    assert history.names == []
    assert dict(history.series) == {}
    with pytest.raises(KeyError, match=re.escape("there are: none yet")):
        history.latest("x")


def test_names_are_bounded() -> None:
    history = History(most_series=3, most_snapshots=2)
    for name in "abc":
        history.series_for(name)
    with pytest.raises(ValueError, match="'d' would be scalar number 4; expected at most 3"):
        history.series_for("d")
    history.put("x", points())
    history.put("y", points())
    history.put("x", points())
    with pytest.raises(ValueError, match="'z' would be channel number 3; expected at most 2"):
        history.put("z", points())


def test_a_name_is_of_one_kind() -> None:
    run = tl.Run()
    run.log(loss=1)
    run.log_points("z", [[1.0, 2.0]])
    with pytest.raises(ValueError, match="'loss' is a scalar and cannot hold images"):
        run.log_images("loss", np.ones((1, 2, 2)))
    with pytest.raises(ValueError, match="'z' is a channel of points and cannot hold scalars"):
        run.log(z=1)


HISTOGRAMS: list[Any] = [
    [],
    [1.0],
    [0.0] * 5,
    [float("nan"), 1.0, float("inf")],
    [-1.7e308, 1.7e308],
    [1e16, 1e16 + 2],
    [0.0, 5e-324],
    np.arange(100),
    torch.randn(50, dtype=torch.bfloat16),
]


@pytest.mark.parametrize("values", HISTOGRAMS, ids=range(len(HISTOGRAMS)))
def test_histograms_of_anything(values: Any) -> None:
    """Seen to fail: numpy refuses ranges that are too wide or too narrow for their bins."""
    run = tl.Run()
    run.log_histogram("h", values)
    arrays = run.latest("h")[1]
    array = np.asarray(values.double() if isinstance(values, torch.Tensor) else values)
    finite = np.isfinite(array)
    assert arrays["counts"].sum() == finite.sum()
    assert arrays["non_finite"] == (~finite).sum()
    assert len(arrays["edges"]) == 65
    assert np.all(np.diff(arrays["edges"]) > 0)
    if finite.sum() == 100:
        assert np.array_equal(arrays["counts"], np.histogram(array, 64)[0])


def test_printing_while_it_is_logged_to() -> None:
    run, done = tl.Run(), threading.Event()
    problems: list[BaseException] = []

    def show() -> None:
        while not done.is_set():
            try:
                str(run)
            except BaseException as error:
                problems.append(error)

    thread = threading.Thread(target=show)
    thread.start()
    for number in range(2000):
        run.log({f"name {number}": number})
    done.set()
    thread.join()
    assert problems == []


def test_a_closed_run_keeps_its_arrays_but_not_the_model():
    """Seen to fail without `History.release`: the decoder in the snapshot's details holds on."""
    import gc
    import weakref

    from torch import nn

    run, decoder = tl.Run(), nn.Linear(2, 4)
    run.probe(tl.Latents(nn.Identity(), torch.rand(5, 2), decode=decoder))
    list(run.track([0]))
    gone = weakref.ref(decoder)
    run.close()
    del decoder
    gc.collect()
    assert gone() is None
    assert run.latest("latents")[1]["points"].shape == (5, 2)
