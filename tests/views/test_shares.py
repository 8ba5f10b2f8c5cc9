"""Shares: what each module holds adds up to what torch itself counts, whatever was merged."""

import numpy as np
import pytest
import torch
from torch import nn

import torchloupe as tl
from torchloupe.tap import Architecture, ModuleNode

COLUMNS = "depths names types counts sections".split()
WIRED_BYTES = 200_000


def model():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 8 * 8, 10)
    )


def column(view, name):
    """Return a column as a list, texts instead of their indices."""
    values = getattr(view, name).tolist()
    return [view.texts[place] for place in values] if name in ("names", "types") else values


def parents(view):
    line, found = [], []
    for row, depth in enumerate(column(view, "depths")):
        del line[depth:]
        found.append(line[-1] if line else -1)
        line.append(row)
    return found


def own_values(view):
    """Return what each row holds beside its children, [3, N]."""
    own = view.values.copy()
    for row, parent in enumerate(parents(view)):
        if parent >= 0:
            own[:, parent] -= view.values[:, row]
    return own


def unique_parameters(net):
    return sum(each.numel() for each in net.parameters())


def unique_bytes(net):
    return sum(each.numel() * each.element_size() for each in net.parameters())


def sent_bytes(view):
    arrays = sum(getattr(view, name).nbytes for name in (*COLUMNS, "values"))
    return arrays + sum(len(text.encode()) + 4 for text in view.texts)


def test_each_module_with_what_it_holds(front_end):
    """Seen to fail with `activation_bytes` for those of its own."""
    net, example = model(), torch.zeros(2, 1, 8, 8)
    view = tl.Shares(net, example)
    assert column(view, "names") == ["", "0", "1", "3"]  # Flatten returns what it was given
    assert column(view, "types") == ["Sequential", "Conv2d", "ReLU", "Linear"]
    parameters, flops, memory = view.values.tolist()
    assert parameters == [unique_parameters(net), 40, 0, 2570]
    assert flops == [2 * 2 * (9 * 4 * 64 + 2560), 2 * 2 * 9 * 4 * 64, 0, 2 * 2 * 2560]
    feature_map = 2 * 4 * 64 * 4
    assert memory[1:] == [40 * 4 + feature_map, feature_map, 4 * 2570 + 2 * 10 * 4]
    assert memory[0] == sum(memory[1:])
    for name in (*COLUMNS, "values"):
        np.testing.assert_array_equal(front_end.array(view, name), getattr(view, name))


@pytest.mark.parametrize("name", ["resnet18", "vit_b_16", "googlenet", "mobilenet_v3_small"])
def test_sums_are_those_of_the_model(front_end, name):
    models = pytest.importorskip("torchvision").models
    keywords = {"init_weights": False, "aux_logits": False} if name == "googlenet" else {}
    with torch.device("meta"):
        net = getattr(models, name)(**keywords)
        described = tl.describe(net, torch.zeros(1, 3, 224, 224))
    view = tl.Shares(described)
    own = own_values(view)
    assert (own >= 0).all()
    whole = [unique_parameters(net), described.flops, unique_bytes(net)]
    whole[2] += described.activation_bytes
    assert view.values[:, 0].tolist() == own.sum(1).tolist() == whole
    assert set(column(view, "counts")) == {0}
    assert (view.values[:, 1:].max(0) > 0).all()


def test_what_is_shared_is_counted_once(front_end):
    """Seen to fail without `repeated_parameters`."""

    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(10, 4)
            self.head = nn.Linear(4, 10)
            self.head.weight = self.embedding.weight
            self.first = nn.Linear(4, 4)
            self.again = self.first
            self.within = nn.Sequential(self.first, nn.Linear(4, 4))

        def forward(self, x):
            return self.head(self.within(self.again(self.first(self.embedding(x)))))

    net = Tied()
    view = tl.Shares(net, torch.zeros(2, dtype=torch.long))
    held = dict(zip(column(view, "names"), view.values[0].tolist(), strict=True))
    assert held["embedding"] == 40
    assert held["head"] == 10
    assert held["first"] == 20
    assert "again" not in held
    assert view.values[0, 0] == own_values(view)[0].sum() == unique_parameters(net) == 90
    assert view.values[2, 0] >= 4 * 90


def test_what_is_tiny_is_merged_and_nothing_lost(front_end):
    """Seen to fail with the merged rows left out, and with 20,000 rows kept in any size."""
    blocks = [
        ModuleNode(
            f"blocks.{at}",
            "Block",
            own_parameters=at % 7,
            children=[
                ModuleNode(f"blocks.{at}.part{place}", "Part", own_parameters=at * place)
                for place in range(100)
            ],
        )
        for at in range(500)
    ]
    root = ModuleNode("", "Giant", children=[ModuleNode("blocks", "ModuleList", children=blocks)])
    total = sum(node.own_parameters for _, node in root.walk())
    nonzero = 1 + sum(any(n.own_parameters for _, n in each.walk()) for each in blocks)
    nonzero += sum(part.own_parameters > 0 for each in blocks for part in each.children)
    view = tl.Shares(Architecture(root, total, total, 4 * total))
    own = own_values(view)
    assert view.values[0, 0] == own[0].sum() == total
    assert (own >= 0).all()
    counts = np.array(column(view, "counts"))
    assert 1_000 < (counts == 0).sum() < nonzero
    assert (counts == 0).sum() - 1 + counts.sum() == nonzero
    assert sent_bytes(view) < WIRED_BYTES
    kept = view.values[0][(counts == 0) & (np.array(column(view, "types")) == "Part")]
    assert kept.max() == 499 * 99
    assert kept.min() > 0


def test_names_without_end_leave_fewer_modules(front_end):
    parts = [ModuleNode("x" * 400 + str(at), "P", own_parameters=1 + at) for at in range(1_500)]
    total = sum(each.own_parameters for each in parts)
    view = tl.Shares(Architecture(ModuleNode("", "M", children=parts), total, total, 0))
    assert sent_bytes(view) < WIRED_BYTES
    assert view.values[0, 0] == own_values(view)[0].sum() == total


def test_the_parts_that_a_model_falls_into(front_end):
    class Block(nn.Sequential):
        pass

    def net():
        blocks = [Block(nn.Linear(20, 20), nn.Linear(20, 20)) for _ in range(4)]
        return nn.Sequential(nn.Sequential(*blocks), nn.Linear(20, 1), nn.ReLU())

    view = tl.Shares(net())
    sections = column(view, "sections")
    depths = column(view, "depths")
    # the first part holds almost all, so its blocks are the parts; they are alike
    assert [each for each, depth in zip(sections, depths, strict=True) if depth == 2] == [1] * 4
    assert sections[:2] == [0, 0]
    assert sections[-1] == 2
    assert view.summary == "3.38 k parameters · 0 (4 × Block) holds 99 %"
    other = tl.Shares(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 20)))
    assert other.summary == "66 parameters · 1 holds 91 %"
    assert column(other, "sections") == [0, 2, 1]


def test_without_an_example_only_parameters_are_known(front_end):
    net = model().to(torch.float16)
    view = tl.Shares(net, of="flops")
    assert view.measures["flops"]["reason"] == "needs an example: tl.Shares(model, x)"
    assert view.measures["parameters"]["reason"] == view.measures["memory"]["reason"] == ""
    assert view.values[:, 0].tolist() == [2610, 0, 2 * 2610]
    assert "parameters alone" in view.measures["memory"]["note"]
    assert view.measures["memory"]["summary"].startswith("5.22 kB")


def test_a_forward_pass_that_fails(front_end):
    net = nn.Sequential(nn.Linear(4, 5), nn.Linear(6, 2))
    view = tl.Shares(net, torch.zeros(1, 4))
    assert "1" in view.failed
    assert view.measures["flops"]["reason"] == "the forward pass failed"
    assert view.values[:, 0].tolist() == [unique_parameters(net), 0, unique_bytes(net)]


def test_nothing_to_share_out(front_end):
    view = tl.Shares(nn.ReLU())
    assert all(told["reason"] for told in view.measures.values())
    assert view.values.tolist() == [[0], [0], [0]]
    assert view.measures["parameters"]["reason"] == "the model has no parameters"
    idle = tl.Shares(nn.ReLU(), torch.zeros(3), of="memory")
    assert idle.measures["memory"]["summary"] == "12 B"
    assert idle.measures["flops"]["reason"] == "no operation of the forward pass counts"


def test_a_very_deep_model(front_end):
    net = nn.Linear(3, 3)
    for _ in range(1_200):
        net = nn.Sequential(net)
    view = tl.Shares(net)
    assert view.values[0].tolist() == [12.0] * 1_201
    assert max(column(view, "depths")) == 1_200


def test_keywords_are_the_example_s(front_end):
    class Scaled(nn.Linear):
        def forward(self, x, *, scale):
            return super().forward(x) * scale

    assert tl.Shares(Scaled(2, 3), torch.zeros(1, 2), scale=2.0).values[1, 0] == 2 * 2 * 3


def test_bad_arguments_are_refused(front_end):
    with pytest.raises(ValueError, match=r"of: expected one of 'parameters', .*, got 'params'"):
        tl.Shares(model(), of="params")
    with pytest.raises(ValueError, match=r"kind: expected one of 'bars', .*, got 7"):
        tl.Shares(model(), kind=7)
    with pytest.raises(TypeError, match="model_or_architecture: expected .* got str"):
        tl.Shares("resnet50")
    with pytest.raises(TypeError, match="title: expected text, got int"):
        tl.Shares(model(), title=3)
    with pytest.raises(TypeError, match="run: shares do not change in training"):
        tl.Shares(model(), run=tl.Run("live"))
    described = tl.describe(model())
    with pytest.raises(TypeError, match="inputs: expected none with a description"):
        tl.Shares(described, torch.zeros(1))
    with pytest.raises(TypeError, match="scale: expected none with a description"):
        tl.Shares(described, scale=1)
