"""Models that are deep, long or large."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Any

import torch
from torch import nn

import torchloupe as tl
from tests.tap.described import nodes_of, unique_total
from tests.tap.llama import Llama


def test_deeper_than_pythons_stack() -> None:
    model: nn.Module = nn.Linear(4, 4)
    for _ in range(2_000):
        model = nn.Sequential(model)
    found = tl.describe(model, torch.zeros(1, 4))
    assert "nested deeper than Python's stack" in found.failure
    assert len(found.failure) < 400
    assert len(str(found)) < 5_000
    assert sum(1 for _ in found.root.walk()) == 2_001
    assert all(node.parameters == 20 for _, node in found.root.walk())
    assert tl.Architecture.from_dict(found.to_dict()) == found


def test_as_deep_as_a_real_pass_can_go() -> None:
    model: nn.Module = nn.Linear(4, 4)
    for _ in range(230):
        model = nn.Sequential(model)
    model(torch.zeros(1, 4))
    assert tl.describe(model, torch.zeros(1, 4)).failure == ""


def test_time_grows_with_the_number_of_modules_alone() -> None:
    """What is done is counted, not timed: reading a module's tensors, and calls of Python."""
    counts = []
    for depth in (100, 200):
        model: nn.Module = nn.Linear(2, 2)
        for _ in range(depth):
            model = nn.Sequential(nn.Linear(2, 2), model)
        counts.append(_count_calls(lambda model=model: tl.describe(model)))
    assert counts[1] < 2.2 * counts[0]


def _count_calls(function: Any) -> int:
    import sys

    calls = 0

    def count(*_: Any) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(None)
    return calls


def test_fifty_thousand_modules() -> None:
    model = nn.Sequential(*[nn.Sequential(nn.PReLU(6, device="meta")) for _ in range(25_000)])
    found = tl.describe(model)
    assert found.parameters == 25_000 * 6
    assert sum(1 for _ in found.root.walk()) == 50_001
    assert len(str(found).splitlines()) < 320
    assert "49,701 modules more" in str(found)


def test_seventy_billion_parameters_on_meta() -> None:
    with torch.device("meta"):
        model = Llama().to(torch.bfloat16)
    length = 4096
    gc.collect()
    tracemalloc.start()
    found = tl.describe(model, torch.zeros(1, length, dtype=torch.int64))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6
    assert found.failure == ""
    assert found.parameters == unique_total(model) == 70_553_706_496
    assert (found.parameter_bytes, found.root.dtype, found.root.device) == (
        2 * found.parameters,
        "bfloat16",
        "meta",
    )
    blocks = nodes_of(found)["blocks"]
    assert blocks.flops == sum(block.flops for block in blocks.children)
    products = found.parameters - model.embedding.weight.numel() - 161 * 8192
    assert found.flops == 2 * length * products + 80 * 4 * length * length * 8192
