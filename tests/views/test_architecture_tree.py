"""The tree: a line a module, with sums that are torch's own."""

import numpy as np
import pytest
import torch
from torch import nn

import torchloupe as tl
from tests.front_end import wait_for

TEXTS = "names types settings full_settings steps inputs outputs kinds notes".split()
NUMBERS = "depths flags parameters own_parameters trainable buffers flops activation_bytes".split()


def model():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 8 * 8, 10)
    )


def column(view, name):
    """Return a column's texts or numbers."""
    values = getattr(view, name)
    if values is None:
        return []
    return [view.texts[place] for place in values] if name in TEXTS else values.tolist()


def notes_of(view, name):
    return column(view, "notes")[column(view, "names").index(name)]


def test_a_line_a_module(front_end):
    net = model()
    view = tl.ArchitectureTree(net, torch.zeros(1, 1, 8, 8))
    assert column(view, "types") == [type(module).__name__ for module in net.modules()]
    assert column(view, "names") == [path for path, _ in net.named_modules()]
    assert column(view, "depths") == [0, 1, 1, 1, 1]
    counts = [sum(each.numel() for each in module.parameters()) for module in net.modules()]
    assert column(view, "parameters") == column(view, "trainable") == counts
    assert column(view, "own_parameters") == [0, *counts[1:]]
    assert column(view, "outputs")[1] == "[1, 4, 8, 8]"
    assert column(view, "inputs")[-1] == "[1, 256]"
    assert column(view, "outputs")[-1] == "[1, 10]"
    assert column(view, "full_settings")[-1] == net[3].extra_repr()
    assert column(view, "kinds")[-1] == "float32 on cpu"
    assert column(view, "flops")[-1] == 2 * 256 * 10
    assert column(view, "activation_bytes")[-1] == 4 * 10
    assert view.failed == ""
    assert (view.failed_line, view.chosen, view.metrics) == (-1, -1, [])
    flops = 2 * 256 * 10 + 2 * 9 * 4 * 64
    size = f"{4 * counts[0] / 1000:.3g} kB"
    told = f"{counts[0]:,} parameters · {flops / 1000:.3g} kFLOPs · {size} · 5 modules"
    assert view.summary == told
    for name in (*TEXTS, *NUMBERS):
        np.testing.assert_array_equal(front_end.array(view, name), getattr(view, name))


def test_without_an_example_there_are_no_shapes(front_end):
    view = tl.ArchitectureTree(model())
    assert set(column(view, "outputs")) == set(column(view, "notes")) == {""}
    assert "FLOPs" not in view.summary


def test_of_a_description(front_end):
    example = torch.zeros(1, 1, 8, 8)
    described = tl.describe(model(), example)
    view, other = tl.ArchitectureTree(described), tl.ArchitectureTree(model(), example)
    for name in set(TEXTS) - {"full_settings"} | set(NUMBERS):
        assert column(view, name) == column(other, name)
    with pytest.raises(TypeError, match="inputs"):
        tl.ArchitectureTree(described, example)


def test_only_dtypes_that_are_not_float32_are_named(front_end):
    class Both(nn.Module):
        def forward(self, x):
            return x.argmax(-1), x

    view = tl.ArchitectureTree(Both(), torch.zeros(2, 3))
    assert column(view, "outputs") == ["[2], [2, 3] int64, float32"]
    assert column(view, "inputs") == ["[2, 3]"]


def test_where_the_forward_pass_failed(front_end):
    net = nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(10, 5), nn.Linear(6, 2)), nn.ReLU())
    view = tl.ArchitectureTree(net, torch.zeros(1, 10))
    line = view.failed_line
    assert (column(view, "depths")[line], column(view, "names")[line]) == (2, "1")
    assert column(view, "flags")[line] == 4
    assert column(view, "notes")[line].startswith("failed: ")
    assert column(view, "inputs")[line] == "[1, 5]"
    assert "[1, 5]" in view.failed
    assert "never called" not in column(view, "notes")


def test_what_is_frozen_says_so(front_end):
    net = model()
    net[0].requires_grad_(False)
    view = tl.ArchitectureTree(net)
    assert notes_of(view, "0") == "frozen"
    assert column(view, "flags") == [0, 2, 0, 0, 0]
    assert column(view, "trainable")[1] == 0
    assert "2,570 trainable" in view.summary


def test_what_is_shared_tied_called_often_or_never_says_so(front_end):
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(3, 3)
            self.again = self.first
            self.head = nn.Linear(3, 3, bias=False)
            self.head.weight = self.first.weight
            self.spare = nn.Sequential(nn.Dropout())
            self.parts = nn.ModuleList([nn.Tanh()])

        def forward(self, x):
            return self.parts[0](self.head(self.first(self.first(x))))

    view = tl.ArchitectureTree(Odd(), torch.zeros(1, 3))
    assert notes_of(view, "again") == "the same module as first"
    assert "called 2 times" in notes_of(view, "first")
    assert "weight tied to first.weight" in notes_of(view, "head")
    assert notes_of(view, "spare") == "never called"
    assert notes_of(view, "parts") == ""
    flags = dict(zip(column(view, "names"), column(view, "flags"), strict=True))
    assert (flags["again"], flags["head"], flags["spare"]) == (8, 8, 0)


def test_what_several_share_is_counted_once(front_end):
    net = nn.Sequential(*(nn.Linear(3, 3, bias=False) for _ in range(4)))
    for layer in net[1:]:
        layer.weight = net[0].weight
    view = tl.ArchitectureTree(net)
    assert column(view, "names") == ["", "(0–3)", "0", "1", "2", "3"]
    assert column(view, "parameters") == [9] * 6


def test_a_model_without_parameters(front_end):
    view = tl.ArchitectureTree(nn.ReLU())
    assert column(view, "parameters") == [0]
    assert view.summary == "0 parameters · 0 B · 1 module"


def test_a_large_model_is_bounded_and_says_so(front_end, monkeypatch):
    net = nn.Sequential(*(nn.Linear(1 + place, 1) for place in range(2_000)))
    whole = tl.ArchitectureTree(net)
    assert "2,001 modules" in whole.summary
    assert "shown" not in whole.summary
    monkeypatch.setattr("torchloupe.views._tree_table._MOST_BYTES", 60_000)
    view = tl.ArchitectureTree(net)
    count = len(view.depths)
    assert 500 < count < 2_000
    assert f"2,001 modules · the first {count:,} shown" in view.summary
    sent = sum(getattr(view, name).nbytes for name in (*TEXTS, *NUMBERS))
    assert sent + sum(len(text.encode()) + 4 for text in view.texts) <= 60_000
    assert set(column(view, "full_settings")) == {""}  # said twice, so the first to go
    with pytest.raises(ValueError, match="no module '1999'"):
        view.select("1999")


def test_fifty_thousand_modules_fit_a_frame(front_end):
    shapes = [torch.nn.Module() for _ in range(5)]
    for shape in shapes:
        for place in range(10_000):
            child = nn.Module()
            child.extra_repr = lambda place=place: f"size={place % 97}"
            shape.add_module(f"part{place}", child)
    view = tl.ArchitectureTree(nn.Sequential(*shapes))
    assert len(view.depths) >= 50_000
    sent = sum(getattr(view, name).nbytes for name in (*TEXTS, *NUMBERS))
    assert sent + sum(len(text.encode()) + 4 for text in view.texts) <= 3_000_000
    assert "shown" not in view.summary


def test_nothing_is_sent_again_but_what_changed(front_end):
    view = tl.ArchitectureTree(model())
    front_end.render(view)
    before = len(front_end.sent_to(view))
    view.select("3")
    wait_for(lambda: front_end.state(view)["chosen"] == 4)
    sent = {name for names in front_end.sent_to(view)[before:] for name in names}
    assert {"chosen", "shown_asks"} <= sent
    assert not sent & {"texts", *TEXTS, *NUMBERS}


def test_describing_leaves_the_model_as_it_was(front_end):
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Dropout()).train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    tl.ArchitectureTree(net, torch.randn(4, 2))
    assert all(module.training for module in net.modules())
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert not any(module._forward_hooks for module in net.modules())


def test_names_are_literal_text(front_end):
    class Odd(nn.ReLU):
        def extra_repr(self):
            return "<img src=x onerror=alert(1)>"

    view = tl.ArchitectureTree(Odd())
    assert column(view, "settings") == ["<img src=x onerror=alert(1)>"]


def test_of_a_run(front_end):
    with tl.Run("described") as run:
        view = tl.ArchitectureTree(run)
        assert (view.depths, view.summary) == (None, "no model yet")
        front_end.render(view)
        run.probe(tl.Reconstructions(nn.Identity(), torch.zeros(2, 1, 4, 4)))
        wait_for(lambda: front_end.state(view)["depths"])
        assert column(tl.ArchitectureTree(run, "architecture"), "types") == column(view, "types")
        with pytest.raises(TypeError, match="inputs"):
            tl.ArchitectureTree(run, "architecture", torch.zeros(1))
        with pytest.raises(TypeError, match="run"):
            tl.ArchitectureTree(run, run=run)


def test_of_a_model_with_its_run(front_end):
    with tl.Run("trained") as run:
        view = tl.ArchitectureTree(model(), run=run)
        assert view.run is run
        assert len(view.depths) == 5
    wait_for(lambda: view.comm is None)
    with pytest.raises(TypeError, match="run: expected a torchloupe.Run, got str"):
        tl.ArchitectureTree(model(), run="trained")


@pytest.mark.parametrize("what", [None, 7, "model", object(), torch.zeros(2)])
def test_what_is_no_model_is_refused(front_end, what):
    with pytest.raises(TypeError, match="model"):
        tl.ArchitectureTree(what)
