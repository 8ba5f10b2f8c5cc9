"""Modules and weights that have several places, and modules that are called several times."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

import torchloupe as tl
from tests.tap.described import nodes_of, unique_total


class Language(nn.Module):
    """Tied weights, a layer that is called twice, one that never is, and a dictionary returned."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10, 8)
        self.body = nn.Linear(8, 8)
        self.unused = nn.Linear(3, 3)
        self.head = nn.Linear(8, 10, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, tokens: Tensor, *, mask: Tensor | None = None) -> dict[str, Any]:
        x = self.body(self.body(self.embedding(tokens)))
        return {"logits": self.head(x if mask is None else x * mask), "loss": None}


def test_tied_weights_repeated_calls_and_dictionaries() -> None:
    model = Language()
    tokens, mask = torch.zeros(2, 5, dtype=torch.int64), torch.ones(8, dtype=torch.float16)
    found = tl.describe(model, tokens, mask=mask)
    nodes = nodes_of(found)
    assert found.parameters == unique_total(model) == 80 + 72 + 12
    assert (nodes["embedding"].tied, nodes["head"].tied) == (
        {"weight": "head.weight"},
        {"weight": "embedding.weight"},
    )
    assert (nodes["body"].calls, nodes["unused"].calls, nodes["unused"].order) == (2, 0, None)
    assert [nodes[path].order for path in ("", "embedding", "body", "head")] == [0, 1, 2, 3]
    assert nodes["body"].flops == 2 * 2 * 10 * 8 * 8
    assert nodes["body"].activation_bytes == 2 * 10 * 8 * 4
    assert found.root.input_names == ("[0]", ".mask")
    assert found.root.input_dtypes == ("int64", "float16")
    assert found.root.output_names == ("['logits']",)
    assert found.root.output == "['logits'] [2, 5, 10]"
    assert found.root.input == "[0] [2, 5], .mask [8]"
    assert found.input_bytes == 10 * 8 + 8 * 2


def test_shapes_are_those_of_the_first_call() -> None:
    class Growing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.Softmax(dim=-1)

        def forward(self, x: Tensor) -> Tensor:
            return self.norm(torch.cat([self.norm(x), x.half()]).half())

    found = tl.describe(Growing(), torch.zeros(2, 3)).root.children[0]
    assert (found.calls, found.input_shapes, found.output_shapes) == (2, ((2, 3),), ((2, 3),))
    assert (found.input_dtypes, found.output_dtypes) == (("float32",), ("float32",))


def test_a_shared_module_is_told_where_it_was_first() -> None:
    inner = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    model = nn.ModuleDict({"a": nn.Sequential(inner, nn.ReLU()), "b": nn.Sequential(inner, inner)})
    whole = nn.Sequential(model["a"], model["b"])
    found = tl.describe(whole, torch.zeros(1, 4))
    nodes = nodes_of(found)
    assert (nodes["1.0"].shared_with, nodes["1.1"].shared_with) == ("0.0", "0.0")
    assert [nodes[path].parameters for path in ("", "0", "0.0", "1", "1.0")] == [40] * 5
    assert (nodes["0.0"].calls, nodes["1.0"].calls) == (3, 0)
    once = 2 * 2 * 16
    assert [nodes[path].flops for path in ("", "0", "1", "0.0")] == [
        3 * once,
        once,
        2 * once,
        3 * once,
    ]
    assert sum(node.own_flops for node in nodes.values()) == found.flops == 3 * once


class Within(nn.Module):
    """Contains itself, and calls itself."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.again = self

    def forward(self, x: Tensor, times: int = 3) -> Tensor:
        return self.again(self.layer(x), times - 1) if times else x


def test_recursion() -> None:
    found = tl.describe(Within(), torch.zeros(1, 4))
    layer, again = found.root.children
    assert (again.shared_with, again.children) == ("", [])
    assert (found.root.calls, layer.calls) == (4, 3)
    assert found.flops == found.root.flops == layer.flops == 3 * 2 * 16
    assert (found.parameters, again.parameters) == (20, 20)
