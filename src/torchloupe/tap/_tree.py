"""Build the tree of a model's modules, with its sums, by reading alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ._architecture import ModuleNode
from ._copy import unwrapped
from ._notes import note_on, type_of
from ._tensors import dtype_name, size_of

_SUMS = ("parameters", "trainable", "parameter_bytes", "buffers", "buffer_bytes")
Sums = tuple[int, int, int, int, int]


class Tree:
    """The nodes of a model, parents first, in time that grows with their number alone.

    A module met again is a leaf that says where it was first. A parameter held in several places
    is counted once in every module that has any of them.
    """

    def __init__(self, model: nn.Module) -> None:
        #: every place, parents first, and which module is there
        self.places: list[tuple[ModuleNode, nn.Module]] = []
        #: the first place of each module, by its identity
        self.first: dict[int, ModuleNode] = {}
        self._parents: list[int] = []
        self._held: list[list[tuple[str, Tensor, bool]]] = []
        self._build(model)
        self._sum()
        self._name_ties()

    @property
    def root(self) -> ModuleNode:
        """The model itself."""
        return self.places[0][0]

    def modules(self) -> Iterator[tuple[ModuleNode, nn.Module]]:
        """Yield every module once, with its first place."""
        return (each for each in self.places if each[0].shared_with is None)

    def _build(self, model: nn.Module) -> None:
        waiting: list[tuple[nn.Module, str, int]] = [(model, "", -1)]
        while waiting:
            found, path, parent = waiting.pop()
            module = unwrapped(found)
            node = ModuleNode(path, type_of(module), note=note_on(module, found is not module))
            if parent >= 0:
                self.places[parent][0].children.append(node)
            place = len(self.places)
            self.places.append((node, module))
            self._parents.append(parent)
            self._held.append(held_by(module))
            first = self.first.setdefault(id(module), node)
            if first is not node:
                node.shared_with = first.path
                continue
            prefix = f"{path}." if path else ""
            for name, child in reversed(list(module._modules.items())):
                if child is not None:
                    waiting.append((child, prefix + name, place))

    def _sum(self) -> None:
        """Add up from the leaves; what has several places goes up from each to where they meet."""
        sums = [[0, 0, 0, 0, 0] for _ in self.places]
        kinds = _Kinds(len(self.places))
        shared: list[tuple[Sums, list[int]]] = []
        for tensor, is_parameter, found in self._where_tensors_are():
            size = _sizes(tensor, is_parameter)
            if len(found) == 1:
                _add(sums[found[0]], size)
            else:
                shared.append((size, found))
            for place in found:
                kinds.add(place, tensor, is_parameter)
        for place in range(len(self.places) - 1, 0, -1):
            _add(sums[self._parents[place]], sums[place])
            kinds.pass_up(place, self._parents[place])
        for size, found in shared:
            for place in self._above(found):
                _add(sums[place], size)
        for place, (node, _) in enumerate(self.places):
            for name, value in zip(_SUMS, sums[place], strict=True):
                setattr(node, name, value)
            node.device, node.dtype = kinds.text(place)

    def _where_tensors_are(self) -> Iterable[tuple[Tensor, bool, list[int]]]:
        """Return each parameter and buffer once, whether it is a parameter, and its places."""
        found: dict[int, tuple[Tensor, bool, list[int]]] = {}
        counted: set[int] = set()
        for place, (node, module) in enumerate(self.places):
            _count_own(node, self._held[place], counted)
            held = self._held[place] if node.shared_with is None else _held_below(module)
            for _, tensor, is_parameter in held:
                found.setdefault(id(tensor), (tensor, is_parameter, []))[2].append(place)
        return found.values()

    def _above(self, found: list[int]) -> set[int]:
        """Return these places and all that they are in, each once."""
        every: set[int] = set()
        for place in found:
            while place >= 0 and place not in every:
                every.add(place)
                place = self._parents[place]
        return every

    def _name_ties(self) -> None:
        names: dict[int, list[tuple[ModuleNode, str]]] = {}
        for (node, _), held in zip(self.places, self._held, strict=True):
            if node.shared_with is None:
                for name, tensor, is_parameter in held:
                    if is_parameter:
                        names.setdefault(id(tensor), []).append((node, name))
        for places in names.values():
            for at, (node, name) in enumerate(places if len(places) > 1 else ()):
                other, its_name = places[0 if at else 1]
                node.tied[name] = f"{other.path}.{its_name}" if other.path else its_name


class _Kinds:
    """Which devices and dtypes there are at and below each place, one bit each."""

    def __init__(self, places: int) -> None:
        self._bits: dict[tuple[str, str], int] = {}
        self._parameters = [0] * places
        self._buffers = [0] * places

    def add(self, place: int, tensor: Tensor, is_parameter: bool) -> None:
        kind = str(tensor.device), dtype_name(tensor)
        masks = self._parameters if is_parameter else self._buffers
        masks[place] |= 1 << self._bits.setdefault(kind, len(self._bits))

    def pass_up(self, place: int, parent: int) -> None:
        self._parameters[parent] |= self._parameters[place]
        self._buffers[parent] |= self._buffers[place]

    def text(self, place: int) -> tuple[str, str]:
        mask = self._parameters[place] or self._buffers[place]
        kinds = [kind for kind, bit in self._bits.items() if mask >> bit & 1]
        devices, dtypes = ({kind[part] for kind in kinds} for part in (0, 1))
        return ", ".join(sorted(devices)), ", ".join(sorted(dtypes))


def held_by(module: nn.Module) -> list[tuple[str, Tensor, bool]]:
    """Return a module's own parameters and buffers that have a shape: name, tensor, which."""
    if isinstance(module, torch.jit.ScriptModule):
        pairs: list[tuple[str, Any, bool]] = [
            *((name, each, True) for name, each in module.named_parameters(recurse=False)),
            *((name, each, False) for name, each in module.named_buffers(recurse=False)),
        ]
    else:
        pairs = [(name, each, True) for name, each in module._parameters.items()]
        pairs += [(name, each, False) for name, each in module._buffers.items()]
    return [pair for pair in pairs if pair[1] is not None and not is_lazy(pair[1])]


def _held_below(module: nn.Module) -> list[tuple[str, Tensor, bool]]:
    """Return all that a module and its children hold."""
    found: list[tuple[str, Tensor, bool]] = []
    waiting, seen = [module], {id(module)}
    while waiting:
        here = waiting.pop()
        found.extend(held_by(here))
        for child in (unwrapped(each) for each in here._modules.values() if each is not None):
            if id(child) not in seen:
                seen.add(id(child))
                waiting.append(child)
    return found


def _sizes(tensor: Tensor, is_parameter: bool) -> Sums:
    count, size = tensor.numel(), size_of(tensor)
    if is_parameter:
        return count, count if tensor.requires_grad else 0, size, 0, 0
    return 0, 0, 0, count, size


def _count_own(node: ModuleNode, held: list[tuple[str, Tensor, bool]], counted: set[int]) -> None:
    own = {id(tensor): tensor for _, tensor, is_parameter in held if is_parameter}
    again = [own[each] for each in own.keys() & counted]
    node.own_parameters = sum(each.numel() for each in own.values())
    node.own_parameter_bytes = sum(size_of(each) for each in own.values())
    node.repeated_parameters = sum(each.numel() for each in again)
    node.repeated_parameter_bytes = sum(size_of(each) for each in again)
    counted.update(own)


def _add(total: list[int], more: Sums | list[int]) -> None:
    for place, value in enumerate(more):
        total[place] += value
