"""What repeats is found, and what only looks alike is not."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.tap.graphs import holds, node, traced
from torchloupe.tap import graph_of


class _Cell(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.input, self.state = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        return torch.tanh(self.input(x) + self.state(h))


def _loop(self: Any, x: Tensor) -> Tensor:
    h = torch.zeros_like(x[:, 0])
    for step in range(x.shape[1]):
        h = self.cell(x[:, step], h)
    return self.head(h)


def test_a_loop_folds() -> None:
    graph = traced(_loop, torch.ones(2, 6, 4), cell=_Cell(), head=nn.Linear(4, 2))
    groups = [group for group in graph.groups if group.path == "cell"]
    assert [group.id for group in groups] == ["cell", *(f"cell#{n}" for n in range(2, 7))]
    assert [(group.call, group.calls) for group in groups] == [(n, 6) for n in range(1, 7)]
    again = node(graph, "cell.input#3")
    assert (again.path, again.group, again.call, again.calls) == ("cell.input", "cell#3", 3, 6)
    assert node(graph, "cell#3.tanh").path == "cell"
    (repeat,) = graph.repeats
    assert repeat.label == "6 × (getitem, _Cell)"
    assert repeat.members[0] == ("getitem#2", "cell")
    assert repeat.members[5] == ("getitem#7", "cell#6")
    assert repeat.identical
    assert "… 6 × (getitem, _Cell) in all, to cell#6" in str(graph)
    assert "cell.input#3" not in str(graph)


def test_blocks_of_other_sizes_fold_only_where_there_are_many() -> None:
    class Block(nn.Sequential):
        pass

    def stack(sizes: list[int]) -> nn.Module:
        layers = (Block(nn.Linear(a, b), nn.ReLU()) for a, b in pairwise(sizes))
        return nn.Sequential(*layers)

    assert graph_of(stack([4, 5, 6, 7]), torch.ones(1, 4)).repeats == []
    (repeat,) = graph_of(stack([4, 5, 6, 7, 8]), torch.ones(1, 4)).repeats
    assert (repeat.label, repeat.identical) == ("4 × Block", False)
    for sizes in ([4, 4, 4], [4, 4, 4, 6], [3, 4, 4, 4]):  # alone, and beside one that is wider
        (repeat,) = graph_of(stack(sizes), torch.ones(1, sizes[0])).repeats
        assert (repeat.label, repeat.identical) == ("2 × Block", True)


def test_blocks_that_are_wired_in_another_way_do_not_fold() -> None:
    class Block(nn.Module):
        def __init__(self, skips: bool) -> None:
            super().__init__()
            self.skips, self.first, self.second = skips, nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            y = self.first(x)
            return self.second(y) + (x if self.skips else y)

    def repeats(*skips: bool) -> list[str]:
        model = nn.Sequential(*(Block(each) for each in skips))
        return [each.label for each in graph_of(model, torch.ones(1, 4)).repeats]

    assert repeats(True, False) == []
    assert repeats(True, True, False, False) == ["2 × Block", "2 × Block"]


def test_the_text_of_a_repeat_tells_nothing_of_what_is_in_the_others() -> None:
    class Block(nn.Sequential):
        pass

    blocks = (Block(nn.Sequential(nn.Linear(4, 4), nn.ReLU()), nn.Tanh()) for _ in range(3))
    text = str(graph_of(nn.Sequential(*blocks), torch.ones(1, 4)))
    assert "0.0.1  ReLU" in text
    assert "… 3 × Block in all, to 2" in text
    assert not [line for line in text.splitlines() if line.strip().startswith(("1.", "2."))]


def test_branches_do_not_fold() -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        return torch.cat([layer(x) for layer in self.layers])

    graph = traced(forward, layers=nn.ModuleList(nn.Linear(4, 4) for _ in range(5)))
    assert graph.repeats == []


def test_resnet_and_inception_fold_as_their_authors_drew_them() -> None:
    torchvision = pytest.importorskip("torchvision")
    with torch.device("meta"):
        resnet = graph_of(torchvision.models.resnet50(), torch.empty(1, 3, 64, 64))
        inception = graph_of(
            torchvision.models.inception_v3(init_weights=False), torch.empty(1, 3, 96, 96)
        )
    told = [(each.group, each.label, each.identical) for each in resnet.repeats]
    assert told == [
        ("layer1", "2 × Bottleneck", True),
        ("layer2", "3 × Bottleneck", True),
        ("layer3", "5 × Bottleneck", True),
        ("layer4", "2 × Bottleneck", True),
    ]
    assert node(resnet, "layer3").contents == "6 × Bottleneck"
    assert node(resnet, "layer3.0").contents == "Conv2d, BatchNorm2d, … (11)"
    assert node(resnet, "layer3").parameters == 7_098_368
    assert [each.label for each in inception.repeats if each.group == ""] == ["4 × InceptionC"]
    assert not [each for each in inception.repeats if each.group == "Mixed_5b"]
    for graph in (resnet, inception):
        holds(graph)


def test_layers_in_a_row_fold_from_three_and_only_as_one_chain() -> None:
    def repeats(forward: Any, count: int = 1) -> list[str]:
        graph = traced(forward, layer=nn.Linear(4, 4), norm=nn.LayerNorm(4))
        return [each.label for each in graph.repeats]

    def chain(times: int) -> Any:
        def forward(self: Any, x: Tensor) -> Tensor:
            for _ in range(times):
                x = self.norm(self.layer(x))
            return x

        return forward

    def two_lanes(self: Any, x: Tensor) -> Tensor:
        y = x
        for _ in range(4):
            x, y = self.layer(x), self.norm(y)
        return x + y

    assert repeats(chain(2)) == []
    assert repeats(chain(3)) == ["3 × (Linear, LayerNorm)"]
    assert repeats(two_lanes) == []


def test_what_failed_and_what_differs_in_dtype_is_seen_for_itself() -> None:
    class Block(nn.Sequential):
        pass

    broken = nn.Sequential(*(nn.Linear(4, 4) for _ in range(4)), nn.Linear(3, 3))
    (repeat,) = graph_of(broken, torch.ones(1, 4)).repeats
    assert repeat.members == (("0",), ("1",), ("2",), ("3",))

    class Casting(nn.Module):
        def __init__(self, dtype: torch.dtype) -> None:
            super().__init__()
            self.dtype, self.relu = dtype, nn.ReLU()

        def forward(self, x: Tensor) -> Tensor:
            return self.relu(x.to(self.dtype))

    half, single = torch.float16, torch.float32
    model = nn.Sequential(*map(Casting, (half, half, single, single)))
    found = [(each.label, each.identical) for each in graph_of(model, torch.ones(1)).repeats]
    assert found == [("4 × Casting", False)]


def test_short_summaries() -> None:
    layers = [nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), nn.Tanh(), nn.ReLU()]

    def contents(count: int) -> str:
        model = nn.Sequential(nn.Sequential(*layers[:count]), nn.Identity())
        return graph_of(model, torch.ones(1, 4)).groups[0].contents

    assert contents(3) == "Linear, ReLU, Linear"
    assert contents(4) == "Linear, ReLU, … (4)"


def test_blocks_that_differ_in_shapes_or_settings_alone_are_alike_and_not_identical() -> None:
    class Growing(nn.Module):
        def __init__(self, note: str, times: int) -> None:
            super().__init__()
            self.note, self.times, self.relu = note, times, nn.ReLU()

        def extra_repr(self) -> str:
            return self.note

        def forward(self, x: Tensor) -> Tensor:
            return self.relu(torch.cat([x] * self.times))

    def identical(notes: str, times: int) -> bool:
        model = nn.Sequential(*(Growing(note, times) for note in notes))
        (repeat,) = graph_of(model, torch.ones(1)).repeats
        assert repeat.label == "4 × Growing"
        return repeat.identical

    assert identical("aaaa", 1)
    assert not identical("aaaa", 2)
    assert not identical("abcd", 1)


def test_three_layers_repeat_as_two_do() -> None:
    layers = [nn.Linear(4, 4), nn.LayerNorm(4), nn.ReLU()]
    (repeat,) = graph_of(nn.Sequential(*layers * 3), torch.ones(1, 4)).repeats
    assert repeat.label == "3 × (Linear, LayerNorm, ReLU)"
