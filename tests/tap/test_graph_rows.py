"""Which things in a row repeat, and which only look so."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from torchloupe.tap import graph_of
from torchloupe.tap._graph_fold import _Row

_CHAIN = set(pairwise(range(8)))


def _runs(feeds: set[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Return the runs among eight layers of two kinds in turn."""
    keys = [1, 2] * 4
    return _Row(keys, keys, [False] * 8, [False] * 8, feeds).runs()


def test_all_members_hang_together() -> None:
    """Seen to fail when the first alone is asked, and when all others are."""
    assert _runs(_CHAIN) == [(0, 2, 4)]
    assert _runs(_CHAIN - {(6, 7)}) == [(0, 2, 3)]
    assert _runs(_CHAIN - {(0, 1)} | {(0, 2)}) == [(1, 2, 3)]


def test_a_block_that_failed_is_no_member() -> None:
    """Seen to fail when what failed is like what did not."""

    class Block(nn.Module):
        def __init__(self, size: int) -> None:
            super().__init__()
            self.layer = nn.Linear(size, size)

        def forward(self, x: Tensor) -> Tensor:
            return self.layer(torch.relu(x))

    model = nn.Sequential(*map(Block, (4, 4, 4, 5)))
    (repeat,) = graph_of(model, torch.ones(1, 4)).repeats
    assert repeat.members == (("0",), ("1",), ("2",))


def test_parameters_of_their_own_do_not_keep_blocks_apart() -> None:
    """Seen to fail when a parameter's whole path counts."""

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale, self.relu = nn.Parameter(torch.ones(4)), nn.ReLU()

        def forward(self, x: Tensor) -> Tensor:
            return self.relu(x * self.scale)

    model = nn.Sequential(nn.Sequential(Block(), Block()), Block())
    (repeat,) = graph_of(model, torch.ones(1, 4)).repeats
    assert (repeat.label, repeat.identical) == ("2 × Block", True)


def test_stages_are_no_members_however_many() -> None:
    """Seen to fail when containers count as blocks do."""

    def stages(kind: type[nn.Sequential]) -> list[str]:
        made = (kind(nn.Linear(size, size + 1), nn.ReLU()) for size in range(4, 9))
        return [each.label for each in graph_of(nn.Sequential(*made), torch.ones(1, 4)).repeats]

    class Block(nn.Sequential):
        pass

    assert stages(Block) == ["5 × Block"]
    assert stages(nn.Sequential) == []


def test_where_a_line_begins_inside_a_part_tells_blocks_apart() -> None:
    """Seen to fail when a line only counts from which part it comes."""

    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.ReLU(), nn.ReLU()

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            y = self.first(x)
            return y, self.second(y)

    class Block(nn.Module):
        def __init__(self, taken: int) -> None:
            super().__init__()
            self.two, self.last, self.taken = Two(), nn.Tanh(), taken

        def forward(self, x: Tensor) -> Tensor:
            return self.last(self.two(x)[self.taken])

    def repeats(*taken: int) -> list[str]:
        model = nn.Sequential(*map(Block, taken))
        return [each.label for each in graph_of(model, torch.ones(1, 4)).repeats]

    assert repeats(1, 1, 1, 1) == ["4 × Block"]
    assert repeats(0, 0, 1, 1) == ["2 × Block", "2 × Block"]
