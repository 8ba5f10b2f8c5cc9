"""The traced graph of ten and more models against torch.fx, collapsed the same way.

Where fx writes one node for each Python value, a graph has one for each tensor: sizes, shapes and
what is computed from them are left out, and taking a tensor out of a tuple is no step.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn
from torchvision import models

from torchloupe.tap import Graph, graph_of

# fx has no `+=` of its own: it writes `+`.
NAMES = {"truediv": "div", "add_": "add", "mul_": "mul"}


class _Tracer(fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        if isinstance(m, (nn.Sequential, nn.ModuleList, nn.ModuleDict)):
            return not list(m.children())
        return type(m).__module__.startswith("torch.nn.") or not list(m.children())


class _Values(fx.Interpreter):
    def run_node(self, n: fx.Node) -> Any:
        n.meta["value"] = super().run_node(n)
        return n.meta["value"]


def _has_tensor(value: Any) -> bool:
    found: list[Any] = []
    fx.node.map_aggregate(value, lambda each: found.append(isinstance(each, Tensor)))
    return any(found)


def _by_fx(model: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[set[str], set[tuple[str, str]]]:
    traced = fx.GraphModule(model, _Tracer().trace(model))
    with torch.no_grad(), torch.device("meta"):
        _Values(traced).run(*inputs)
    names: dict[fx.Node, list[str]] = {}
    counts: dict[str, int] = {}
    nodes: set[str] = set()
    edges: set[tuple[str, str]] = set()
    for node in traced.graph.nodes:
        sources = [name for each in node.all_input_nodes for name in names[each]]
        taken = node.target is operator.getitem and not isinstance(
            node.args[0].meta["value"], Tensor
        )
        if taken or not _has_tensor(node.meta["value"]):
            names[node] = sources if taken else []
            continue
        name = _fx_name(node)
        if node.op not in ("get_attr", "placeholder", "output"):
            counts[name] = counts.get(name, 0) + 1
            name += f" {counts[name]}"
        names[node] = [name]
        nodes.add(name)
        edges.update((source, name) for source in sources)
    return nodes, edges


def _fx_name(node: fx.Node) -> str:
    if node.op in ("placeholder", "output"):
        return f"{node.op} {node.target}"
    if node.op in ("call_module", "get_attr"):
        return str(node.target)
    stack = list(node.meta.get("nn_module_stack", {}).values())
    owner = stack[-1][0] if stack else ""
    if node.target is getattr:
        return f"{owner}: {node.args[1]}"
    name = node.target if isinstance(node.target, str) else node.target.__name__
    return f"{owner}: {NAMES.get(name, name)}"


def _ours(graph: Graph) -> tuple[set[str], set[tuple[str, str]]]:
    counts: dict[str, int] = {}
    names: dict[str, str] = {}
    for node in graph.nodes:
        if node.kind == "input":
            name = f"placeholder {node.label}"
        elif node.kind == "output":
            name = "output output"
        elif node.kind in ("parameter", "buffer"):
            name = node.label
        else:
            name = f"{node.path}: {NAMES.get(node.label, node.label)}"
            name = node.path if node.kind == "module" else name
            counts[name] = counts.get(name, 0) + 1
            name += f" {counts[name]}"
        names[node.id] = name
    edges = {(names[edge.source], names[edge.target]) for edge in graph.edges}
    return set(names.values()), edges


class UNet(nn.Module):
    def __init__(self, depth: int = 3) -> None:
        super().__init__()
        wide = [3] + [8 * 2**level for level in range(depth + 1)]
        self.down = nn.ModuleList(_double(a, b) for a, b in pairwise(wide))
        self.up = nn.ModuleDict(
            {
                str(level): nn.ConvTranspose2d(wide[level + 1], wide[level], 2, 2)
                for level in range(1, depth + 1)
            }
        )
        self.join = nn.ModuleList(
            _double(2 * wide[level], wide[level]) for level in range(1, depth + 1)
        )
        self.head = nn.Conv2d(wide[1], 2, 1)

    def forward(self, image: Tensor) -> Tensor:
        skips = []
        for level, block in enumerate(self.down):
            image = block(image)
            if level < len(self.down) - 1:
                skips.append(image)
                image = F.max_pool2d(image, 2)
        for level in reversed(range(len(self.join))):
            image = self.up[str(level + 1)](image)
            image = self.join[level](torch.cat([skips.pop(), image], dim=1))
        return torch.sigmoid(self.head(image))


def _double(inside: int, outside: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(outside, outside, 3, padding=1),
        nn.ReLU(inplace=True),
    )


class TwoInputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.image = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten())
        self.words = nn.Embedding(10, 4)
        self.scale = nn.Parameter(torch.ones(4))
        self.register_buffer("shift", torch.zeros(4))
        self.head = nn.Bilinear(144, 4, 2)

    def forward(self, image: Tensor, words: Tensor) -> dict[str, Any]:
        words = self.words(words)
        largest, _ = words.max(dim=1)
        told = 1 - largest * self.scale + self.shift
        first, second = self.image(image).chunk(2)
        score = self.head(torch.cat((first, second)), told / words.shape[1])
        return {"score": score, "told": [told, told.T]}


class Shared(nn.Module):
    """One layer called in a loop, with an activation that changes its input in place."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.block = nn.Sequential(nn.Linear(4, 4), nn.Dropout(), nn.Identity())

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(5):
            y = self.layer(x)
            x = x + F.relu(y, inplace=True)
            x = self.block(x) + x
        return x


def _image(size: int) -> tuple[Tensor, ...]:
    return (torch.empty(2, 3, size, size, device="meta"),)


def _torchvision(name: str, size: int, **kwargs: Any) -> Callable[[], tuple[nn.Module, Any]]:
    return lambda: (models.get_model(name, weights=None, **kwargs), _image(size))


CASES: dict[str, Callable[[], tuple[nn.Module, tuple[Tensor, ...]]]] = {
    "resnet18": _torchvision("resnet18", 32),
    "resnet50": _torchvision("resnet50", 32),
    "vgg11_bn": _torchvision("vgg11_bn", 32),
    "densenet121": _torchvision("densenet121", 32),
    "inception_v3": _torchvision("inception_v3", 96, init_weights=False),
    "googlenet": _torchvision("googlenet", 64, init_weights=False),
    "mobilenet_v3_small": _torchvision("mobilenet_v3_small", 32),
    "efficientnet_b0": _torchvision("efficientnet_b0", 32),
    "shufflenet_v2_x0_5": _torchvision("shufflenet_v2_x0_5", 32),
    "vit_b_16": _torchvision("vit_b_16", 224),
    "convnext_tiny": _torchvision("convnext_tiny", 32),
    "unet": lambda: (UNet(), _image(32)),
    "two_inputs": lambda: (
        TwoInputs(),
        (torch.empty(4, 3, 8, 8), torch.zeros(4, 5, dtype=torch.int64)),
    ),
    "shared": lambda: (Shared(), (torch.empty(2, 4),)),
}
# In these fx does not look at every step (`fx.wrap`), or takes tensors made on the way for weights;
# regnets work out their own sizes with tensors, which the meta device does not stand.
OTHERS = ("swin", "maxvit", "regnet")
if os.environ.get("TORCHLOUPE_TORTURE"):
    REST = set(models.list_models(module=models)) - CASES.keys()
    CASES |= {name: _torchvision(name, 224) for name in sorted(REST) if not name.startswith(OTHERS)}


@pytest.mark.torture
@pytest.mark.parametrize("name", CASES)
def test_nodes_and_edges_are_those_of_fx(name: str) -> None:
    with torch.device("meta"):
        model, inputs = CASES[name]()
    model.eval()
    graph = graph_of(model, *inputs)
    assert graph.failure == ""
    nodes, edges = _ours(graph)
    expected_nodes, expected_edges = _by_fx(model, inputs)
    assert len(expected_nodes) > 10
    assert nodes == expected_nodes
    assert edges == expected_edges
