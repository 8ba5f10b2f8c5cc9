"""A computation graph as a short text."""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from ._graph_dot import shape_text

if TYPE_CHECKING:
    from ._graph import Graph, GraphGroup, GraphNode, GraphRepeat

_MOST_LINES = 100
_MOST_SOURCES = 4


def text_of(graph: Graph) -> str:
    """Return a line for each node and group, indented; of a repeat only the first member."""
    counts = f"{len(graph.nodes):,} nodes, {len(graph.edges):,} edges"
    lines = [f"{graph.title}: {counts}", *islice(_body(graph), _MOST_LINES)]
    if len(lines) > _MOST_LINES:
        lines[-1] = "  …"
    return "\n".join([*lines, graph.failure] if graph.failure else lines)


def _body(graph: Graph) -> Iterator[str]:
    groups = {group.id: group for group in graph.groups}
    folded, told = _folds(graph.repeats)
    sources: dict[str, list[str]] = {}
    for edge in graph.edges:
        sources.setdefault(edge.target, []).append(edge.source)
    depth = {"": 1}
    for node in graph.nodes:
        for id_ in _begins_with(node, groups, depth):
            parent = groups[id_].parent
            depth[id_] = depth[parent] + 1
            if parent in folded:
                folded.add(id_)
            if id_ in told:
                yield _indented(depth[parent], told[id_])
            if id_ not in folded:
                yield _indented(depth[parent], f"{id_}  {groups[id_].type}")
        if node.id in told:
            yield _indented(depth[node.group], told[node.id])
        if node.id not in folded and node.group not in folded:
            yield _indented(depth[node.group], _line(node, sources.get(node.id, [])))


def _begins_with(
    node: GraphNode, groups: dict[str, GraphGroup], known: Container[str]
) -> list[str]:
    """Return the groups that begin with this node, parents first."""
    found: list[str] = []
    each = node.group
    while each not in known:
        found.append(each)
        each = groups[each].parent
    return found[::-1]


def _folds(repeats: list[GraphRepeat]) -> tuple[set[str], dict[str, str]]:
    """Return the ids that are not told, and what is told instead at the first of them."""
    folded: set[str] = set()
    after: dict[str, str] = {}
    for repeat in repeats:
        rest = [id_ for member in repeat.members[1:] for id_ in member]
        folded.update(rest)
        after[rest[0]] = f"… {repeat.label} in all, to {repeat.members[-1][-1]}"
    return folded, after


def _line(node: GraphNode, sources: list[str]) -> str:
    settings = f"({node.settings})" if node.settings else ""
    what = f"{node.id}  {node.label}{settings}" if node.kind != "input" else node.id
    shapes = ", ".join(shape_text(each) for each in node.shapes)
    told = ", ".join(dict.fromkeys(sources[:_MOST_SOURCES]))
    more = f" and {len(sources) - _MOST_SOURCES} more" if len(sources) > _MOST_SOURCES else ""
    failed = f"  failed: {node.failed}" if node.failed is not None else ""
    return f"{what}  {shapes}" + (f"  ← {told}{more}" if told else "") + failed


def _indented(depth: int, text: str) -> str:
    return "  " * min(depth, 20) + text
