"""Examples that are more than plain tensors: packed sequences, masks, nested tensors, objects."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence
from torch.utils.flop_counter import FlopCounterMode

import torchloupe as tl
from torchloupe.tap import graph_of


def test_packed_sequences() -> None:
    """Their lengths are kept, being sizes. Seen to fail when they went to the meta device."""
    model = nn.LSTM(4, 5, batch_first=True)
    lengths = torch.tensor([3, 6])
    packed = pack_padded_sequence(torch.ones(2, 6, 4), lengths, True, enforce_sorted=False)
    before = packed.batch_sizes.clone()
    with FlopCounterMode(display=False) as counter:
        output, (hidden, _) = model(packed)
    found = tl.describe(model, packed)
    assert (found.failure, found.method) == ("", "meta")
    assert found.flops == counter.get_total_flops() > 0
    assert found.root.output_shapes[0] == output.data.shape
    assert found.root.output_shapes[-1] == hidden.shape
    assert torch.equal(packed.batch_sizes, before)
    assert graph_of(model, packed).nodes[-1].id in ("LSTM", "output[1][1]")


def test_the_lengths_of_a_packed_sequence_are_its_own() -> None:
    class Writing(nn.Module):
        def forward(self, packed: PackedSequence) -> Tensor:
            packed.batch_sizes.add_(1)
            return packed.data

    packed = pack_padded_sequence(torch.ones(2, 6, 4), [6, 3], batch_first=True)
    before = packed.batch_sizes.clone()
    assert tl.describe(Writing(), packed).failure == ""
    assert torch.equal(packed.batch_sizes, before)


def test_lengths_that_are_to_be_packed_need_values() -> None:
    class Packing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.GRU(4, 5, batch_first=True)

        def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
            return self.layer(pack_padded_sequence(x, lengths, True, False))[1]

    example = torch.ones(2, 6, 4), torch.tensor([3, 6])
    assert "execute=True" in tl.describe(Packing(), *example).failure
    found = tl.describe(Packing(), *example, execute=True)
    assert (found.failure, found.root.output_shapes) == ("", ((1, 2, 5),))


def test_a_padding_mask() -> None:
    """Else the encoder looks into its mask whether it could pack the batch."""
    layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
    model = nn.TransformerEncoder(layer, 2)
    x, mask = torch.ones(2, 5, 16), torch.tensor([[False] * 5, [False, False, True, True, True]])
    with FlopCounterMode(display=False) as counter:
        expected = model.train()(x, src_key_padding_mask=mask)
    found = tl.describe(model, x, src_key_padding_mask=mask)
    assert (found.failure, found.method) == ("", "meta")
    assert found.root.output_shapes == (expected.shape,) == ((2, 5, 16),)
    assert found.flops == counter.get_total_flops()
    assert model.use_nested_tensor
    graph = graph_of(model, x, src_key_padding_mask=mask)
    assert graph.failure == ""
    assert [repeat.label for repeat in graph.repeats] == ["2 × TransformerEncoderLayer"]


def test_tensors_that_have_no_shape_alone_are_told() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is a prototype
        nested = torch.nested.nested_tensor([torch.ones(2, 3), torch.ones(1, 3)])
    model = nn.Linear(3, 2)
    found, graph = tl.describe(model, nested), graph_of(model, nested)
    assert found.failure.startswith("No shapes: a nested tensor: RuntimeError: ")
    assert graph.failure.startswith("No graph: the model cannot be copied (a nested tensor: ")
    assert (found.parameters, found.root.settings) == (8, "3 → 2")


def test_inputs_stay_what_they_are() -> None:
    """Parameters and leaves that want a gradient do so on meta; strides are kept."""

    class Asking(nn.Module):
        def forward(self, *tensors: Tensor) -> list[Tensor]:
            seen.extend((type(each), each.requires_grad, each.stride()) for each in tensors)
            return [each.view(-1) for each in tensors[:2]]

    seen: list[Any] = []
    image = torch.zeros(2, 3, 4, 4).to(memory_format=torch.channels_last)
    tensors = (
        torch.zeros(6),
        nn.Parameter(torch.zeros(2, 2), requires_grad=False),
        nn.Parameter(torch.zeros(3)),
        torch.zeros(3, requires_grad=True),
        torch.zeros(3, requires_grad=True) * 2,
        image,
    )
    assert tl.describe(Asking(), *tensors).failure == ""
    plain = [(type(each), each.requires_grad, each.stride()) for each in tensors]
    plain[4] = (Tensor, False, (1,))  # what is computed before is no matter of the model's
    assert seen == plain


@dataclass(slots=True)
class Slotted:
    state: Tensor


@dataclass
class Output(OrderedDict[str, Any]):
    """As large libraries have them: a mapping that is a dataclass."""

    logits: Tensor

    def __post_init__(self) -> None:
        self["logits"] = self.logits


def test_dataclasses_of_every_sort() -> None:
    class Model(nn.Module):
        def forward(self, x: Tensor) -> Any:
            return Slotted(x), Output(x)

    found = tl.describe(Model(), torch.zeros(2))
    assert found.root.output_names == ("[0].state", "[1].logits")


def test_names_and_depths_are_bounded() -> None:
    def nest(levels: int) -> Any:
        return x if not levels else {"k" * 20: nest(levels - 1)}

    x = torch.zeros(2)
    found = tl.describe(nn.Identity(), nest(5))
    assert [len(name) for name in found.root.input_names] == [60]
    assert tl.describe(nn.Identity(), nest(30)).root.input_names == ()


def test_where_the_first_sample_alone_does_not_do_the_whole_batch_is_run() -> None:
    """Seen to fail when it was not: rows of a graph are no batch, and the model was blamed."""

    class Neighbours(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("adjacency", torch.eye(6).to_sparse())

        def forward(self, nodes: Tensor) -> Tensor:
            return torch.sparse.mm(self.adjacency, nodes)

    found = tl.describe(Neighbours(), torch.rand(6, 4), execute=True)
    assert (found.failure, found.method, found.root.output_shapes) == ("", "real", ((6, 4),))


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.eye(4).to_sparse(),
        lambda: torch.nested.nested_tensor([torch.rand(2, 4)], layout=torch.jagged),
        lambda: torch.nested.nested_tensor([torch.rand(2, 4)], layout=torch.strided),
    ],
)
@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_inputs_that_have_no_first_sample(make: Callable[[], Tensor]) -> None:
    """Seen to fail when they were cut: torch's error came out."""
    model = nn.Sequential(nn.Linear(4, 2))
    assert tl.describe(model, make(), execute=True).parameters == 10


def test_an_output_that_cannot_be_read_does_not_make_the_model_fail() -> None:
    class Key:
        def __repr__(self) -> str:
            raise ValueError("no text")

    class Keyed(nn.Linear):
        def forward(self, x: Tensor) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
            return {Key(): super().forward(x)}

    found = tl.describe(nn.Sequential(Keyed(4, 2)), torch.zeros(1, 4))
    assert (found.failure, found.flops) == ("", 16)
