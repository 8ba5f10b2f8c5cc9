"""A computation graph as the compact data that the page is sent, and bounded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..tap import Graph, GraphEdge, GraphGroup, GraphNode

_MOST_NODES = 10_000
_EDGES_A_NODE = 3
_LONGEST = 300
_KINDS = ("input", "module", "operation", "parameter", "buffer", "constant", "output")


class _Table:
    """What is said many times is sent once; a row then holds its place."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._places: dict[Any, int] = {}

    def place(self, value: Any) -> int:
        if value not in self._places:
            self._places[value] = len(self.values)
            self.values.append(value)
        return self._places[value]


def pack(graph: Graph) -> dict[str, Any]:
    """Return what a page needs to draw a graph, as short as is simple.

    Returns:
        texts: what `label`, `path` … below are places in. shapes: the same for tensors' shapes.
        nodes: [id, kind, label, path, group, settings, shapes, dtypes, parameters, call, calls].
        groups: [id, type, path, parent, settings, contents, parameters, call, calls].
        repeats: [id, label, group, members, identical]; a member is a list of places, nodes counted
            from 0, groups from -1 downwards. `group` and `parent` are places too, -1 the top.
        edges: [source, target, shape, dtype, output, argument].
        failures: error texts by id.
    """
    texts, shapes = _Table(), _Table()
    groups = {group.id: place for place, group in enumerate(graph.groups)}
    nodes = {node.id: place for place, node in enumerate(graph.nodes)}
    places = {**nodes, **{id_: -1 - place for id_, place in groups.items()}}
    failed = [each for each in (*graph.nodes, *graph.groups) if each.failed is not None]
    text = texts.place
    return {
        "nodes": [_node(each, groups, texts, shapes) for each in graph.nodes],
        "groups": [_group(each, groups, texts) for each in graph.groups],
        "repeats": [
            [each.id, each.label, groups.get(each.group, -1), _members(each.members, places)]
            + [each.identical]
            for each in graph.repeats
        ],
        "edges": [
            [nodes[each.source], nodes[each.target], shapes.place(each.shape), text(each.dtype)]
            + [each.output, text(each.argument)]
            for each in graph.edges
        ],
        "failures": {each.id: (each.failed or "")[:_LONGEST] for each in failed},
        "texts": [each[:_LONGEST] for each in texts.values],
        "shapes": [list(each) for each in shapes.values],
    }


def _node(node: GraphNode, groups: dict[str, int], texts: _Table, shapes: _Table) -> list[Any]:
    return [
        node.id,
        _KINDS.index(node.kind),
        texts.place(node.label),
        texts.place(node.path),
        groups.get(node.group, -1),
        texts.place(node.settings),
        [shapes.place(each) for each in node.shapes[:16]],
        [texts.place(each) for each in node.dtypes[:16]],
        node.parameters,
        node.call,
        node.calls,
    ]


def _group(group: GraphGroup, groups: dict[str, int], texts: _Table) -> list[Any]:
    return [
        group.id,
        texts.place(group.type),
        texts.place(group.path),
        groups.get(group.parent, -1),
        texts.place(group.settings),
        texts.place(group.contents),
        group.parameters,
        group.call,
        group.calls,
    ]


def _members(members: tuple[tuple[str, ...], ...], places: dict[str, int]) -> list[list[int]]:
    return [[places[id_] for id_ in member] for member in members]


def bounded(graph: Graph, most: int = _MOST_NODES) -> tuple[Graph, str]:
    """Return a graph of at most so many nodes, and what is left out of it, in words.

    The innermost groups are shown whole first, level by level; then the graph is cut off.
    """
    if len(graph.nodes) <= most and len(graph.edges) <= _EDGES_A_NODE * most:
        return graph, ""
    sealed = graph
    depth = max(_depths(graph).values(), default=0)
    while depth and _is_too_large(sealed, most):
        sealed = _seal(sealed, depth)
        depth -= 1
    if not _is_too_large(sealed, most):
        told = f"groups come closed from level {depth + 1} on"
        return sealed, f"{len(graph.nodes):,} nodes: {told}"
    return _cut(sealed, most), f"{len(graph.nodes):,} nodes: only the first {most:,} are shown"


def _is_too_large(graph: Graph, most: int) -> bool:
    return len(graph.nodes) > most or len(graph.edges) > _EDGES_A_NODE * most


def _depths(graph: Graph) -> dict[str, int]:
    depths = {"": 0}
    for group in graph.groups:
        depths[group.id] = depths[group.parent] + 1
    return depths


def _seal(graph: Graph, depth: int) -> Graph:
    """Make every group of a depth one node. None is deeper."""
    depths = _depths(graph)
    closed = {group.id: group for group in graph.groups if depths[group.id] == depth}
    nodes: list[GraphNode] = []
    made: dict[str, GraphNode] = {}
    inside: dict[str, str] = {}
    for node in graph.nodes:
        group = closed.get(node.group)
        if group is None:
            nodes.append(node)
            continue
        inside[node.id] = group.id
        if group.id not in made:
            made[group.id] = _as_node(group)
            nodes.append(made[group.id])
        made[group.id].shapes, made[group.id].dtypes = node.shapes, node.dtypes
        made[group.id].failed = made[group.id].failed or node.failed
    edges: dict[tuple[Any, ...], GraphEdge] = {}
    for edge in graph.edges:
        source = inside.get(edge.source, edge.source)
        target = inside.get(edge.target, edge.target)
        if source != target:
            moved = replace(edge, source=source, target=target)
            key = source, target, edge.shape, edge.source if source == edge.source else edge.output
            edges.setdefault(key, moved)
    kept = [group for group in graph.groups if group.id not in closed]
    repeats = [each for each in graph.repeats if each.group not in closed]
    return replace(graph, nodes=nodes, edges=list(edges.values()), groups=kept, repeats=repeats)


def _as_node(group: GraphGroup) -> GraphNode:
    settings = group.settings or group.contents
    return GraphNode(
        group.id,
        "module",
        group.type,
        group.path,
        group.parent,
        settings,
        parameters=group.parameters,
        call=group.call,
        calls=group.calls,
        failed=group.failed,
    )


def _cut(graph: Graph, most: int) -> Graph:
    nodes = graph.nodes[:most]
    kept = {node.id for node in nodes}
    needed = {node.group for node in nodes}
    for group in reversed(graph.groups):
        if group.id in needed:
            needed.add(group.parent)
    groups = [group for group in graph.groups if group.id in needed]
    edges = [each for each in graph.edges if each.source in kept and each.target in kept]
    known = kept | needed
    repeats = [
        each for each in graph.repeats if all(id_ in known for one in each.members for id_ in one)
    ]
    return replace(
        graph, nodes=nodes, edges=edges[: _EDGES_A_NODE * most], groups=groups, repeats=repeats
    )
