"""A computation graph in Graphviz's language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._graph import Graph, GraphEdge, GraphGroup, GraphNode

_SHAPES = {
    "module": "box",
    "operation": "ellipse",
    "input": "cds",
    "output": "cds",
    "parameter": "note",
    "buffer": "note",
    "constant": "note",
}
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def dot_of(graph: Graph) -> str:
    """Return a digraph with a cluster for each group; ids in it are numbers, names are labels."""
    numbers = {node.id: number for number, node in enumerate(graph.nodes)}
    lines = [
        f"digraph {_quoted(graph.title)} {{",
        '  graph [compound=true, fontname="sans-serif"];',
        '  node [shape=box, fontname="sans-serif", fontsize=11];',
        '  edge [fontname="sans-serif", fontsize=9];',
        *_nested(graph, numbers),
        *(f"  {_edge(edge, numbers)}" for edge in graph.edges),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _nested(graph: Graph, numbers: dict[str, int]) -> Iterator[str]:
    """Yield nodes and clusters; a group's nodes follow one another, so one pass is enough."""
    groups = {group.id: group for group in graph.groups}
    clusters = {group.id: number for number, group in enumerate(graph.groups)}
    opened: list[str] = []
    place = {"": 0}  # how deep each open group is
    for node in graph.nodes:
        missing: list[str] = []
        around = node.group
        while around not in place:
            missing.append(around)
            around = groups[around].parent
        while len(opened) > place[around]:
            del place[opened.pop()]
            yield f"{_indent(opened)}}}"
        for each in reversed(missing):
            yield f"{_indent(opened)}subgraph cluster_{clusters[each]} {{"
            opened.append(each)
            place[each] = len(opened)
            yield f"{_indent(opened)}label={_quoted(*_group_lines(groups[each]))};"
        yield f"{_indent(opened)}{_node(node, numbers[node.id])}"
    while opened:
        opened.pop()
        yield f"{_indent(opened)}}}"


def _indent(opened: list[str]) -> str:
    # Bounded: a model 2,000 deep would be mostly spaces.
    return "  " * (1 + min(len(opened), 20))


def _node(node: GraphNode, number: int) -> str:
    lines = [node.label, node.settings, node.path if node.kind == "module" else ""]
    lines.append(", ".join(shape_text(each) for each in node.shapes))
    if node.calls > 1:
        lines.append(f"call {node.call} of {node.calls}")
    attributes = [f"label={_quoted(*lines, node.failed or '')}", f"shape={_SHAPES[node.kind]}"]
    if node.failed is not None:
        attributes.append("color=red, penwidth=2")
    return f"n{number} [{', '.join(attributes)}];"


def _group_lines(group: GraphGroup) -> list[str]:
    call = f", call {group.call} of {group.calls}" if group.calls > 1 else ""
    return [f"{group.path}: {group.type}{call}", group.failed or ""]


def _edge(edge: GraphEdge, numbers: dict[str, int]) -> str:
    ends = f"n{numbers[edge.source]} -> n{numbers[edge.target]}"
    return f"{ends} [label={_quoted(shape_text(edge.shape))}];"


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape as it is written on an edge: `1×3×224×224`, `scalar`."""
    return "×".join(map(str, shape)) or "scalar"


def _quoted(*lines: str) -> str:
    """Return a quoted string that shows these lines as they are, whatever is in them.

    A backslash would start an escape, `&` an entity, and control characters end many a reader.
    """
    shown: list[str] = []
    for line in lines:
        text = _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", line)
        text = text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
        shown.append(text)
    return '"' + "\\n".join(each for each in shown if each) + '"'
