"""Words on failures are said only where they are certain, and stay short."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from torchloupe.tap._architecture import ModuleNode
from torchloupe.tap._diagnosis import explain, explain_value, one_line


def test_a_long_error_is_cut() -> None:
    assert one_line(ValueError("x" * 1000)) == f"ValueError: {'x' * 300}"


def test_an_error_whose_words_fail() -> None:
    class Wordless(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    assert one_line(Wordless()) == "Wordless"


def test_of_a_script_the_error_is_told_not_the_place() -> None:
    place = "The following operation failed in the TorchScript interpreter.\nTraceback of it:\n"
    assert one_line(RuntimeError(f"{place}RuntimeError: 3 is not 4")) == "RuntimeError: 3 is not 4"


@pytest.mark.parametrize(
    ("words", "about"),
    [("no metadata", False), ("a Meta tensor", True), ("on meta", True), ("metaclass", False)],
)
def test_metadata_are_no_meta_tensors(words: str, about: bool) -> None:
    assert (explain_value(None, ValueError(words)) is not None) is about


def _explained(layer: nn.Module, shape: tuple[int, ...], dtype: str) -> str:
    node = ModuleNode("", type(layer).__name__)
    node.input_shapes, node.input_dtypes = (shape,), (dtype,)
    return explain(layer, node, ValueError("torch's own words"))


def test_what_a_lazy_layer_expects_is_not_known() -> None:
    own = "ValueError: torch's own words"
    assert _explained(nn.LazyConv2d(3, 1), (1, 3, 8, 8), "float32") == own
    assert _explained(nn.LazyLinear(3), (1, 8), "float32") == own


def test_embeddings_take_whole_numbers_of_two_sizes() -> None:
    layer = nn.Embedding(3, 3)
    for dtype in ("int32", "int64"):
        layer(torch.zeros(1, 2, dtype=getattr(torch, dtype)))
        assert "expects indices" not in _explained(layer, (1, 2), dtype)
    with pytest.raises(RuntimeError):
        layer(torch.zeros(1, 2, dtype=torch.int16))
    assert "int16; it expects indices of int64 or int32" in _explained(layer, (1, 2), "int16")
