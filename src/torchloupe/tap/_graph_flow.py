"""Which node does a tensor come from?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ._graph import GraphNode

# A tensor that is a view of a view of … costs no more than this to follow.
_MOST_BASES = 64


@dataclass(slots=True)
class Change:
    """Something wrote a tensor: the node, which of its outputs it is, and when."""

    node: GraphNode
    output: int
    time: int


@dataclass(slots=True)
class _Flow:
    """A tensor (held, so that nothing else can get its `id`) and what wrote it last.

    Attributes:
        tensor: the object itself.
        whole: what wrote all of it, and so all its views.
        part: what wrote it or a view of it.
        base: the tensor that it is a view of, if any.
    """

    tensor: Tensor
    whole: Change
    part: Change
    base: _Flow | None

    def bases(self) -> Iterator[_Flow]:
        base = self.base
        for _ in range(_MOST_BASES):
            if base is None:
                return
            yield base
            base = base.base


class Flows:
    """The tensors of one forward pass, found by identity."""

    def __init__(self) -> None:
        self._by_tensor: dict[int, _Flow] = {}
        self._by_memory: dict[int, _Flow] = {}
        self._time = 0

    def find(self, tensor: Tensor) -> Change | None:
        """Return what wrote a tensor last; one never seen is known by the memory it shares."""
        flow = self._flow(tensor)
        if flow is None:
            return None
        changes = [flow.part, *(base.whole for base in flow.bases())]
        return max(changes, key=lambda change: change.time)

    def knows(self, tensor: Tensor) -> bool:
        """Tell whether this very object was seen before."""
        return id(tensor) in self._by_tensor

    def add(
        self, tensor: Tensor, node: GraphNode, output: int, inputs: Iterable[Tensor] = ()
    ) -> None:
        """Say that a node returned a new tensor, maybe a view of one of its inputs."""
        memory = memory_of(tensor)
        base = None
        if memory is not None:
            same = (each for each in inputs if each is not tensor and memory_of(each) == memory)
            base = next(map(self._flow, same), None) or self._by_memory.get(memory)
        change = self._change(node, output)
        flow = _Flow(tensor, change, change, base)
        self._by_tensor[id(tensor)] = flow
        if memory is not None:
            self._by_memory.setdefault(memory, flow)

    def change(self, tensor: Tensor, node: GraphNode, output: int) -> None:
        """Say that a node changed a tensor in place: with it its views, and what it is a view of.

        Other views of the same base keep their source: as a rule they show another part of it.
        """
        flow = self._by_tensor.get(id(tensor))
        if flow is None:
            self.add(tensor, node, output)
            return
        flow.whole = flow.part = self._change(node, output)
        for base in flow.bases():
            base.part = flow.part

    def _flow(self, tensor: Tensor) -> _Flow | None:
        found = self._by_tensor.get(id(tensor))
        return found or self._by_memory.get(memory_of(tensor) or -1)

    def _change(self, node: GraphNode, output: int) -> Change:
        self._time += 1
        return Change(node, output, self._time)


def memory_of(tensor: Tensor) -> int | None:
    """Return what identifies the memory behind a tensor; sparse and nested ones have none."""
    try:
        return tensor.untyped_storage()._cdata
    except (RuntimeError, NotImplementedError):
        return None


def version_of(tensor: Tensor) -> int:
    """Return how often a tensor was changed in place; torch does not count for inference's."""
    return 0 if tensor.is_inference() else tensor._version


def alias_of(tensor: Tensor) -> Tensor:
    """Return another object for the same tensor, so that what it goes through can be told."""
    with torch._C.DisableTorchFunction():
        return tensor.view_as(tensor)
