"""Shapes that are taken from memory are those that torch would have worked out again."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import torchloupe as tl


def outputs_of(function: Any, *inputs: Tensor) -> tl.ModuleNode:
    class Model(nn.Module):
        def forward(self, *tensors: Tensor) -> Any:
            return function(*tensors)

    found = tl.describe(Model(), *inputs)
    assert found.failure == ""
    return found.root


def test_dtypes_are_told_apart() -> None:
    root = outputs_of(lambda x: (F.gelu(x), F.gelu(x.bfloat16()), F.gelu(x)), torch.zeros(4))
    assert root.output_dtypes == ("float32", "bfloat16", "float32")


def test_strides_are_told_apart() -> None:
    # A view needs the strides that a real gelu keeps.
    root = outputs_of(lambda x: (F.gelu(x).view(-1), F.gelu(x.t()).t().view(-1)), torch.zeros(4, 4))
    assert root.output_shapes == ((16,), (16,))


def test_whole_and_real_numbers_are_told_apart() -> None:
    root = outputs_of(lambda x: (x + 1, x + 1.0, x + True), torch.zeros(3, dtype=torch.int64))
    assert root.output_dtypes == ("int64", "float32", "int64")


def test_what_changes_its_argument_is_called_each_time() -> None:
    def grow(x: Tensor) -> tuple[Tensor, ...]:
        first, second = x.clone(), x.clone()
        return first.unsqueeze_(0), second.unsqueeze_(0), first.resize_(7)

    assert outputs_of(grow, torch.zeros(3)).output_shapes == ((7,), (1, 3), (7,))


def test_operations_are_counted_each_time() -> None:
    root = outputs_of(lambda x: x @ x + x @ x, torch.zeros(4, 4))
    assert root.flops == 2 * 2 * 64


def test_two_outputs_from_memory_are_two_tensors() -> None:
    def function(x: Tensor) -> tuple[Tensor, Tensor]:
        first, second = x.cos(), x.cos()
        return first.unsqueeze_(0), second

    assert outputs_of(function, torch.zeros(3)).output_shapes == ((1, 3), (3,))


def test_keywords_are_told_apart() -> None:
    def places(x: Tensor) -> tuple[Tensor, ...]:
        short = torch.searchsorted(x, x, out_int32=True)
        return short, torch.searchsorted(x, x, right=True), torch.searchsorted(x, x)

    assert outputs_of(places, torch.zeros(3)).output_dtypes == ("int32", "int64", "int64")


def test_tensors_without_memory_of_their_own() -> None:
    sparse = torch.eye(3).to_sparse()
    assert outputs_of(lambda x: x.clone(), sparse).output_shapes == ((3, 3),)


def test_sparse_ones_stay_sparse_the_second_time() -> None:
    layouts: list[torch.layout] = []

    def function(x: Tensor) -> Tensor:
        layouts.extend(each.layout for each in (x.clone(), x.clone()))
        return x

    outputs_of(function, torch.eye(3).to_sparse())
    assert set(layouts) == {torch.sparse_coo}


def test_what_torch_refuses_it_refuses_the_second_time_too() -> None:
    class Mixing(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x + x + torch.ones(3, device="cpu")

    found = tl.describe(Mixing(), torch.zeros(3))
    assert (found.failure, found.method) == ("", "fake")


def test_tensors_that_answer_for_their_own_layout() -> None:
    # A jagged one says itself how large it is.
    jagged = torch.nested.nested_tensor([torch.zeros(2, 4), torch.zeros(3, 4)], layout=torch.jagged)
    (shape,) = outputs_of(lambda x: x.size(0) * x.contiguous(), jagged).output_shapes
    assert (len(shape), shape[0], shape[2]) == (3, 2, 4)


def test_in_inference_mode_a_layer_is_counted_as_torch_counts_it() -> None:
    layer = nn.Linear(4, 5)

    class Inferring(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = layer

        @torch.inference_mode()
        def forward(self, x: Tensor) -> Tensor:
            return self.layer(x)

    x = torch.zeros(2, 4)
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        layer(x)
    assert tl.describe(Inferring(), x).flops == counter.get_total_flops() == 2 * 2 * 4 * 5


def test_lists_of_what_is_not_known_are_not_taken_for_one_another() -> None:
    def function(x: Tensor) -> tuple[Tensor, ...]:
        return tuple(x[torch.zeros(n, dtype=torch.int64, device="cpu")] for n in (2, 3))

    assert outputs_of(function, torch.zeros(4)).output_shapes == ((2,), (3,))


def test_attention_is_counted_as_torch_counts_it() -> None:
    def attend(x: Tensor) -> Tensor:
        mixed = F.scaled_dot_product_attention(x, x, x, is_causal=True)
        return F.scaled_dot_product_attention(mixed, x, x)

    x = torch.zeros(2, 2, 5, 8)
    with FlopCounterMode(display=False) as counter:
        attend(x.requires_grad_())
    assert outputs_of(attend, x).flops == counter.get_total_flops() > 0
