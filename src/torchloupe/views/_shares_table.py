"""What each module of a model holds, as columns: a tree in which what is tiny is merged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..tap import Architecture, ModuleNode
from ._tree_words import failure_of, with_prefix

MEASURES = ("parameters", "flops", "memory")
"""What can be shared out, in the order of the rows of `values`."""
MOST_BYTES = 180_000
_MOST_KEPT = 2_000
# A part that holds more of everything is no part among others: its own parts are.
_ALMOST_ALL = 0.9

_Amounts = tuple[int, int, int]
_UNITS = {"parameters": "", "flops": "FLOPs", "memory": "B"}
_NOTES = {
    "flops": "Floating-point operations of one forward pass of the example, a multiply-add being "
    "two: matrix products, convolutions, attention.",
    "memory": "Bytes of the parameters and of the tensors that modules return for the example, "
    "each counted once. Without buffers, gradients and the optimizer's state.",
}
_WEIGHTS_ALONE = "Bytes of the parameters alone: what modules return is not known."


def share_traits(architecture: Architecture) -> dict[str, Any]:
    """Return the traits of a frame, at most about 200 kB of them."""
    tree = _Tree(architecture)
    most = _MOST_KEPT
    while True:
        columns = tree.columns(most)
        size = sum(len(text.encode("utf-8", "replace")) + 4 for text in columns["texts"])
        size += sum(each.nbytes for each in columns.values() if isinstance(each, np.ndarray))
        if size <= MOST_BYTES or most == 1:
            break
        most //= 2
    measures = {name: tree.in_words(place) for place, name in enumerate(MEASURES)}
    return {**columns, "measures": measures, "failed": failure_of(architecture)}


class _Tree:
    """The modules of a model with what each holds, itself and with all below it."""

    def __init__(self, architecture: Architecture) -> None:
        self._architecture = architecture
        #: whether there was a forward pass that came to its end
        self._is_traced = bool(architecture.method) and not architecture.failure
        walked = list(architecture.root.walk())
        self._nodes = [node for _, node in walked]
        self._parents = _parents([depth for depth, _ in walked])
        self._amounts = self._sums()
        self._whole = self._amounts[0]
        self._weights = [self._weight(each) for each in self._amounts]
        self._children: list[list[int]] = [[] for _ in walked]
        for place in range(1, len(walked)):
            if self._weights[place]:
                self._children[self._parents[place]].append(place)
        self._opened = self._dominating()

    def columns(self, most: int) -> dict[str, Any]:
        """Return the tree's columns with the `most` largest modules; the others are merged."""
        kept = self._largest(most)
        sections = self._sections(kept)
        rows = self._rows(kept)
        places: dict[str, int] = {"": 0}
        names = [self._nodes[place].name if not count else "" for place, count, _, _ in rows]
        types = [self._nodes[place].type if not count else "" for place, count, _, _ in rows]
        types, names = ([places.setdefault(e, len(places)) for e in it] for it in (types, names))
        return {
            "texts": list(places),
            "depths": _packed([depth for _, _, depth, _ in rows]),
            "names": _packed(names),
            "types": _packed(types),
            "counts": _packed([count for _, count, _, _ in rows]),
            "sections": _packed([sections[place] for place, _, _, _ in rows]),
            "values": np.array([amounts for *_, amounts in rows], np.float64).T.copy(),
        }

    def in_words(self, measure: int) -> dict[str, str]:
        """Return a measure's total and largest part, what it means, and why it cannot be shown."""
        name = MEASURES[measure]
        whole = self._whole[measure]
        note = _NOTES.get(name, "")
        if name == "memory" and not self._is_traced:
            note = _WEIGHTS_ALONE
        if not whole:
            return {"summary": "", "note": note, "reason": self._reason(name)}
        total = with_prefix(whole, _UNITS[name]).strip()
        words = [f"{total} parameters" if name == "parameters" else total]
        words += filter(None, [self._largest_part(measure)])
        return {"summary": " · ".join(words), "note": note, "reason": ""}

    def _reason(self, name: str) -> str:
        if name != "flops":
            return "the model has no parameters"
        if self._is_traced:
            return "no operation of the forward pass counts"
        failed = bool(self._architecture.failure)
        return "the forward pass failed" if failed else "needs an example: tl.Shares(model, x)"

    def _largest_part(self, measure: int) -> str:
        """Say what holds most: of many blocks alike all together, else one part."""
        last = self._opened[-1]
        parts = [child for place in self._opened for child in self._children[place]]
        parts = [each for each in parts if each not in self._opened]
        best = last or max(parts, key=lambda each: self._amounts[each][measure], default=0)
        if not best:
            return ""
        node = self._nodes[best]
        kinds = {child.type for child in node.children}
        alike = best == last and len(kinds) == 1 and len(node.children) > 1
        what = f" ({len(node.children)} × {kinds.pop()})" if alike else ""
        verb = "holds" if MEASURES[measure] == "parameters" else "takes"
        share = self._amounts[best][measure] / self._whole[measure]
        return f"{node.path}{what} {verb} {_percent(share)}"

    def _sums(self) -> list[_Amounts]:
        totals = [self._own(node) for node in self._nodes]
        for place in range(len(totals) - 1, 0, -1):
            above = self._parents[place]
            (a, b, c), (d, e, f) = totals[above], totals[place]
            totals[above] = a + d, b + e, c + f
        return totals

    def _own(self, node: ModuleNode) -> _Amounts:
        """Return what a module has itself that no module before it has."""
        held = node.own_parameters - node.repeated_parameters
        stored = node.own_parameter_bytes - node.repeated_parameter_bytes
        if not self._is_traced:
            return held, 0, stored
        return held, node.own_flops, stored + node.own_activation_bytes

    def _weight(self, amounts: _Amounts) -> float:
        """Return a module's largest share of any measure."""
        pairs = zip(amounts, self._whole, strict=True)
        return max((amount / whole for amount, whole in pairs if whole), default=0.0)

    def _dominating(self) -> list[int]:
        """Return the model and, one in the other, the parts that hold almost all of everything."""
        opened = [0]
        while True:
            found = [
                child
                for child in self._children[opened[-1]]
                if self._children[child] and self._is_almost_all(self._amounts[child])
            ]
            if not found:
                return opened
            opened.append(found[0])

    def _is_almost_all(self, amounts: _Amounts) -> bool:
        pairs = zip(amounts, self._whole, strict=True)
        return all(amount > _ALMOST_ALL * whole for amount, whole in pairs if whole)

    def _largest(self, most: int) -> set[int]:
        """Return the largest modules; what a kept one is in is as large, so it is kept as well."""
        found = [place for place in range(1, len(self._nodes)) if self._weights[place]]
        found.sort(key=lambda place: -self._weights[place])
        return {0, *found[:most]}

    def _sections(self, kept: set[int]) -> list[int]:
        """Number the parts that the model falls into, the largest 1; what is in none has 0.

        Neighbours that are alike have one number, and so one colour on the page.
        """
        parts = [
            child
            for place in self._opened
            for child in self._children[place]
            if child in kept and child not in self._opened
        ]
        runs: list[list[int]] = []
        for place in parts:
            if runs and self._are_alike(runs[-1][0], place):
                runs[-1].append(place)
            else:
                runs.append([place])
        runs.sort(key=lambda run: -self._weights[run[0]])
        numbers = [0] * len(self._nodes)
        for number, run in enumerate(runs, 1):
            for place in run:
                numbers[place] = number
        for place in range(1, len(numbers)):
            numbers[place] = numbers[place] or numbers[self._parents[place]]
        return numbers

    def _are_alike(self, one: int, other: int) -> bool:
        same_class = self._nodes[one].type == self._nodes[other].type
        same_place = self._parents[one] == self._parents[other]
        return same_class and same_place and self._amounts[one] == self._amounts[other]

    def _rows(self, kept: set[int]) -> list[tuple[int, int, int, _Amounts]]:
        """Return (place, how many merged, depth, amounts) of each row, parents first.

        What was merged is the last child; its place is that of the module that it is in.
        """
        sizes = [int(weight > 0) for weight in self._weights]
        for place in range(len(sizes) - 1, 0, -1):
            sizes[self._parents[place]] += sizes[place]
        rows: list[tuple[int, int, int, _Amounts]] = []
        waiting: list[tuple[int, int, int, _Amounts]] = [(0, 0, 0, self._whole)]
        while waiting:
            row = place, count, depth, _ = waiting.pop()
            rows.append(row)
            if count:
                continue
            small = [each for each in self._children[place] if each not in kept]
            if small:
                merged = tuple(map(sum, zip(*(self._amounts[s] for s in small), strict=True)))
                number = sum(sizes[each] for each in small)
                waiting.append((place, number, depth + 1, (merged[0], merged[1], merged[2])))
            large = [each for each in reversed(self._children[place]) if each in kept]
            waiting.extend((each, 0, depth + 1, self._amounts[each]) for each in large)
        return rows


def _parents(depths: Sequence[int]) -> list[int]:
    line: list[int] = []
    parents: list[int] = []
    for place, depth in enumerate(depths):
        del line[depth:]
        parents.append(line[-1] if line else -1)
        line.append(place)
    return parents


def _packed(values: Sequence[int]) -> NDArray[Any]:
    """Return whole numbers >= 0 in the smallest type that holds them all."""
    largest = max(values, default=0)
    fits = (each for each in (np.uint8, np.uint16) if largest <= np.iinfo(each).max)
    return np.array(values, next(fits, np.uint32))


def _percent(share: float) -> str:
    return f"{share * 100:.{1 if share < 0.0995 else 0}f} %"
