"""Tensors that stand for others have their kind, and are where they are to be."""

from __future__ import annotations

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

from torchloupe.tap._weightless import cloned, fake_in, on_meta


def test_what_is_lazy_stays_lazy() -> None:
    for made_by in (cloned, fake_in(FakeTensorMode()), on_meta):
        parameter = made_by(UninitializedParameter(requires_grad=False))
        assert type(parameter) is UninitializedParameter
        assert not parameter.requires_grad
        assert type(made_by(UninitializedBuffer(dtype=torch.float16))) is UninitializedBuffer
    assert cloned(UninitializedParameter()).device.type == "cpu"
    assert on_meta(UninitializedParameter()).device.type == "meta"


def test_fake_ones_claim_to_be_where_the_others_are() -> None:
    fake = fake_in(FakeTensorMode(allow_non_fake_inputs=True))
    for device in ("cpu", "meta"):
        made = fake(nn.Parameter(torch.empty(2, 3, device=device)))
        assert (made.device.type, made.shape, made.requires_grad) == (device, (2, 3), True)
