"""What a function call is called, and which of its arguments are told."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from tests.tap.graphs import traced


@pytest.mark.parametrize(
    ("call", "label", "settings"),
    [
        (lambda x: x + 1, "add", "1"),
        (lambda x: 1 - x, "sub", "1"),
        (lambda x: 2 / x, "div", "2"),
        (lambda x: 2**x, "pow", "2"),
        (lambda x: x.relu(), "relu", ""),
        (lambda x: x.real, "real", ""),
        (lambda x: torch.ops.aten.add.Tensor(x, x), "add", ""),
        (lambda x: x[:, 0], "getitem", "[:, 0]"),
        (lambda x: x[..., 1:4:2], "getitem", "[..., 1:4:2]"),
        (lambda x: x[[0, 1]], "getitem", "[[0, 1]]"),
        (lambda x: x[0, 1], "getitem", "[0, 1]"),
        (lambda x: x[torch.tensor([0])], "getitem", ""),
        (lambda x: x[:, torch.tensor([0])], "getitem", ""),
        (lambda x: x * 0.123456789, "mul", "0.1235"),
        (lambda x: x.sum(dim=(0, 1), keepdim=False), "sum", "dim=(0, 1)"),
        (lambda x: x.sum(0, keepdim=True), "sum", "0, keepdim=True"),
        (lambda x: F.softmax(x, dim=1, dtype=None), "softmax", "dim=1"),
        (lambda x: x.to(torch.float16), "to", "float16"),
        (lambda x: x[:, [0] * 9], "getitem", "[:, [0, 0, 0, 0, 0, 0, 0, 0, …]]"),
        (lambda x: torch.cat([x, x], 1), "cat", "1"),
        (lambda x: torch.einsum("ij,kj->" + "ik" + " " * 99, x, x), "einsum", "ij,kj->ik"),
        (lambda x: x.view(*[1] * 40, 2, 4), "view", "1, " * 19 + "1,…"),
    ],
)
def test_a_call_is_written_as_a_person_would(call: Any, label: str, settings: str) -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        return call(x)

    graph = traced(forward)
    assert graph.failure == ""
    node = [each for each in graph.nodes if each.kind == "operation"][-1]
    assert node.label == label
    assert node.settings == settings
