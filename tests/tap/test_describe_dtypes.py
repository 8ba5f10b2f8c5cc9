"""Tensors of a dtype that a layer does not take. What a real pass does is the oracle."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import torchloupe as tl
from torchloupe.tap import graph_of

DTYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64)


class Product(nn.Module):
    """No layer: a product with a parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(4, 4))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight


class Attending(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.attention(x, x, x)[0]


LAYERS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "linear": (lambda: nn.Linear(4, 2), (3, 4)),
    "convolution": (lambda: nn.Conv1d(4, 2, 1), (3, 4, 5)),
    "transposed": (lambda: nn.ConvTranspose1d(4, 2, 1), (3, 4, 5)),
    "batch norm": (lambda: nn.BatchNorm1d(4), (3, 4)),
    "layer norm": (lambda: nn.LayerNorm(4), (3, 4)),
    "group norm": (lambda: nn.GroupNorm(2, 4), (3, 4)),
    "cell": (lambda: nn.GRUCell(4, 2), (3, 4)),
    "recurrent": (lambda: nn.LSTM(4, 2), (3, 4)),
    "attention": (Attending, (3, 2, 4)),
    "product": (Product, (3, 4)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_it_fails_where_a_real_pass_does(name: str) -> None:
    """Without contents torch does not look: seen to fail where the counter does not either."""
    make, shape = LAYERS[name]
    for of_weights, of_input in product(DTYPES[:4], DTYPES):
        model = make().to(of_weights).eval()
        x = torch.zeros(shape, dtype=of_input)
        found, graph = tl.describe(model, x), graph_of(model, x)
        assert bool(found.failure) == bool(graph.failure) == _fails(model, x), (
            of_weights,
            of_input,
        )


def _fails(model: nn.Module, x: Tensor) -> bool:
    try:
        model(x)
    except (RuntimeError, ValueError, NotImplementedError):
        return True
    return False


def test_the_layer_is_told_with_both_dtypes() -> None:
    def told(model: nn.Module, x: Tensor) -> str:
        return tl.describe(nn.Sequential(model), x).failure

    wide = torch.zeros(2, 4, dtype=torch.float64)
    for layer in (nn.BatchNorm1d(4), nn.LayerNorm(4), nn.GroupNorm(2, 4), nn.GRUCell(4, 4)):
        assert told(layer, wide).endswith(" was given [2, 4] of float64; its weights are float32")
    assert told(Product(), wide) == (
        "Shapes end at 0: RuntimeError: aten::mm needs tensors of one dtype, got float64, float32"
    )
    # It is not for its dtype that a norm fails which may be given narrow numbers.
    failure = told(nn.GroupNorm(2, 4), torch.zeros(2, 5, dtype=torch.bfloat16))
    assert "float32" not in failure


class Casting(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Any:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return self.layer(x.bfloat16())


def test_autocast_and_forwards_that_cast_are_not_refused() -> None:
    """Seen to fail when a layer's dtype was compared before its own forward had a say."""
    Casting()(torch.zeros(1, 4))
    assert tl.describe(Casting(), torch.zeros(1, 4)).failure == ""
    layer = nn.Linear(4, 4).half()
    layer.forward = _casting(layer.forward)
    layer(torch.zeros(1, 4))
    found = tl.describe(nn.Sequential(layer), torch.zeros(1, 4))
    assert (found.failure, found.method) == ("", "meta")


def _casting(before: Any) -> Any:
    return lambda x: before(x.half())


def test_of_a_real_pass_it_is_torchs_own_word() -> None:
    class Reading(Product):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x.double() * (x.sum().item() + 1))

    found = tl.describe(Reading(), torch.zeros(3, 4), execute=True)
    assert found.method == "real"
    assert "expected m1 and m2 to have the same dtype" in found.failure


def test_autocast_around_it_all() -> None:
    model, x = nn.Linear(4, 4), torch.zeros(1, 4, dtype=torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        model(x)
        assert tl.describe(model, x).failure == graph_of(model, x).failure == ""
    torch.set_autocast_enabled("cpu", True)  # as notebooks do that switch it on for good
    try:
        assert tl.describe(model, x).failure == ""
    finally:
        torch.set_autocast_enabled("cpu", False)
    assert "bfloat16; its weights are float32" in tl.describe(model, x).failure
