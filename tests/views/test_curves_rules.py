"""Curves: what names mean, where epochs lie, and what is refused."""

import numpy as np
import pytest

import torchloupe as tl
from tests.views.test_curves import log
from torchloupe.channel import Rejected
from torchloupe.views._curves_axis import EpochScale, epoch_marks
from torchloupe.views._curves_names import goal_of, group_of, quantity_of
from torchloupe.views._ticks import time_ticks


@pytest.fixture
def run():
    with tl.Run("curves") as made:
        yield made


@pytest.mark.parametrize(
    ("name", "goal"),
    [
        ("loss", "low"),
        ("val/total_loss", "low"),
        ("top5_error", "low"),
        ("accuracy_loss", "low"),
        ("val_acc", "high"),
        ("metrics/F1", "high"),
        ("lr", None),
        ("kl", None),
        ("loss/scale", None),
        ("", None),
    ],
)
def test_which_value_is_the_best(name, goal):
    assert goal_of(name) == goal


@pytest.mark.parametrize(
    ("name", "quantity"),
    [
        ("train/loss", ("loss", False)),
        ("val/loss", ("loss", True)),
        ("val_loss", ("loss", True)),
        ("loss_val", ("loss", True)),
        ("train/gen/loss", ("gen/loss", False)),
        ("loss", ("loss", False)),
        ("value", ("value", False)),
        ("training", ("training", False)),
    ],
)
def test_what_a_name_measures(name, quantity):
    assert quantity_of(name) == quantity
    assert group_of("a/b/c") == "a/b"


def test_steps_lie_evenly_between_the_ends_of_epochs():
    scale = EpochScale(np.array([1, 2, 4]), np.array([100, 300, 400]), 0)
    np.testing.assert_allclose(scale.at(np.array([100, 200, 300, 350, 450])), [1, 1.5, 2, 3, 5])
    assert scale.step_at(3) == 350
    once = EpochScale(np.array([1]), np.array([40]), 0)
    np.testing.assert_allclose(once.at(np.array([0, 20, 80])), [0, 0.5, 2])


def test_marks_of_many_epochs_are_thinned():
    ends = np.arange(1.0, 301)
    chosen = epoch_marks(ends, ends * 10, 0, 3_000)
    assert [epoch for _, epoch in chosen] == list(range(20, 301, 20))
    assert epoch_marks(ends, ends * 10, 15, 35) == [[20, 2], [30, 3]]


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0, 5, ["0 s", "1 s", "2 s", "3 s", "4 s", "5 s"]),
        (0, 0.5, ["0 s", "0.1 s", "0.2 s", "0.3 s", "0.4 s", "0.5 s"]),
        (20, 200, ["0:30", "1:00", "1:30", "2:00", "2:30", "3:00"]),
        (0, 7_200, ["0:00:00", "0:30:00", "1:00:00", "1:30:00", "2:00:00"]),
        (
            0,
            86_400 * 3,
            ["0:00", "12:00", "1 d 0:00", "1 d 12:00", "2 d 0:00", "2 d 12:00", "3 d 0:00"],
        ),
    ],
)
def test_times_are_those_that_clocks_have(low, high, texts):
    places, written = time_ticks(low, high, 6)
    assert written == texts
    assert len(places) == len(texts)
    assert low <= places[0] < places[-1] <= high


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x": "steps"}, ValueError, "x: expected 'step', 'epoch' or 'time', got 'steps'"),
        ({"smoothing": 1.0}, ValueError, "smoothing: expected 0 to 0.999, got 1.0"),
        ({"smoothing": float("nan")}, ValueError, "smoothing"),
        ({"smoothing": "much"}, TypeError, "smoothing: expected a number, got str"),
        ({"smoothing": True}, TypeError, "smoothing"),
    ],
)
def test_arguments_are_checked(front_end, arguments, error, message):
    with pytest.raises(error, match=message):
        tl.Curves([1.0], **arguments)
    assert front_end.models == {}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("along", {"x": "wall"}),
        ("along", {"x": ["step"]}),
        ("smooth", {"weight": 1}),
        ("smooth", {"weight": -0.1}),
        ("window", {"low": 2, "high": 1}),
        ("window", {"low": 1e300, "high": 1e300}),
        ("window", {"low": "a", "high": 1}),
        ("inspect", {"at": float("inf"), "ask": 1}),
        ("toggle", {"series": -1, "only": True}),
        ("toggle", {"series": 1, "only": 1}),
        ("fold", {"group": 1, "open": None}),
        ("search", {"text": "x" * 101}),
        ("search", {"text": 5}),
    ],
)
def test_what_a_page_may_not_say_is_refused(front_end, name, data):
    view = tl.Curves([1.0, 2.0])
    before = view.bar.version()
    with pytest.raises(Rejected):
        view.bar.receive(name, data, "someone")
    assert view.bar.version() == before


def test_windows_far_from_everything_are_drawn(front_end, run):
    log(run, loss=[1.0, 2.0])
    view = tl.Curves(run)
    for low, high in ((-1e300, 1e300), (1e17, 1e18), (-5, -4), (0.2, 0.3), (1e-300, 1e-299)):
        view.bar.receive("window", {"low": low, "high": high}, "someone")
        for along in ("step", "time"):
            view.bar._settings = view.bar._settings.__class__(along=along, window=(low, high))
            assert np.isfinite(view.bar.content()["axes"]).all()
