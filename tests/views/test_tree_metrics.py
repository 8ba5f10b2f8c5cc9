"""Numbers of a run as columns of the tree."""

import numpy as np
from torch import nn

import torchloupe as tl
from torchloupe.views._health import ModuleHealth
from torchloupe.views._metrics import Metric
from torchloupe.views._tree_fold import lines_of
from torchloupe.views._tree_metrics import metric_traits

NAN = float("nan")


def test_a_value_a_line(front_end, monkeypatch):
    net = nn.Sequential(nn.Linear(2, 2), *(nn.ReLU() for _ in range(3)))
    lines = list(lines_of(tl.describe(net).root))
    assert [line.name for line in lines] == ["", "0", "(1–3)", "1", "2", "3"]
    values = {"": 9.0, "0": -2.0, "1": 1.0, "2": 3.0, "3": NAN, "gone": 5.0}
    metrics = [
        Metric("time", "time", "s", "sequential", values, together="sum"),
        Metric("mean", "activation mean", "", "diverging", values),
        Metric("nan", "NaN", "", "flag", values, together="max"),
    ]
    traits = metric_traits(metrics, lines)
    told = {"key": "time", "label": "time", "unit": "s", "kind": "sequential"}
    assert traits["metrics"][0] == told
    expected = [[9, -2, each, 1, 3, NAN] for each in (4, 2, 3)]
    np.testing.assert_array_equal(traits["metric_values"], np.array(expected, np.float32))
    assert traits["metric_values"].dtype == np.float32

    monkeypatch.setattr(ModuleHealth, "read", lambda self: (metrics, "step 3"))
    view = tl.ArchitectureTree(net)
    assert front_end.state(view)["metrics"] == traits["metrics"]
    np.testing.assert_array_equal(front_end.array(view, "metric_values"), traits["metric_values"])


def test_there_are_none_without_a_run(front_end):
    view = tl.ArchitectureTree(nn.ReLU())
    assert (view.metrics, view.metric_values) == ([], None)


def test_what_nobody_measured_is_not_a_number():
    lines = list(lines_of(tl.describe(nn.ReLU()).root))
    traits = metric_traits([Metric("time", "time", "s", "sequential", {})], lines)
    assert np.isnan(traits["metric_values"]).all()
