"""A model's modules in lines, where a run of siblings that are built alike is one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..tap import ModuleNode

_LEAST = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the tree: a module, or several siblings alike that open to their own lines."""

    depth: int
    nodes: tuple[ModuleNode, ...]
    #: the module that they are in
    parent: ModuleNode | None = None

    @property
    def is_repeat(self) -> bool:
        """Whether it stands for several modules."""
        return len(self.nodes) > 1

    @property
    def node(self) -> ModuleNode:
        """The module, or the first of several."""
        return self.nodes[0]

    @property
    def name(self) -> str:
        """The module's name, or the first and the last of several: `"(1–5)"`."""
        if self.is_repeat:
            return f"({self.node.name}–{self.nodes[-1].name})"
        return self.node.name


def lines_of(root: ModuleNode) -> Iterator[Line]:
    """Yield the lines of a tree, parents first.

    Three or more consecutive siblings of the same structure become one line, and stand below it.
    """
    keys = structure_keys(root)
    waiting = [Line(0, (root,))]
    while waiting:
        line = waiting.pop()
        yield line
        if line.is_repeat:
            below = [Line(line.depth + 1, (node,), line.parent) for node in line.nodes]
        else:
            runs = runs_of(line.node.children, keys)
            below = [Line(line.depth + 1, tuple(run), line.node) for run in runs]
        waiting.extend(reversed(below))


def runs_of(
    siblings: Sequence[ModuleNode], keys: Mapping[int, int], least: int = _LEAST
) -> list[Sequence[ModuleNode]]:
    """Cut siblings into runs of the same structure; a run of fewer than `least` stays single."""
    runs: list[Sequence[ModuleNode]] = []
    start = 0
    for at in range(1, len(siblings) + 1):
        if at < len(siblings) and keys[id(siblings[at])] == keys[id(siblings[start])]:
            continue
        run = siblings[start:at]
        runs.extend([run] if len(run) >= least else ([node] for node in run))
        start = at
    return runs


def structure_keys(root: ModuleNode) -> dict[int, int]:
    """Return a number for each node's `id`, the same for nodes that are built alike.

    Alike are two modules of one class with the same settings and state (frozen, shared, failed, how
    often called) whose children have the same names and are alike. Shapes may differ. The time is
    linear in the number of nodes: a subtree is known by its number, not by what is in it.
    """
    keys: dict[int, int] = {}
    numbers: dict[tuple[object, ...], int] = {}
    for _, node in reversed(list(root.walk())):  # children before parents
        below = tuple((child.name, keys[id(child)]) for child in node.children)
        keys[id(node)] = numbers.setdefault((*_own(node), below), len(numbers))
    return keys


def _own(node: ModuleNode) -> tuple[object, ...]:
    frozen = node.parameters > 0 and not node.trainable
    shared = node.shared_with is not None, tuple(node.tied)
    built = node.type, node.settings, node.own_parameters
    return *built, node.note, frozen, shared, node.failed, node.calls
