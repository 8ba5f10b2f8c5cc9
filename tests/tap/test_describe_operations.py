"""Operations: of attention, and of models that do not stay on the meta device."""

from __future__ import annotations

import warnings

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import torchloupe as tl
from tests.tap.described import nodes_of
from tests.tap.llama import Llama


def test_fake_tensors_where_meta_does_not_do() -> None:
    class Reading(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            times = int(torch.tensor(3))
            return self.layer(x.cpu()).repeat(1, times)

    found = tl.describe(Reading(), torch.zeros(2, 4))
    assert (found.failure, found.method, found.root.output_shapes) == ("", "fake", ((2, 12),))
    assert (found.flops, nodes_of(found)["layer"].calls) == (2 * 2 * 16, 1)


def test_where_the_shape_depends_on_values_no_second_pass_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Fake tensors know no more than meta's, and loading them takes a second."""

    class Finding(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.nonzero()

    made: list[object] = []
    monkeypatch.setattr("torch._subclasses.fake_tensor.FakeTensorMode", made.append)
    assert "aten::nonzero needs the values" in tl.describe(Finding(), torch.zeros(3)).failure
    assert made == []


class Signing(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x if bool(x.sum() > 0) else -x


def test_what_a_script_needs_values_for_is_named() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is old
        scripted = torch.jit.script(Signing())
    told = tl.describe(nn.Sequential(scripted), torch.zeros(3)).failure
    assert "aten::_local_scalar_dense (.item(), `if tensor:`, int()) needs the values" in told


def test_models_that_differentiate_within() -> None:
    class Gradient(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(4, 1)

        def forward(self, x: Tensor) -> Tensor:
            x = x.detach().requires_grad_()
            return torch.autograd.grad(self.layer(x).sum(), x)[0]

    model = Gradient()
    for without in (torch.no_grad, torch.inference_mode):
        with without():
            found = tl.describe(model, torch.zeros(2, 4))
            assert not torch.is_grad_enabled()
        assert (found.failure, found.root.output_shapes) == ("", ((2, 4),))
    assert model.layer.weight.grad is None


def test_a_small_one_of_the_same_kind_for_real() -> None:
    model = Llama(layers=2, width=128, words=100)
    tokens = torch.zeros(1, 16, dtype=torch.int64)
    counter = FlopCounterMode(display=False)
    with counter:
        model(tokens)
    assert tl.describe(model, tokens).flops == counter.get_total_flops()


def test_frozen_attention_is_counted_all_the_same() -> None:
    """A real pass of frozen modules takes a fused path that `FlopCounterMode` does not know."""
    layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True).eval()
    trainable = tl.describe(layer, torch.zeros(1, 6, 16)).flops
    counter = FlopCounterMode(display=False)
    with counter:
        layer(torch.zeros(1, 6, 16))
    assert trainable == counter.get_total_flops()
    with torch.no_grad():
        assert tl.describe(layer.requires_grad_(False), torch.zeros(1, 6, 16)).flops == trainable
