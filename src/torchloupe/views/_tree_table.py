"""The tree as columns: one entry a line, in the smallest types that hold them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..tap import Architecture, ModuleNode
from ._tree_fold import Line, lines_of
from ._tree_path import steps_of
from ._tree_words import (
    class_of,
    failed_node,
    failure_of,
    idle_nodes,
    input_of,
    notes_of,
    output_of,
    settings_of,
    summary_of,
)

_MOST_LINES = 100_000
_MOST_BYTES = 3_000_000
_FEW_LINES = 12
_LONGEST_SETTINGS = 600
REPEAT, FROZEN, FAILED, SHARED = 1, 2, 4, 8
"""Bits of `flags`: a line of several modules; nothing in it learns; the forward pass failed here;
the same module is elsewhere too."""

_Number = Callable[[ModuleNode], int]
_NUMBERS: Mapping[str, _Number] = {
    "parameters": lambda node: node.parameters,
    "own_parameters": lambda node: node.own_parameters,
    "trainable": lambda node: node.trainable,
    "buffers": lambda node: node.buffers,
    "flops": lambda node: node.flops,
    "activation_bytes": lambda node: node.activation_bytes,
}
_COUNTED_ONCE = ("parameters", "trainable", "buffers")
_TEXTS = ("names", "types", "settings", "full_settings", "steps", "inputs", "outputs", "kinds")
COLUMNS = ("depths", "flags", *_TEXTS, "notes", *_NUMBERS)


@dataclass(frozen=True)
class Table:
    """The lines of an architecture as a frame takes them, and which line is which module."""

    traits: Mapping[str, Any]
    lines: Sequence[Line]
    places: Mapping[str, int]

    @classmethod
    def of(cls, architecture: Architecture, model: Any = None) -> Table:
        """Make the table; of a tree that is too large for a frame, its first lines.

        Args:
            architecture: what to show.
            model: the model itself, if it is at hand.
        """
        lines = list(islice(lines_of(architecture.root), _MOST_LINES))
        words, numbers = _words(lines, architecture, model), _numbers(lines)
        while True:
            texts = _Texts()
            columns = {name: texts.packed(each) for name, each in words.items()}
            columns |= {name: _packed(each) for name, each in numbers.items()}
            size = texts.size() + sum(column.nbytes for column in columns.values())
            if size <= _MOST_BYTES:
                break
            if any(words["full_settings"]):  # before a line goes, what is said twice
                words["full_settings"] = [""] * len(lines)
                continue
            kept = int(len(lines) * min(0.97, _MOST_BYTES / size))
            lines = lines[:kept]
            words = {name: each[:kept] for name, each in words.items()}
            numbers = {name: each[:kept] for name, each in numbers.items()}
        return cls(_traits(architecture, lines, columns, texts), lines, _places(lines))


def empty_traits() -> dict[str, Any]:
    """Return a frame's traits while there is no model."""
    nothing = dict.fromkeys(COLUMNS)
    return {**nothing, "texts": [""], "failed": "", "expanded_depth": 1, "summary": "no model yet"}


def _traits(
    architecture: Architecture,
    lines: Sequence[Line],
    columns: Mapping[str, NDArray[Any]],
    texts: _Texts,
) -> dict[str, Any]:
    modules = sum(1 for _ in architecture.root.walk())
    shown = sum(not line.is_repeat for line in lines)
    return {
        **columns,
        "texts": texts.all,
        "summary": summary_of(architecture, modules, shown),
        "failed": failure_of(architecture),
        "expanded_depth": _depth_for(lines),
    }


def _words(lines: Sequence[Line], architecture: Architecture, model: Any) -> dict[str, list[str]]:
    """Return the columns of texts; first those of few texts, whose indices are then small."""
    idle = idle_nodes(architecture)
    steps = {id(node): step for node, step in steps_of(architecture.root, model)}
    return {
        "kinds": [_kind_of(line.node) for line in lines],
        "types": [class_of(line) for line in lines],
        "outputs": [output_of(line) for line in lines],
        "inputs": [input_of(line) for line in lines],
        "notes": [notes_of(line, is_idle=id(line.node) in idle) for line in lines],
        "settings": [settings_of(line) for line in lines],
        "names": [line.name for line in lines],
        # What goes without saying is not sent: a name behind a dot.
        "steps": [_special(steps[id(line.node)], line) for line in lines],
        "full_settings": _full_settings(lines, model),
    }


def _numbers(lines: Sequence[Line]) -> dict[str, list[int]]:
    return {
        "depths": [line.depth for line in lines],
        "flags": [_flags(line) for line in lines],
        **{name: [_sum(line, name) for line in lines] for name in _NUMBERS},
    }


class _Texts:
    """Every text once; the first is empty."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {"": 0}

    @property
    def all(self) -> list[str]:
        return list(self._places)

    def packed(self, texts: Sequence[str]) -> NDArray[Any]:
        places = self._places
        return _packed([places.setdefault(text, len(places)) for text in texts])

    def size(self) -> int:
        return sum(len(text.encode("utf-8", "replace")) + 4 for text in self._places)


def _packed(values: Sequence[int]) -> NDArray[Any]:
    """Return whole numbers >= 0 in the smallest type that holds them all."""
    largest = max(values, default=0)
    for dtype in (np.uint8, np.uint16, np.uint32):
        if largest <= np.iinfo(dtype).max:
            return np.array(values, dtype)
    return np.array(values, np.float64)


def _sum(line: Line, name: str) -> int:
    of = _NUMBERS[name]
    total = sum(of(node) for node in line.nodes)
    # What several of them share is counted in the parent once.
    within = line.parent if line.is_repeat and name in _COUNTED_ONCE else None
    return total if within is None else min(total, of(within))


def _flags(line: Line) -> int:
    node = line.node
    flags = REPEAT if line.is_repeat else 0
    flags |= FROZEN if node.parameters and not node.trainable else 0
    flags |= FAILED if node.failed is not None else 0
    return flags | (SHARED if node.shared_with is not None or node.tied else 0)


def _special(step: str, line: Line) -> str:
    return "" if step == f".{line.name}" or line.is_repeat else step


def _kind_of(node: ModuleNode) -> str:
    return " on ".join(filter(None, (node.dtype, node.device)))


def _full_settings(lines: Sequence[Line], model: Any) -> list[str]:
    """Return what each module says of itself, where that is more than its settings."""
    if model is None:
        return [""] * len(lines)
    modules = dict(model.named_modules(remove_duplicate=False))
    return [_full(line.node, modules.get(line.node.path)) for line in lines]


def _full(node: ModuleNode, module: Any) -> str:
    try:
        text = " ".join(str(module.extra_repr()).split())
    except Exception:  # a user's extra_repr may raise anything; a blank is no loss
        return ""
    return "" if text == node.settings else text[:_LONGEST_SETTINGS]


def _places(lines: Sequence[Line]) -> dict[str, int]:
    return {line.node.path: place for place, line in enumerate(lines) if not line.is_repeat}


def _depth_for(lines: Sequence[Line]) -> int:
    """Return how deep the tree may be open at first without growing long."""
    depths = np.bincount([min(line.depth, 9) for line in lines]).cumsum()
    return max(
        (depth for depth in range(1, 9) if depths[min(depth, len(depths) - 1)] <= _FEW_LINES),
        default=1,
    )


def failed_place(architecture: Architecture, table: Table) -> int:
    """Return the line of the module in which the forward pass failed; -1 if there is none."""
    failed = failed_node(architecture)
    return -1 if failed is None else table.places.get(failed.path, -1)
