"""Find what a viewer may fold: the same structure several times in a row."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from ._graph import Graph, GraphGroup, GraphNode, GraphRepeat

_LONGEST_MEMBER = 8
_MOST_LABELS = 3
# Two calls of a block are a pattern; two layers in a row with a function between them are not, and
# blocks of one class that differ in their settings only if there are many.
_FEWEST_GROUPS = 2
_FEWEST_NODES = 3
_FEWEST_ALIKE = 4
_CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")


def fold(graph: Graph) -> Graph:
    """Fill in `contents` of the groups and `repeats` of the graph; return the graph."""
    inside = _Inside(graph)
    # Children come after their parents, so their keys are known when the parent's turn comes.
    for group in reversed(graph.groups):
        children = inside.children[group.id]
        group.contents = _summary(inside.label(each) for each in children if inside.is_call(each))
        inside.give_keys(group)
        graph.repeats.extend(inside.repeats(group.id))
    graph.repeats.extend(inside.repeats(""))
    graph.repeats.reverse()
    return graph


@dataclass(slots=True, frozen=True)
class _Link:
    """An edge between two children of one group, and where in them it begins and ends."""

    source: int
    target: int
    detail: tuple[int, int, int]


class _Inside:
    """The children of each group, in order of execution, and what is the same about them.

    Two children have the same `structure` when classes, functions and the connections inside are
    the same, and the same `detail` when shapes, settings and parameters are, too.
    """

    def __init__(self, graph: Graph) -> None:
        self._nodes = {node.id: node for node in graph.nodes}
        self._groups = {group.id: group for group in graph.groups}
        self._parent = {each.id: each.group for each in graph.nodes}
        self._parent |= {each.id: each.parent for each in graph.groups}
        self._depth = {"": 0}
        for group in graph.groups:
            self._depth[group.id] = self._depth[group.parent] + 1
        self._numbers: dict[Hashable, int] = {}
        self._structure: dict[str, int] = {}
        self._detail: dict[str, int] = {}
        self._first: dict[str, int] = {}
        self.children: dict[str, list[str]] = {"": []} | {each: [] for each in self._groups}
        self._place: dict[str, int] = {}
        for number, node in enumerate(graph.nodes):
            self._put(node, number)
        self._links: dict[str, list[_Link]] = {each: [] for each in self.children}
        for edge in graph.edges:
            self._link(edge.source, edge.target, edge.output)

    def _put(self, node: GraphNode, number: int) -> None:
        self._structure[node.id] = self._number(_structure_of(node))
        settings = node.settings if node.kind == "module" else ""
        detail = (settings, node.shapes, node.dtypes, node.parameters)
        self._detail[node.id] = self._number((self._structure[node.id], detail))
        each = node.id
        while each not in self._first:
            self._first[each] = number
            if not each:
                break
            siblings = self.children[self._parent[each]]
            self._place[each] = len(siblings)
            siblings.append(each)
            each = self._parent[each]

    def _link(self, source: str, target: str, output: int) -> None:
        """Note an edge at the innermost group around both of its ends."""
        one, other = source, target
        while self._parent[one] != self._parent[other]:
            if self._depth[self._parent[one]] >= self._depth[self._parent[other]]:
                one = self._parent[one]
            else:
                other = self._parent[other]
        begins = self._first[source] - self._first[one]
        ends = self._first[target] - self._first[other]
        link = _Link(self._place[one], self._place[other], (begins, ends, output))
        self._links[self._parent[one]].append(link)

    def _number(self, key: Hashable) -> int:
        return self._numbers.setdefault(key, len(self._numbers))

    def give_keys(self, group: GraphGroup) -> None:
        """Give a group its keys, once its children have theirs."""
        children = self.children[group.id]
        links = sorted((each.source, each.target, *each.detail) for each in self._links[group.id])
        structure = tuple(self._structure[each] for each in children)
        self._structure[group.id] = self._number((group.type, structure, tuple(links)))
        detail = tuple(self._detail[each] for each in children)
        self._detail[group.id] = self._number((self._structure[group.id], group.settings, detail))

    def is_call(self, id_: str) -> bool:
        """Tell whether this is something that runs, and no parameter, input or output."""
        return id_ in self._groups or self._nodes[id_].kind in ("module", "operation")

    def label(self, id_: str) -> str:
        """Return the class or the function."""
        return self._groups[id_].type if id_ in self._groups else self._nodes[id_].label

    def repeats(self, group: str) -> list[GraphRepeat]:
        """Return the repeats among a group's children, the last first."""
        children = self.children[group]
        row = _Row(
            [self._structure[each] for each in children],
            [self._detail[each] for each in children],
            [each in self._groups for each in children],
            [self.label(each) in _CONTAINERS for each in children],
            {(each.source, each.target) for each in self._links[group]},
        )
        return [self._repeat(group, *run) for run in reversed(row.runs())]

    def _repeat(self, group: str, start: int, length: int, times: int) -> GraphRepeat:
        children = self.children[group]
        starts = range(start, start + length * times, length)
        members = tuple(tuple(children[each : each + length]) for each in starts)
        details = {tuple(self._detail[each] for each in member) for member in members}
        calls = [self.label(each) for each in members[0] if self.is_call(each)]
        what = calls[0] if len(calls) == 1 else f"({_summary(calls)})"
        label = f"{times} × {what}"
        return GraphRepeat(f"repeat:{members[0][0]}", group, label, members, len(details) == 1)


def _structure_of(node: GraphNode) -> Hashable:
    if node.kind in ("input", "output") or node.failed is not None:
        return node.id  # each of these is seen for itself
    return node.kind, node.label.rpartition(".")[2]


@dataclass(slots=True, frozen=True)
class _Row:
    """The children of one group, in order of execution, as the search for repeats sees them."""

    structure: list[int]
    detail: list[int]
    is_group: list[bool]
    is_container: list[bool]
    feeds: set[tuple[int, int]]

    def runs(self) -> list[tuple[int, int, int]]:
        """Return start, length of a member and number of members of each run."""
        found: list[tuple[int, int, int]] = []
        start = 0
        while start < len(self.structure):
            length, times = self._longest(self.structure, start)
            if times < self._fewest(start, length, times):
                length, times = self._longest(self.detail, start)
            if times < self._fewest(start, length, times):
                start += 1
                continue
            found.append((start, length, times))
            start += length * times
        return found

    def _longest(self, keys: list[int], start: int) -> tuple[int, int]:
        """Return length and number of the members that cover most, from this child on."""
        best = (1, 1)
        for length in range(1, min(_LONGEST_MEMBER, (len(keys) - start) // 2) + 1):
            times = self._times(keys, start, length)
            if times > 1 and length * times > best[0] * best[1]:
                best = (length, times)
        return best

    def _times(self, keys: list[int], start: int, length: int) -> int:
        """Count how often the first `length` keys come in a row, each time fed by the time before.

        What runs side by side (the branches of an Inception) is no repeat, though it looks the
        same; nor are members whose parts have nothing to do with one another.
        """
        member = keys[start : start + length]
        times = 1
        while keys[start + times * length : start + (times + 1) * length] == member:
            here = start + times * length
            if not self._fed(here - length, here, length) or not self._joined(here, length):
                break
            times += 1
        return times if times > 1 and self._joined(start, length) else 1

    def _fed(self, before: int, now: int, length: int) -> bool:
        pairs = ((before + one, now + other) for one in range(length) for other in range(length))
        return any(pair in self.feeds for pair in pairs)

    def _joined(self, start: int, length: int) -> bool:
        """Tell whether all parts of a member hang together."""
        reached, waiting = {start}, [start]
        while waiting:
            one = waiting.pop()
            for other in range(start, start + length):
                linked = (one, other) in self.feeds or (other, one) in self.feeds
                if linked and other not in reached:
                    reached.add(other)
                    waiting.append(other)
        return len(reached) == length

    def _fewest(self, start: int, length: int, times: int) -> int:
        """Return how many members of this kind make a repeat worth telling."""
        here = range(start, start + length)
        details = {
            tuple(self.detail[start + n * length : start + (n + 1) * length]) for n in range(times)
        }
        if len(details) > 1:  # a stage that is wider than the one before is a stage of its own
            several = any(self.is_group[each] and not self.is_container[each] for each in here)
            return _FEWEST_ALIKE if several else len(self.structure) + 1
        return _FEWEST_GROUPS if any(self.is_group[each] for each in here) else _FEWEST_NODES


def _summary(labels: Iterable[str]) -> str:
    """Return what runs as a short text: `"6 × Bottleneck"`, `"Conv2d, BatchNorm2d, … (9)"`."""
    runs: list[tuple[str, int]] = []
    total = 0
    for label in labels:
        total += 1
        if runs and runs[-1][0] == label:
            runs[-1] = (label, runs[-1][1] + 1)
        else:
            runs.append((label, 1))
    texts = [label if times == 1 else f"{times} × {label}" for label, times in runs]
    if len(texts) <= _MOST_LABELS:
        return ", ".join(texts)
    return f"{', '.join(texts[: _MOST_LABELS - 1])}, … ({total})"
