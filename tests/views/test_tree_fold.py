"""Siblings that are built alike stand in one line."""

import time

import pytest
import torch
import torchvision
from torch import nn

import torchloupe as tl
from torchloupe.tap import ModuleNode
from torchloupe.views._tree_fold import lines_of, runs_of, structure_keys


class Broken(nn.Linear):
    def __init__(self):
        super().__init__(2, 2)

    def forward(self, x):
        return super().forward(x[:, :1])


def names(architecture, depth):
    return [line.name for line in lines_of(architecture.root) if line.depth == depth]


def test_the_blocks_of_a_resnet():
    described = tl.describe(torchvision.models.resnet50())
    repeats = [line for line in lines_of(described.root) if line.is_repeat]
    assert [(line.node.path, line.name, len(line.nodes)) for line in repeats] == [
        ("layer2.1", "(1–3)", 3),
        ("layer3.1", "(1–5)", 5),
    ]
    assert {node.type for line in repeats for node in line.nodes} == {"Bottleneck"}


def test_every_module_stands_in_a_line_of_its_own_once():
    for build in (torchvision.models.resnet18, torchvision.models.vit_b_16):
        with torch.device("meta"):
            net = build()
        lines = [line for line in lines_of(tl.describe(net).root) if not line.is_repeat]
        assert [line.node.path for line in lines] == [path for path, _ in net.named_modules()]


def test_a_line_of_several_opens_to_them():
    described = tl.describe(nn.Sequential(*(nn.Linear(2, 2) for _ in range(4))))
    lines = [(line.depth, line.name) for line in lines_of(described.root)]
    assert lines == [(0, ""), (1, "(0–3)"), (2, "0"), (2, "1"), (2, "2"), (2, "3")]


@pytest.mark.parametrize(
    ("modules", "expected"),
    [
        ([nn.ReLU(), nn.ReLU()], ["0", "1"]),  # two are no more to read than one line and a click
        ([nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 3)], ["0", "1", "2"]),
        ([nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2, bias=False)], ["0", "1", "2"]),
        ([nn.Dropout(0.1), nn.Dropout(0.2), nn.Dropout(0.3)], ["0", "1", "2"]),
        ([make() for _ in range(3) for make in (nn.Tanh, nn.ReLU)], list("012345")),
        ([nn.ReLU(), *(nn.Sequential(nn.Linear(2, 2)) for _ in range(3))], ["0", "(1–3)"]),
        ([nn.Sequential(nn.Linear(2, 2 + place // 2)) for place in range(4)], list("0123")),
    ],
)
def test_what_is_alike(modules, expected):
    assert names(tl.describe(nn.Sequential(*modules)), 1) == expected


def test_frozen_failed_and_shared_ones_are_not_hidden_among_others():
    layers = nn.Sequential(*(nn.Linear(2, 2) for _ in range(6)))
    for layer in layers[:3]:
        layer.requires_grad_(False)
    assert names(tl.describe(layers), 1) == ["(0–2)", "(3–5)"]
    same = nn.Linear(2, 2)
    shared = tl.describe(nn.Sequential(same, nn.Linear(2, 2), nn.Linear(2, 2), same))
    assert names(shared, 1) == ["(0–2)", "3"]
    layers = nn.Sequential(*(nn.Linear(2, 2) for _ in range(6)))
    layers.add_module("3", Broken())
    assert "3" in names(tl.describe(layers, torch.zeros(1, 2)), 1)


def test_runs_are_cut_where_structure_changes():
    nodes = [ModuleNode(str(place), kind) for place, kind in enumerate("aaabbccccd")]
    keys = {id(node): ord(node.type) for node in nodes}
    found = ["".join(node.type for node in run) for run in runs_of(nodes, keys)]
    assert found == ["aaa", "b", "b", "cccc", "d"]
    assert runs_of([], {}) == []
    assert [len(run) for run in runs_of(nodes, keys, least=2)] == [3, 2, 4, 1]


def chain(length):
    root = node = ModuleNode("", "Block")
    for _ in range(length):
        child = ModuleNode(f"{node.path}.0".lstrip("."), "Block")
        node.children.append(child)
        node = child
    return root


def test_a_deep_tree_is_no_deep_recursion():
    assert len(list(lines_of(chain(3_000)))) == 3_001


def test_the_time_is_linear():
    def seconds(count):
        root = ModuleNode("", "Sequential")
        root.children = [
            ModuleNode(str(i), "Block", children=[ModuleNode(f"{i}.{j}", "Part") for j in range(9)])
            for i in range(count)
        ]
        best = 9.0
        for _ in range(3):
            began = time.process_time()
            structure_keys(root)
            best = min(best, time.process_time() - began)
        return best

    assert seconds(8_000) < 40 * max(seconds(800), 1e-3)
