"""An architecture as data, as text, as a data frame."""

from __future__ import annotations

import builtins
import json
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import torchloupe as tl
from torchloupe.tap._architecture_table import count_of


class Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.tied = nn.Linear(4, 4)
        self.tied.weight = self.layer.weight
        self.again = self.layer
        self.norm = nn.BatchNorm1d(4).requires_grad_(False)
        self.small = nn.Linear(4, 2, dtype=torch.bfloat16)

    def forward(self, x: Tensor, *, more: dict[str, Any]) -> dict[str, Any]:
        x = self.norm(self.again(self.layer(x))) + more["offset"][0]
        return {"out": (x, self.tied(x)), "half": self.small(x.bfloat16())}


@pytest.fixture
def found() -> tl.Architecture:
    return tl.describe(Two(), torch.zeros(3, 4), more={"offset": [torch.zeros(4), 7]})


def test_numbers_by_hand(found: tl.Architecture) -> None:
    nodes = {node.path: node for _, node in found.root.walk()}
    assert found.failure == ""
    assert (found.parameters, found.trainable) == (16 + 4 + 4 + 8 + 10, 34)
    assert found.parameter_bytes == 32 * 4 + 10 * 2
    assert (found.buffers, found.buffer_bytes) == (4 + 4 + 1, 8 * 4 + 8)
    assert (found.root.dtype, nodes["small"].dtype) == ("bfloat16, float32", "bfloat16")
    assert (nodes["small"].parameter_bytes, nodes["small"].own_parameter_bytes) == (20, 20)
    assert (found.root.device, nodes["norm"].device) == ("cpu", "cpu")
    assert found.flops == 3 * 2 * 16 * 3 + 2 * 3 * 4 * 2
    assert found.input_bytes == (12 + 4) * 4
    # layer twice, norm, tied, half; the sum within the model is another tensor that it returns
    assert found.activation_bytes == 2 * 48 + 48 + 48 + 12 + 48
    assert nodes["layer"].activation_bytes == 2 * 48
    assert found.root.input_names == ("[0]", ".more['offset'][0]")
    assert found.root.output_names == ("['out'][0]", "['out'][1]", "['half']")
    assert found.root.output_shapes == ((3, 4), (3, 4), (3, 2))
    assert found.root.output_dtypes == ("float32", "float32", "bfloat16")


def test_memory_is_counted_once_however_often_it_is_handed_on() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True), nn.Flatten(), nn.Identity())
    found = tl.describe(model, torch.zeros(2, 4))
    assert found.activation_bytes == 2 * 4 * 4
    assert [node.activation_bytes for node in found.root.children] == [32, 32, 32, 32]
    assert tl.describe(nn.Identity(), torch.zeros(2, 4)).activation_bytes == 0


def test_what_was_there_before_is_no_activation() -> None:
    class Table(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.learned = nn.Parameter(torch.zeros(8))
            self.register_buffer("fixed", torch.zeros(8))

        def forward(self, x: Tensor) -> Any:
            return self.learned, self.fixed, self.learned[2:], x

    found = tl.describe(nn.Sequential(Table()), torch.zeros(3))
    assert (found.activation_bytes, found.failure) == (0, "")
    assert found.root.activation_bytes == (8 + 8 + 6 + 3) * 4


def test_a_part_keeps_the_whole_in_memory() -> None:
    class First(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return (x + 1)[:, :1]

    found = tl.describe(nn.Sequential(First()), torch.zeros(3, 5))
    assert (found.root.activation_bytes, found.activation_bytes) == (3 * 4, 3 * 5 * 4)
    assert found.root.children[0].own_activation_bytes == 3 * 5 * 4
    assert sum(node.own_activation_bytes for _, node in found.root.walk()) == 3 * 5 * 4


def test_dataclasses_named_tuples_and_objects_as_outputs() -> None:
    from dataclasses import dataclass
    from typing import NamedTuple

    class Pair(NamedTuple):
        left: Tensor
        right: Tensor | None

    @dataclass
    class Output:
        logits: Tensor
        states: list[Pair]

    class Plain:
        def __init__(self, tensors: Tensor) -> None:
            self.tensors = tensors
            self.itself = self

    class Model(nn.Module):
        def forward(self, output: Output) -> Any:
            return output, Plain(output.logits)

    found = tl.describe(Model(), Output(torch.zeros(1), [Pair(torch.zeros(2), None)]))
    assert found.failure == ""
    assert found.root.input_names == ("[0].logits", "[0].states[0].left")
    assert found.root.output_names[:3] == ("[0].logits", "[0].states[0].left", "[1].tensors")


def test_as_json_and_back(found: tl.Architecture) -> None:
    again = tl.Architecture.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again == found
    assert str(again) == str(found)
    again.root.children[0].flops += 1
    assert again != found


def test_what_an_older_version_wrote_is_read() -> None:
    module = {"path": "", "type": "Net", "output_shapes": [[1, 2]], "depth": 0}
    old = {"parameters": 3, "trainable": 3, "parameter_bytes": 12, "modules": [module]}
    again = tl.Architecture.from_dict(old)
    assert (again.root.output_shapes, again.root.flops, again.failure) == (((1, 2),), 0, "")


def test_as_a_data_frame(found: tl.Architecture) -> None:
    frame = pytest.importorskip("pandas") and found.to_dataframe()
    assert list(frame["path"]) == [node.path for _, node in found.root.walk()]
    assert frame.loc[frame["path"] == "small", "parameters"].item() == 10
    assert frame["flops"].max() == found.flops


def test_without_pandas_it_says_so(found: tl.Architecture, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "pandas":
            raise ModuleNotFoundError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModuleNotFoundError, match="to_dataframe needs pandas.*pip install pandas"):
        found.to_dataframe()


def test_the_table(found: tl.Architecture) -> None:
    lines = [line.split("  ") for line in str(found).splitlines()]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert cells[0] == ["module", "output", "parameters", "share", "FLOPs", "notes"]
    assert cells[3] == [
        "layer Linear(4 → 4)",
        "[3, 4]",
        "20",
        "47.6%",
        "192",
        "called 2 times, weight is tied.weight",
    ]
    assert cells[5] == ["again Linear(4 → 4)", "20", "47.6%", "the same as layer"]
    assert cells[6][-1] == "frozen"
    assert "42 parameters (148 B), 34 trainable; 9 in buffers (40 B)" in str(found)
    assert "336 FLOPs, activations 252 B, input 64 B" in str(found)


def test_long_tables_are_cut_and_say_so() -> None:
    model = nn.Sequential(*[nn.Sequential(nn.ReLU(), nn.ReLU()) for _ in range(200)])
    lines = str(tl.describe(model)).splitlines()
    assert len(lines) == 1 + 1 + 201 + 1 + 1 + 1
    assert lines[-3] == "… and 400 modules more; to_dataframe() and to_dict() have all."
    assert "2 modules within" in lines[3]
    many = str(tl.describe(nn.Sequential(*[nn.ReLU() for _ in range(5_000)])))
    assert "… and 4,701 modules more" in many


def test_settings_leave_out_what_is_usual() -> None:
    def settings(module: nn.Module) -> str:
        return tl.describe(module).root.settings

    assert settings(nn.BatchNorm2d(3)) == "3"
    assert settings(nn.BatchNorm2d(3, eps=0.1)) == "3, eps=0.1"
    assert settings(nn.ReLU()) == ""
    assert settings(nn.ReLU(inplace=True)) == "inplace=True"
    assert settings(nn.Conv2d(3, 8, 5, stride=2)) == "3 → 8, 5×5, stride 2"
    assert settings(nn.Conv2d(3, 8, (5, 3), stride=(2, 1))) == "3 → 8, 5×3, stride 2×1"
    assert settings(nn.ConvTranspose1d(3, 8, 5)) == "3 → 8, 5"


def test_reprs_are_short(found: tl.Architecture) -> None:
    assert repr(found) == "<Architecture of Two: 42 parameters>"
    assert repr(found.root.children[0]) == "<Linear 'layer': 20 parameters>"


def test_what_is_tied_has_a_dtype_at_each_place_and_counts_as_repeated(
    found: tl.Architecture,
) -> None:
    nodes = {node.path: node for _, node in found.root.walk()}
    assert (nodes["tied"].repeated_parameters, nodes["tied"].repeated_parameter_bytes) == (16, 64)
    assert nodes["layer"].repeated_parameters == 0
    model = nn.Sequential(*(nn.Linear(2, 2, bias=False) for _ in range(2)))
    model[1].weight = model[0].weight
    assert [each.dtype for each in tl.describe(model).root.children] == ["float32", "float32"]


def test_a_parameter_with_two_names_in_one_module_counts_once() -> None:
    model = nn.Linear(3, 3, bias=False)
    model.other = model.weight
    found = tl.describe(nn.Sequential(model))
    assert (found.parameters, found.root.children[0].parameters) == (9, 9)


def test_a_table_has_no_more_than_it_needs() -> None:
    head, _, *rows = str(tl.describe(nn.Sequential(nn.Linear(9, 9), nn.ReLU()))).splitlines()
    assert head.split() == ["module", "output", "parameters", "share"]
    end = head.index("parameters") + len("parameters")
    assert [row[:end].split()[-1] for row in rows[:3]] == ["90", "90", "–"]
    assert [row.split()[-1] for row in rows[:2]] == ["90", "100.0%"]
    assert all(row[end - 1] != " " and row[end : end + 1] in ("", " ") for row in rows[:3])


def test_long_texts_are_cut() -> None:
    class Talkative(nn.Module):
        def extra_repr(self) -> str:
            return "much " * 50

    found = tl.describe(nn.ModuleDict({"n" * 90: Talkative()}))
    label = str(found).splitlines()[3].split("…")[0]
    assert len(label) == 63
    (node,) = found.root.children
    assert (len(node.settings), node.settings[-1]) == (60, "…")


def test_of_many_tensors_the_first_are_told() -> None:
    class Many(nn.Module):
        def forward(self, some: dict[str, torch.Tensor]) -> None:
            raise ValueError

    given = {f"t{at}": torch.zeros(at) for at in range(20)}
    told = tl.describe(Many(), given).root.input
    assert told.startswith("[0]['t0'] [0], ")
    assert told.endswith("[0]['t7'] [7], and 12 more")


def test_a_module_within_itself_is_the_model() -> None:
    model = nn.Sequential(nn.Linear(2, 2))
    model[0].whole = model
    assert "the same as the model" in str(tl.describe(model))


@pytest.mark.parametrize(
    ("number", "text"), [(999, "999"), (2.5e3, "2.5 k"), (3e12, "3 T"), (2e15, "2 P")]
)
def test_counts_have_prefixes(number: float, text: str) -> None:
    assert count_of(number) == text
